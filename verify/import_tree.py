"""Makes a source tree importable without installing it.

Tools that do not support editable installs need this, and so do changed copies of the tree. ``python -m
siammixer.verify.import_tree FOLDER`` does it for this tree.
"""

from __future__ import annotations

import shutil
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def make_import_tree(root: Path, folder: Path) -> Path:
    """A folder for PYTHONPATH in which ``siammixer`` is made of links to the rooms of the tree ``root``.

    The rooms lie at the top of the tree, and ``package-dir`` in its pyproject.toml gives their import names.
    An installed siammixer comes later on the path, so Python finds the tree's own.

    Parameters
    ----------
    root
        Root of the tree.
    folder
        Folder to make, with its parents. Earlier links in it are replaced.
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
