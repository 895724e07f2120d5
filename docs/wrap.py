"""Wraps the Markdown of the tree evenly: ``python docs/wrap.py [FILE ...]``, without files all of it.

Paragraphs and list items are filled up to 110 columns. Tables, headings, code and pictures stay as they are,
and so do the parts that a command writes, from ``<!-- COMMAND -->`` to ``<!-- end -->``.
"""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 110
_ITEM = re.compile(r"^(\s*)([-*]|\d+\.) +")
_KEPT = re.compile(r"^\s*(#|\||!\[|<|\[[^]]+\]:)")
# What would begin another kind of block at the head of a line.
_MARK = re.compile(r"^([-+*#>|]|\d+[.)])$")


def wrapped(text: str) -> str:
    """The text of a Markdown file, filled."""
    lines: list[str] = []
    paragraph: list[str] = []
    fenced = made = False
    for line in [*text.splitlines(), ""]:
        if line.startswith("<!-- "):
            made = line != "<!-- end -->"
        opening = line.lstrip().startswith("```")
        if made or fenced or opening or not line.strip() or _KEPT.match(line) or _ITEM.match(line):
            lines += _filled(paragraph)
            paragraph = []
        if opening:
            fenced = not fenced
        if made or fenced or opening or not line.strip() or _KEPT.match(line):
            lines.append(line if made else line.rstrip())
        else:
            paragraph.append(line)
    return "\n".join(lines).rstrip("\n") + "\n"


def _filled(paragraph: list[str]) -> list[str]:
    """One paragraph or list item, whose first line gives the indentation."""
    if not paragraph:
        return []
    item = _ITEM.match(paragraph[0])
    first = item[0] if item else re.match(r"\s*", paragraph[0])[0]
    words = " ".join(line.strip() for line in [paragraph[0][len(first) :], *paragraph[1:]]).split()
    # A word that would look like a list's or heading's mark stays with the word before it.
    joined: list[str] = []
    for word in words:
        if joined and _MARK.match(word):
            joined[-1] += f"\0{word}"
        else:
            joined.append(word)
    filled = textwrap.wrap(
        " ".join(joined),
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\0", " ") for line in filled]


def documents() -> list[Path]:
    """Every Markdown file of the tree."""
    found = (
        ROOT.glob("*.md"),
        *((ROOT / folder).rglob("*.md") for folder in ("docs", "examples", "tracking")),
    )
    return sorted(path for paths in found for path in paths)


if __name__ == "__main__":
    for path in [Path(name) for name in sys.argv[1:]] or documents():
        path.write_text(wrapped(path.read_text()))
