"""The documents: links lead somewhere, lines are wrapped, lists are complete, figures are recorded."""

import json
import re
import tomllib
from pathlib import Path
from runpy import run_path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WRAP = run_path(str(ROOT / "docs/wrap.py"))
wrapped = WRAP["wrapped"]
DOCUMENTS = WRAP["documents"]()
README = (ROOT / "README.md").read_text()


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
        "# One heading\n[a](docs/none.md) [b](#one-heading) [c](#two) ![d](docs/pictures/frame.png) "
        "[e](https://none) [f](docs/link.md#none)"
    )
    assert list(dead_links(ROOT / "README.md", text)) == ["docs/none.md", "#two", "docs/link.md#none"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_lines_are_wrapped(document):
    assert wrapped(document.read_text()) == document.read_text(), "run: python docs/wrap.py"


def test_wrapping():
    kept = f"| {'cell ' * 30}|\n```\n{'code ' * 30}\n```\n"
    made = f"<!-- python -m x -->\n- {'word ' * 30}\n<!-- end -->\n"
    assert wrapped(made) == made
    text = f"# A {'long ' * 30}heading\n- {'word ' * 30}\n  - x\n    y\n\n{kept}"
    heading, first, second, inner, empty, cell, *code = wrapped(text).splitlines()
    assert heading == f"# A {'long ' * 30}heading"
    assert first == "- " + " ".join(["word"] * 21) and second == "  " + " ".join(["word"] * 9)
    assert inner == "  - x y" and empty == "" and cell == f"| {'cell ' * 30}|".rstrip()
    assert code == ["```", f"{'code ' * 30}".rstrip(), "```"]
    assert wrapped(wrapped(text)) == wrapped(text)
    assert not re.search(r"^\s*(-|1\.) ", wrapped(f"{'a ' * 54}- b {'c ' * 52}1. d"), re.MULTILINE)


def test_the_index_lists_every_page():
    index = (ROOT / "docs/README.md").read_text()
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in index, page.name


def test_the_tree_of_the_readme_is_the_tree():
    block = re.search(r"^```\n(api/.*?)^```", README, re.MULTILINE | re.DOTALL)[1]
    listed = [line.split("/")[0] for line in block.splitlines()]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    rooms = {folder for folder in project["package-dir"].values()}
    assert set(listed) == rooms | {"tests", "examples", "docs"} and len(listed) == len(set(listed))


def test_the_readmes_figures_are_the_recorded_ones():
    def record(name):
        return json.loads((ROOT / "bench" / f"{name}.json").read_text())

    search, build = record("cycles")["siammixer on ecp5-85f, 1x4, search"], record("build")
    cells = [f"{build[part][name]:,}" for part in ("used", "available") for name in build["used"]]
    clocks, camera_clocks = (
        [f"{seed['fmax_mhz']:.2f}" for _, seed in sorted(record(name)["seeds"].items())]
        for name in ("build", "fabric_build")
    )
    for figure in (
        f"**{record('tracking')['overall']['auc']:.3f}**",
        f"{search['cycles']:,} cycles",
        f"{search['utilisation_per_mille'] / 10} %",
        f"| {', '.join(cells[:4])} of {', '.join(cells[4:])} |",
        f"{', '.join(clocks)} MHz; clocked at {build['clock_mhz']:.0f}: "
        f"{build['clock_mhz'] * 1e6 / search['cycles']:.1f} search passes",
        f"{', '.join(camera_clocks)} MHz; clocked at {record('fabric_build')['clock_mhz']:.0f} it searches",
    ):
        assert figure in README, figure


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_files_and_modules_that_are_named_are_there(document):
    assert list(missing(document.read_text())) == []


def test_a_missing_file_is_seen():
    there = "`sim/*.sv` `rtl/` `siammixer.ir.network.Network` `siammixer.sim.cache.VARIABLE` spec/x.py"
    text = f"`rtl/none.py` {there} `python -m siammixer.none`"
    assert list(missing(text)) == ["rtl/none.py", "siammixer.none"]


def missing(text):
    """Files in the tree's folders, and modules of siammixer, that stand in backticks but are not there.

    Names with capitals, as in `rtl/X.py`, stand for others.
    """
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"build"}
    for span in re.findall(r"`([^`\n]+)`", text):
        for name in re.findall(r"(?<![\w/.-])[a-z_]+/[\w./*-]*", span):
            ours = name.split("/")[0] in folders and not re.search("[A-Z]", name)
            if ours and not list(ROOT.glob(name.rstrip("/."))):
                yield name
        for name in re.findall(r"(?<=-m )siammixer\.\w+|siammixer(?:\.\w+){2,}", span):
            if not re.search(r"\.[A-Z]+\b(?<!VARIABLE)", name) and not any(map(Path.exists, homes(name))):
                yield name


def homes(name):
    """The places of a dotted name's module: its own, or that of which it is a part."""
    parts = name.split(".")[1:]
    for count in range(1, len(parts) + 1):
        inside = ROOT.joinpath(*parts[:count])
        yield from (inside.with_suffix(".py"), ROOT / "api" / f"{parts[0]}.py")
    yield ROOT.joinpath(*parts, "__init__.py")
