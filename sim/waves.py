"""Waveforms of the accelerator at work: which cycles to record, and recording them.

A simulator of its own is built for them (siammixer.sim.native), which can write the state of every signal
in every cycle, and does so in the cycles asked for. What it computes is what every other simulator computes.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from siammixer.arch.accelerator import FETCH_CYCLES, Accelerator
from siammixer.arch.errors import Error
from siammixer.arch.instruction import Kind
from siammixer.compiler.program import BranchProgram
from siammixer.driver.planner import Pass, plan_branches
from siammixer.driver.session import Session
from siammixer.ir.errors import InputError
from siammixer.ir.network import BRANCHES, Network
from siammixer.ir.patches import Grid
from siammixer.ir.weights import Weights
from siammixer.sim.build import Binary, SimulationError
from siammixer.sim.native import Simulator, build_native
from siammixer.sim.once import require_space
from siammixer.sim.run import SimulatedOutcome
from siammixer.sim.simulators import generated_verilog
from siammixer.sim.verilator import check_system

FORMATS = (".fst", ".vcd")
"""What a waveform's file may end in."""

_TEXT_BYTES = 32  # of step_name in waves.svh
_HEADERS = {"lz4.h": "liblz4-dev", "zlib.h": "zlib1g-dev"}


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A waveform that was recorded.

    ``first`` and ``last`` are the first and last cycle in it, counted from the one in which start is high;
    ``steps`` the names of the steps that run in them, in order. ``verilog`` is the core's. ``outcome`` is of
    the branch's whole run; where that did not finish it is None, ``failure`` says why, and the file holds the
    cycles until there.
    """

    first: int
    last: int
    steps: list[str]
    verilog: str
    outcome: SimulatedOutcome | None
    failure: SimulationError | None = None

    @property
    def cycles(self) -> int:
        """How many cycles were recorded."""
        return self.last - self.first + 1


def step_names(program: BranchProgram) -> list[str]:
    """Names of a branch's steps, one for each execution, in the order in which they run."""
    return [program.steps[index].name for index, _ in program.executions]


def select_steps(program: BranchProgram, text: str) -> tuple[int, int]:
    """The first and last execution, as indices into :func:`step_names`, that ``text`` means.

    Parameters
    ----------
    text
        ``STEP`` or ``STEP..STEP``, where a step is a number from 0, a name (from its first execution to its
        last, where it runs several times), or ``NAME@K``: its execution K, from 0.

    Raises
    ------
    InputError
        Where there is no such step, or the last one runs before the first.
    """
    begin, dots, end = text.partition("..")
    first, last = _executions(program, begin), _executions(program, end if dots else begin)
    if last[-1] < first[0]:
        raise InputError(f"steps {text}: the last one must not run before the first")
    return first[0], last[-1]


def _executions(program: BranchProgram, text: str) -> list[int]:
    """The executions that one step's name or number means."""
    names = step_names(program)
    if text.isdecimal():
        if int(text) >= len(names):
            raise InputError(f"step {text}: the {program.branch} branch has steps 0 to {len(names) - 1}")
        return [int(text)]
    name, at, number = text.partition("@")
    found = [index for index, other in enumerate(names) if other == name]
    if not found:
        known = ", ".join(dict.fromkeys(names))
        raise InputError(f"step {text!r}: must be a number or a step of the {program.branch} branch: {known}")
    if not at:
        return found
    if not number.isdecimal() or int(number) >= len(found):
        raise InputError(f"step {text}: {name} runs {len(found)} times, @0 to @{len(found) - 1}")
    return [found[int(number)]]


def cycles_of(program: BranchProgram, first: int, last: int) -> tuple[int, int]:
    """The predicted first and last cycle of the executions ``first`` to ``last``."""
    ends = FETCH_CYCLES + np.cumsum([program.steps[index].cycles for index, _ in program.executions])
    return int(ends[first] - program.steps[program.executions[first][0]].cycles + 1), int(ends[last])


def check_waves(suffix: str) -> None:
    """Raises :class:`InputError` where no waveform of this suffix can be recorded; says what to install."""
    if suffix not in FORMATS:
        raise InputError(f"a waveform's file must end in {' or '.join(FORMATS)}, not {suffix!r}")
    check_system()
    for header, package in _HEADERS.items() if suffix == ".fst" else ():
        command = ["g++", "-E", "-x", "c++", "-include", header, "/dev/null"]
        if subprocess.run(command, capture_output=True).returncode:
            raise InputError(
                f"waveforms as .fst need {package}: sudo apt-get install -y {package}; or name a .vcd file, "
                "which needs no package"
            )


