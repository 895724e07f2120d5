"""Builds the API reference out of the docstrings: ``python docs/reference/build.py FOLDER``.

Every module of the package is documented, so all packages of the extra ``all`` must be installed. A warning
is an error: an annotation that names nothing, a module that cannot be imported.
"""

from __future__ import annotations

import pkgutil
import sys
import tempfile
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Modules that do their work when they are imported: pdoc must not.
PROGRAMS = ("!siammixer.__main__", "!siammixer.verify.formal.__main__", "!siammixer.verify.mutation.__main__")


def rooms() -> list[str]:
    """The packages below siammixer. pdoc finds only what ``__all__`` names by itself."""
    import siammixer

    return [f"siammixer.{module.name}" for module in pkgutil.iter_modules(siammixer.__path__) if module.ispkg]


def build(folder: Path) -> list[str]:
    """Writes ``folder / index.html`` and a page for every module; what pdoc warns of."""
    from siammixer.verify.import_tree import make_import_tree

    with tempfile.TemporaryDirectory() as tree, warnings.catch_warnings(record=True) as warned:
        # An editable installation has its rooms in folders that do not lie in the package's; here they do.
        for name in [name for name in sys.modules if name.partition(".")[0] == "siammixer"]:
            del sys.modules[name]
        sys.path.insert(0, str(make_import_tree(ROOT, Path(tree) / "import")))
        warnings.simplefilter("always")
        # The constructor that NamedTuple makes knows no module in which its annotations could be looked up.
        warnings.filterwarnings("ignore", r"Error parsing type annotation ForwardRef.* for \S+\.__init__")
        import pdoc

        pdoc.render.configure(docformat="numpy", show_source=False, footer_text="SiamMixer")
        pdoc.pdoc("siammixer", *rooms(), *PROGRAMS, output_directory=folder)
        return sorted({str(warning.message) for warning in warned})


if __name__ == "__main__":
    found = build(Path(sys.argv[1]))
    print(*found, sep="\n", file=sys.stderr)
    sys.exit(1 if found else 0)
