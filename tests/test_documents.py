"""Every relative link of the documents leads to a file of the tree, and to a heading that is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def headings(text):
    """The anchors that GitHub makes of a document's headings."""
    return {
        re.sub(r"[^\w\- ]", "", line.lower()).strip().replace(" ", "-")
        for line in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }


def dead_links(document, text):
    """Relative links of that text, which stands in ``document``, that lead nowhere."""
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        if not target.exists() or (anchor and anchor not in headings(target.read_text() if name else text)):
            yield link


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_links(document):
    assert list(dead_links(document, document.read_text())) == []


def test_a_dead_link_is_seen():
    text = (
        "# One heading\n[a](docs/none.md) [b](#one-heading) [c](#two) ![d](docs/frame.png) "
        "[e](https://none) [f](docs/link.md#none)"
    )
    assert list(dead_links(ROOT / "README.md", text)) == ["docs/none.md", "#two", "docs/link.md#none"]
