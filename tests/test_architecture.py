"""The arrows between the folders, and what each may load; read from the sources, nothing is imported."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Our rooms -> the rooms that each may import. Tests and bench may import all.
ARROWS = {
    "ir": set(),
    "arch": {"ir"},
    "compiler": {"ir", "arch"},
    "golden": {"ir"},
    "rtl": {"ir", "arch"},
    "tracking": {"ir"},
    "sim": {"ir", "arch", "compiler", "rtl", "golden", "driver", "tracking"},
    "driver": {"ir", "arch", "compiler", "golden"},
    "training": {"ir", "arch", "golden", "tracking"},
    "boards": {"ir", "arch", "compiler", "rtl"},
    "delivery": {
        *("ir", "arch", "compiler", "golden", "rtl", "tracking", "sim", "driver", "report"),
    },
    "report": {"ir", "arch", "compiler", "tracking", "sim", "boards", "verify"},
    "verify": {"ir", "arch", "compiler", "golden", "rtl", "sim", "driver", "training", "boards"},
    "cli": {
        *("ir", "arch", "compiler", "golden", "rtl", "tracking", "sim", "training"),
        *("verify", "boards", "driver", "delivery", "report"),
    },
}
# Of those, the rooms that cli may import at the top of a file, and modules of other rooms that hold names
# only; the rest waits inside the functions.
LIGHT = {"ir", "arch", "tracking"}
NAMES = ("siammixer.training.names", "siammixer.boards.names", "siammixer.delivery.names")

# What lies above all rooms: none imports the measurements, the tests, or the public API.
ABOVE = {"api", "bench", "tests"}

# Packages that load slowly or are optional -> the rooms that may import them.
PACKAGES = {
    "torch": {"training", "verify"},
    "onnx": {"verify"},
    "onnxruntime": {"verify", "training"},
    "amaranth": {"rtl", "sim", "boards", "verify"},
    "amaranth_boards": {"boards"},
    "cocotb": {"sim"},
    "cocotb_tools": {"sim"},
    "cocotbext": {"sim"},
    "serial": {"driver"},
    "av": {"tracking"},
    "matplotlib": {"report", "cli"},
}


def sources(folder):
    return sorted(path for path in (ROOT / folder).rglob("*.py"))


def imported(tree):
    """The imports of a syntax tree: rooms of ours by their names, other packages by theirs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (room_of(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are absolute"
            yield from (room_of(f"{node.module}.{alias.name}") for alias in node.names)


def room_of(name):
    """``siammixer.rtl.lane`` is of the room ``rtl``, ``siammixer`` and ``siammixer.Network`` are of ``api``;
    everything else is of its top-level package.
    """
    package, *inside = name.split(".")
    if package != "siammixer":
        return package
    return inside[0] if inside and inside[0] in {*ARROWS, *ABOVE, "weights"} else "api"


def at_the_top(tree):
    """The statements of a module that run when it is imported, without those for type checkers."""
    return [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom | ast.Try)]


def broken_arrows(folder, tree):
    """The imports of a source of that folder that it may not have."""
    found = set(imported(tree))
    ours = {name for name in found & ARROWS.keys() if name != folder and name not in ARROWS[folder]}
    ours |= found & ABOVE
    return ours | {name for name in found & PACKAGES.keys() if folder not in PACKAGES[name]}


@pytest.mark.parametrize("folder", ARROWS)
def test_arrows(folder):
    for path in sources(folder):
        assert not broken_arrows(folder, ast.parse(path.read_text())), path


def test_every_room_has_its_arrows():
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert rooms - ABOVE - {"weights"} == set(ARROWS)


def test_the_arrows_have_no_circle():
    """Data passes in one direction: there is an order of the rooms in which each needs earlier ones only."""
    order = list(TopologicalSorter(ARROWS).static_order())
    assert set(order) == set(ARROWS) and order[0] == "ir" and order[-1] == "cli"


def test_the_api_is_names_alone():
    """Its files are what ``import siammixer`` and ``python -m siammixer`` run; all else lies in a room."""
    assert [path.name for path in sources("api")] == ["__init__.py", "__main__.py"]


@pytest.mark.parametrize("folder", ["ir", "arch", "compiler"])
def test_the_lowest_rooms_need_nothing_but_numpy(folder):
    for path in sources(folder):
        packages = set(imported(ast.parse(path.read_text()))) - ARROWS.keys()
        assert packages <= {*sys.stdlib_module_names, "numpy"}, path


def test_cli_loads_late():
    for path in sources("cli"):
        for node in at_the_top(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module in NAMES:
                continue
            assert set(imported(node)) & ARROWS.keys() <= LIGHT | {"cli"}, f"{path}, line {node.lineno}"


def test_help_loads_nothing_heavy():
    heavy = ["numpy", "cv2", "rich", *PACKAGES]
    script = (
        "import sys, siammixer.cli.main; siammixer.cli.main._parser(); print([name for name in "
        f"{heavy} if name in sys.modules])"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        == "[]\n"
    )


@pytest.mark.parametrize(
    ("folder", "line", "broken"),
    [
        ("ir", "from siammixer.golden import network", {"golden"}),
        ("rtl", "def f():\n    import torch", {"torch"}),
        ("rtl", "import siammixer.golden.network", {"golden"}),
        ("tracking", "from siammixer.rtl.datapath.lane import Lane", {"rtl"}),
        ("golden", "from siammixer.ir.network import Network\nimport numpy", set()),
        ("rtl", "from siammixer import Network", {"api"}),
        ("rtl", "import siammixer", {"api"}),
        ("cli", "from siammixer.bench.cycles import FILE", {"bench"}),
    ],
)
def test_a_broken_arrow_is_seen(folder, line, broken):
    assert broken_arrows(folder, ast.parse(line)) == broken


def tracked_text():
    """Text files of the tree that run: sources, the Makefile, the CI script."""
    for folder in (*ARROWS, "bench", "tests"):
        yield from sources(folder)
    yield from (path for path in (ROOT / "Makefile", ROOT / ".ci/run") if path.exists())


def test_lent_video_is_only_for_tests_marked_shared():
    """Nothing needs ``../shared``: only tests marked so may name it, and options have no such default."""
    for path in tracked_text():
        if path == Path(__file__).resolve():
            continue
        text = path.read_text()
        if "../shared" in text or '"shared"' in text:
            assert path.is_relative_to(ROOT / "tests"), path
            assert "pytest.mark.shared" in text or path.name == "conftest.py", path
