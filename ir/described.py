"""Frozen dataclasses read from TOML and Python files, strictly: what is not understood is refused.

Networks and accelerators of one's own come into the commands this way
(:mod:`siammixer.ir.named`, :mod:`siammixer.arch.named`); docs/your-own-network.md shows how.
"""

from __future__ import annotations

import dataclasses
import re
import runpy
import tomllib
from pathlib import Path
from typing import get_type_hints

from siammixer.ir.errors import InputError

PAIR = tuple[int, int]
LARGEST = 2**16
"""No size of a network or an accelerator is larger; a slip of the finger must not fill the memory."""
ACCEPTED = {
    int: f"a whole number of 1 to {LARGEST}",
    str: "a text",
    bool: "true or false",
    PAIR: "two whole numbers",
}
"""The types that a field may have in a file, and how messages call their values."""
NAME = re.compile(r"\w[\w. -]*")
"""A name becomes a part of file names."""


def read_toml(path: Path | str) -> dict:
    """The content of a TOML file.

    Raises
    ------
    InputError
        If the file is missing or is not TOML; the message names file, line and column.
    """
    try:
        # Editors of Windows put a byte order mark before it.
        return tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: must be a TOML file ({error})") from None


def readable_fields(kind: type) -> dict[str, type]:
    """The fields of a dataclass that a file may set, with their types, in order."""
    hints = get_type_hints(kind)
    return {f.name: hints[f.name] for f in dataclasses.fields(kind) if hints[f.name] in ACCEPTED}


def read_fields(kind: type, data: dict, where: str, **given):
    """An instance of the dataclass ``kind`` from the table ``data`` of a file.

    Parameters
    ----------
    where
        The table's name in messages, such as ``mine.toml, layer P1``.
    given
        Fields that do not come from the table.

    Raises
    ------
    InputError
        If a key is unknown or missing or a value is of another type; the message names the key and what is
        accepted.
    """
    types = {name: hint for name, hint in readable_fields(kind).items() if name not in given}
    for key in data:
        if key not in types:
            raise InputError(f"{where}: unknown key {key!r}; accepted are {', '.join(types)}")
    values = {key: _checked(key, value, types[key], f"{where}: {key}") for key, value in data.items()}
    needed = [
        f.name for f in dataclasses.fields(kind) if f.default is f.default_factory is dataclasses.MISSING
    ]
    if missing := [name for name in needed if name not in values and name not in given]:
        accepted = ", ".join(f"{name} ({ACCEPTED[types[name]]})" for name in missing)
        raise InputError(f"{where}: missing {accepted}")
    return kind(**values, **given)


def _checked(key: str, value, hint: type, where: str):
    whole = hint is int and type(value) is int and 1 <= value <= LARGEST
    pair = hint == PAIR and isinstance(value, list) and len(value) == 2 and {type(v) for v in value} == {int}
    if pair:
        return tuple(value)
    if not (whole or (hint in (str, bool) and type(value) is hint)):
        raise InputError(f"{where} must be {ACCEPTED[hint]}, not {value!r}")
    if key == "name" and not NAME.fullmatch(value):
        raise InputError(f"{where} must be letters, digits and . _ - between them, not {value!r}")
    return value


def toml_lines(instance, *, without: tuple[str, ...] = ()) -> list[str]:
    """The fields of a dataclass as lines of TOML, defaults left out."""
    lines = []
    for field in dataclasses.fields(instance):
        value = getattr(instance, field.name)
        if (
            field.name in readable_fields(type(instance))
            and field.name not in without
            and value != field.default
        ):
            lines.append(f"{field.name} = {_toml(value)}")
    return lines


def _toml(value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else str(value)


def is_file_name(text: str) -> bool:
    """Whether an option's text names a file, FILE.toml or FILE.py:NAME, and nothing of a catalogue."""
    return text.endswith(".toml") or ".py:" in text or text.endswith(".py")


def load_python(text: str, kind: type):
    """The object of class ``kind`` that ``FILE.py:NAME`` names.

    The file is executed: that is what it is for, and only files that the user names are. NAME may be the
    object, or a function without parameters that returns it.

    Raises
    ------
    InputError
        If the file is missing, raises an exception, or has no such object.
    """
    path, colon, name = text.rpartition(":")
    if not colon or not name.isidentifier():
        raise InputError(
            f"{text}: must be FILE.py:NAME, where NAME is a {kind.__name__} of the file or a function that "
            "returns one"
        )
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file")
    try:
        names = runpy.run_path(path)
        found = names.get(name)
        if callable(found) and not isinstance(found, type):
            found = found()
    except InputError:
        raise
    except (Exception, SystemExit) as error:  # whatever the user's own code raises
        raise InputError(f"{path}: raised {type(error).__name__}: {' '.join(str(error).split())}") from None
    if not isinstance(found, kind):
        known = [key for key, value in names.items() if isinstance(value, kind)]
        has = f"it has {', '.join(known)}" if known else "it has none"
        raise InputError(f"{path}: {name} must be a {kind.__name__} of that file; {has}")
    return found
