"""Generated parts of documents: the lines between ``<!-- COMMAND -->`` and ``<!-- end -->``."""

from __future__ import annotations

from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
END = "<!-- end -->\n"


def mark(command: str) -> str:
    """The line that begins the part that ``command`` generates."""
    return f"<!-- {command} -->\n"


def replaced(document: str, command: str, text: str) -> str:
    """The document with ``text`` as the part that ``command`` generates.

    Raises
    ------
    ValueError
        The document does not have exactly one such part.
    """
    before, begin, rest = document.partition(mark(command))
    _, end, after = rest.partition(END)
    if not end or mark(command) in rest:
        raise ValueError(f"the document must have one part between {begin or mark(command)!r} and {END!r}")
    return before + begin + text + end + after


def rewrite(name: str, command: str, text: str) -> None:
    """Replaces the part of ``docs/NAME`` that ``command`` generates."""
    path = DOCS / name
    path.write_text(replaced(path.read_text(), command, text))