def record(
    network: Network,
    weights: Weights,
    accelerator: Accelerator,
    grid: Grid | None,
    template_crop: np.ndarray,
    search_crop: np.ndarray,
    *,
    file: Path,
    branch: str = BRANCHES[-1],
    steps: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Recording:
    """Runs the branches up to ``branch`` and records a waveform of it.

    Parameters
    ----------
    template_crop, search_crop
        uint8 RGB (template_side, template_side, 3), (search_side, search_side, 3).
    file
        Where it is written; its suffix, one of :data:`FORMATS`, is its format.
    steps
        See :func:`select_steps`; without it the whole run, from start to done, is recorded.

    Raises
    ------
    InputError
        There is no such step, the network does not fit the accelerator, the system lacks a package, or the
        disk is full.
    SimulationError
        The simulation did not finish, and ended before the first cycle that was to be recorded.
    """
    crops = dict(zip(BRANCHES, (template_crop, search_crop), strict=True))
    if branch not in crops:
        raise InputError(f"the branch must be {' or '.join(crops)}, not {branch!r}")
    program = plan_branches(network, accelerator, grid, weights)
    chosen = program[branch]
    names = step_names(chosen)
    first, last, *cycles = _stretch(chosen, steps)
    check_waves(file.suffix)
    verilog = generated_verilog(accelerator, progress)
    binary = build_native(traceable(verilog), waves=file.suffix[1:], progress=progress)
    progress(f"recording {network.name} on {accelerator.name}")
    arguments = [str(file.resolve()), str(BRANCHES.index(branch)), *map(str, cycles)]
    outcome = failure = None
    passes = [Pass(branch=name, crop=crops[name]) for name in BRANCHES[: BRANCHES.index(branch) + 1]]
    try:
        with _recorder(binary, arguments, names) as simulator:
            outcome = Session(program, weights, simulator).attempt_all(passes)[-1]
    except SimulationError as error:
        failure = error
    _require_recorded(file, failure, cycles[0])
    return Recording(
        first=cycles[0],
        last=cycles[1],
        steps=names[first : last + 1],
        verilog=verilog,
        outcome=outcome,
        failure=failure,
    )


def _require_recorded(file: Path, failure: SimulationError | None, first: int) -> None:
    if failure:
        require_space(str(failure), file.parent)
    require_whole(file)
    if not file.exists() or not file.stat().st_size:
        raise failure or SimulationError(f"the run ended before cycle {first}: no waveform was written")


def require_whole(file: Path) -> None:
    """Raises InputError where an .fst was not written to its end, which its writer does not notice: its
    blocks, each a byte for its kind and eight for its length, must end with the file.
    """
    if file.suffix != ".fst" or not file.exists():
        return
    size, place, kinds = file.stat().st_size, 0, set()
    with file.open("rb") as content:
        while 0 <= place < size:
            content.seek(place)
            head = content.read(9)
            kinds.add(head[0])
            place += 1 + max(8, int.from_bytes(head[1:], "big"))
    if size and (place != size or not kinds & _HIERARCHIES):
        raise InputError(f"{file.parent}: the waveform could not be written to its end: is the disk full?")


def _stretch(program: BranchProgram, steps: str | None) -> tuple[int, int, int, int]:
    """The first and last execution, and the first and last cycle, that ``steps`` means."""
    if steps is None:
        return 0, len(program.executions) - 1, 0, program.predicted_cycles
    first, last = select_steps(program, steps)
    return first, last, *cycles_of(program, first, last)


@contextmanager
def _recorder(binary: Binary, arguments: list[str], names: list[str]) -> Iterator[Simulator]:
    """A simulator that records what ``arguments`` (sim/waves.h) say, steps called by ``names``."""
    with tempfile.NamedTemporaryFile("w", suffix=".hex") as texts:
        texts.write("".join(f"{_hex(name)}\n" for name in [*names, ""]))
        texts.flush()
        with closing(Simulator(binary, arguments=[*arguments, f"+names={texts.name}"])) as simulator:
            yield simulator


def _hex(text: str) -> str:
    """Text as a word for $readmemh that viewers show as text."""
    return text.encode()[:_TEXT_BYTES].hex() or "0"


_HIERARCHIES = {4, 6, 7, 254}
"""Kinds of the last block of a whole .fst: the names, or all of it packed."""

_DECLARATION = re.compile(
    r"^(?P<port>  (?:input|output) .*\n)?(?P<wire>  wire (?:\[\d+:0\] )?\\\S*\$.*\n|  reg .*\\\$.*\n)",
    re.MULTILINE,
)


def traceable(verilog: str) -> str:
    """A core's Verilog for a simulator with waves: names that only yosys gave are not recorded, and the types
    that waves.svh needs stand before it.
    """

    def hidden(match: re.Match[str]) -> str:
        if match["port"]:
            return match[0]
        return f"  /*verilator tracing_off*/\n{match['wire']}  /*verilator tracing_on*/\n"

    return _enumerations() + _DECLARATION.sub(hidden, verilog)


def _enumerations() -> str:
    """SystemVerilog types of an instruction's kind and of the error, so that a waveform shows their names."""
    types = []
    for name, members, width in (("kind_t", Kind, 4), ("error_t", Error, 8)):
        values = ", ".join(f"{member.name} = {width}'d{member.value}" for member in members)
        types.append(f"typedef enum logic [{width - 1}:0] {{{values}}} {name};\n")
    return "".join(types)
