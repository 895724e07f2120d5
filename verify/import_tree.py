"""Makes a source tree importable without installing it.

Tools that do not support editable installs need this, and so do changed copies of the tree. ``python
verify/import_tree.py FOLDER`` does it for the tree that it lies in; so does ``python -m
siammixer.verify.import_tree FOLDER``, which refuses to work in another tree than that of the installed
siammixer.
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


def tree_around(folder: Path) -> Path | None:
    """The root of the source tree of siammixer that a folder lies in; None where it lies in none."""
    for root in (folder, *folder.parents):
        file = root / "pyproject.toml"
        if file.is_file() and tomllib.loads(file.read_text()).get("project", {}).get("name") == "siammixer":
            return root
    return None


def main(arguments: list[str]) -> int:
    """Makes the folder that the arguments name, with links to the tree whose code runs; the exit status."""
    if len(arguments) != 1:
        print("usage: python verify/import_tree.py FOLDER", file=sys.stderr)
        return 2
    here = tree_around(Path.cwd().resolve())
    if here not in (None, ROOT):
        print(
            f"error: the siammixer that runs is that of {ROOT}, not of {here}; in {here} run: "
            "python verify/import_tree.py FOLDER",
            file=sys.stderr,
        )
        return 2
    print(f"{make_import_tree(ROOT, Path(arguments[0]))}: links to {ROOT}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
