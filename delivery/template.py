"""Files of delivery/templates with values put in."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

_FOLDER = Path(__file__).with_name("templates")


class _Template(Template):
    # The languages of the files use every single sign themselves.
    delimiter = "@@"


_SECTION = re.compile(r"^@@@ (\w+)\n", re.MULTILINE)


def filled(name: str, **values: object) -> str:
    """The text of a template file, every ``@@{value}`` replaced; a value that is missing raises KeyError."""
    return _Template((_FOLDER / name).read_text()).substitute(values)


def part(name: str, **values: object) -> str:
    """:func:`filled`, to be put into another template: without the end of its last line."""
    return filled(name, **values).removesuffix("\n")


def sections(name: str, **values: object) -> dict[str, str]:
    """The sections of a template, filled, by their names: each begins behind a line ``@@@ name`` and is as
    :func:`part` gives it.
    """
    texts = _SECTION.split((_FOLDER / name).read_text())[1:]
    pairs = zip(texts[::2], texts[1::2], strict=True)
    return {title: _Template(text.removesuffix("\n")).substitute(values) for title, text in pairs}
