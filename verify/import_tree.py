"""A source tree that can be imported where it lies, without being installed: for tools that know no editable
install, and for changed copies. ``python -m siammixer.verify.import_tree FOLDER`` makes one of this tree.
"""

from __future__ import annotations

import shutil
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def make_import_tree(root: Path, folder: Path) -> Path:
    """A folder for PYTHONPATH in which ``siammixer`` is made of links to the rooms of the tree ``root``.

    The rooms lie at the top of the tree, and ``package-dir`` of its pyproject.toml tells their import
    names. An installed siammixer comes later on the path, so the tree's own is found.

    Parameters
    ----------
    root
        The tree.
    folder
        Is made with its parents; links that it held before are replaced.
    """
    settings = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]
    rooms = dict(settings["package-dir"])
    package = folder / "siammixer"
    shutil.rmtree(package, ignore_errors=True)
    package.mkdir(parents=True)
    for source in (root / rooms.pop("siammixer")).iterdir():
        if source.name != "__pycache__":
            (package / source.name).symlink_to(source.resolve())
    for name, room in rooms.items():
        (package / name.removeprefix("siammixer.")).symlink_to((root / room).resolve())
    return folder


if __name__ == "__main__":
    print(make_import_tree(ROOT, Path(sys.argv[1])))
