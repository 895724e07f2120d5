"""Liberty files: what area, timing and energy need of them.

Groups and attributes are all that is needed here, and IHP's macros are not quite liberty: they leave out
semicolons. So it is read by a few lines here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from siammixer.ir.errors import InputError

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# One statement: a closing brace, ``name : value`` up to its semicolon or the end of the line, or
# ``name(names)``, a group where a brace follows.
_STATEMENT = re.compile(
    r'[\s;\\]*(?:(?P<close>\})|(?P<name>\w+)\s*(?::\s*(?P<value>"[^"]*"|[^;}\n]*)'
    r"|\((?P<names>[^)]*)\)\s*(?P<open>\{)?))"
)
_NAME = re.compile(r'[^\s,"\\]+')


@dataclass
class Group:
    """A group ``kind(names) { ... }``: its simple attributes by name and the groups in it."""

    kind: str
    names: tuple[str, ...]
    attributes: dict[str, str] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The first of its names, or an empty text."""
        return self.names[0] if self.names else ""

    def of(self, *kinds: str) -> list[Group]:
        """The groups in it of some kinds."""
        return [group for group in self.groups if group.kind in kinds]

    def number(self, attribute: str, default: float = 0.0) -> float:
        """The value of an attribute that is a number.

        Raises
        ------
        InputError
            It is none.
        """
        text = self.attributes.get(attribute)
        try:
            return default if text is None else float(text)
        except ValueError:
            raise InputError(f"{self.name}: {attribute} must be a number, not {text!r}") from None


def read_liberty(path: Path) -> Group:
    """The library that a liberty file holds.

    Raises
    ------
    InputError
        The file cannot be read, or holds no library.
    """
    try:
        text = _COMMENT.sub(" ", path.read_text(errors="replace")).rstrip("; \t\r\n")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    libraries = [group for group in _groups(path, text) if group.kind == "library"]
    if not libraries:
        raise InputError(f"{path}: must be a liberty file with a library in it")
    return libraries[0]


def _groups(path: Path, text: str) -> list[Group]:
    """The groups at the top of a text."""
    root = Group("", ())
    open_groups, place = [root], 0
    while place < len(text):
        statement = _STATEMENT.match(text, place)
        if statement is None or (statement["close"] and len(open_groups) == 1):
            line = text.count("\n", 0, place) + 1
            raise InputError(f"{path}: must be a liberty file; about line {line} it is none")
        place = statement.end()
        if statement["close"]:
            open_groups.pop()
        elif statement["names"] is None:
            open_groups[-1].attributes[statement["name"]] = statement["value"].strip().strip('"')
        elif statement["open"]:
            group = Group(statement["name"], tuple(_NAME.findall(statement["names"])))
            open_groups[-1].groups.append(group)
            open_groups.append(group)
        else:
            open_groups[-1].attributes[statement["name"]] = " ".join(_NAME.findall(statement["names"]))
    if len(open_groups) > 1:
        raise InputError(f"{path}: must be a liberty file; it ends within {open_groups[-1].kind}")
    return root.groups
