"""Files of delivery/templates with values put in."""

from __future__ import annotations

from pathlib import Path
from string import Template

_FOLDER = Path(__file__).with_name("templates")


class _Template(Template):
    # The languages of the files use every single sign themselves.
    delimiter = "@@"


def filled(name: str, **values: object) -> str:
    """The text of a template file, every ``@@{value}`` replaced; a value that is missing raises KeyError."""
    return _Template((_FOLDER / name).read_text()).substitute(values)
