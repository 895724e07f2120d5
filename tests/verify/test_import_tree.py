"""A tree of links makes the tree importable whose code runs, and no other."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from siammixer.verify import import_tree


@pytest.fixture
def clone(tmp_path):
    """Another clone: of its rooms only what the command needs."""
    root = tmp_path / "clone"
    for name in ("pyproject.toml", "api/__init__.py", "verify/import_tree.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(import_tree.ROOT / name, root / name)
    return root


def run(*command, cwd):
    return subprocess.run([sys.executable, *command], cwd=cwd, capture_output=True, text=True)


def test_every_room_is_a_link_to_that_tree(tmp_path):
    folder = import_tree.make_import_tree(import_tree.ROOT, tmp_path / "import")
    for name in ("rtl", "verify", "__init__.py"):
        place = "api/__init__.py" if name == "__init__.py" else name
        assert (folder / "siammixer" / name).resolve() == import_tree.ROOT / place


def test_the_file_of_a_clone_links_to_the_clone(clone):
    """Though the environment's siammixer is that of another tree."""
    done = run("verify/import_tree.py", "build/import", cwd=clone)
    assert (done.returncode, done.stdout) == (0, f"build/import: links to {clone.resolve()}\n"), done.stderr
    assert (clone / "build/import/siammixer/verify").resolve() == clone.resolve() / "verify"


def test_the_module_of_another_tree_refuses_to_work_in_a_clone(clone):
    """With the environment of one tree in another, links would go where nobody looks."""
    (clone / "docs").mkdir()
    done = run("-m", "siammixer.verify.import_tree", "../import", cwd=clone / "docs")
    assert (done.returncode, done.stdout) == (2, "") and not (clone / "import").exists()
    assert done.stderr == (
        f"error: the siammixer that runs is that of {import_tree.ROOT}, not of {clone.resolve()}; in "
        f"{clone.resolve()} run: python verify/import_tree.py FOLDER\n"
    )


def test_outside_of_every_tree_links_go_to_the_code_that_runs(tmp_path):
    done = run("-m", "siammixer.verify.import_tree", "import", cwd=tmp_path)
    assert done.stdout == f"import: links to {Path(import_tree.ROOT)}\n"
    assert run("-m", "siammixer.verify.import_tree", cwd=tmp_path).returncode == 2
