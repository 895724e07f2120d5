"""Executes runs of a compiled simulator and reads what they recorded."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cocotb_tools.runner
import numpy as np

from siammixer.driver.core import CoreRun, ListCore, RunOutcome
from siammixer.ir.errors import InputError
from siammixer.ir.files import naming
from siammixer.sim.build import Binary, SimulationError
from siammixer.sim.once import require_space

LOG_FILE = "simulation.log"
"""The file of a run's folder with what the simulator prints."""


@dataclass(frozen=True, kw_only=True)
class SimulatedOutcome(RunOutcome):
    """The results of a run that every harness gives.

    Parameters
    ----------
    identity
        The fingerprint that the core tells.
    pixels_taken
        Pixels that the core took.
    clocks
        All cycles of the run: loading, execution, reading.
    wall_seconds
        Their wall time.
    """

    identity: int
    pixels_taken: int
    clocks: int
    wall_seconds: float

    @property
    def clocks_per_second(self) -> float:
        """Speed of the simulation: cycles of the design in a second of wall time."""
        return self.clocks / self.wall_seconds


@dataclass(frozen=True, kw_only=True)
class TracedOutcome(SimulatedOutcome):
    """The results of a run that a harness with a trace gives.

    ``step_cycle[i]`` is the cycle of the i-th step_done and ``step_index[i]`` its step. ``trace_*``
    has one row per word written into the feature-map memory.
    """

    step_index: np.ndarray
    step_cycle: np.ndarray
    trace_step: np.ndarray
    trace_address: np.ndarray
    trace_data: np.ndarray


class CocotbSimulator(ListCore[TracedOutcome]):
    """A compiled simulator under cocotb, which records a trace: :func:`simulate` as a core.

    Parameters
    ----------
    binary
        Made by :func:`siammixer.sim.simulators.simulator`.
    """

    name = "the simulator under cocotb"

    def __init__(self, binary: Binary):
        self._binary = binary

    def execute_all(self, runs: Sequence[CoreRun]) -> list[TracedOutcome]:
        """See :func:`simulate`."""
        return simulate(self._binary, runs)


def simulate(binary: Binary, runs: Sequence[CoreRun], folder: Path | None = None) -> list[TracedOutcome]:
    """Executes the runs one after the other in one simulator, under cocotb; its memories begin empty.

    Parameters
    ----------
    folder
        Where the files of the runs are kept; without it they are removed.

    Raises
    ------
    SimulationError
        Where a run does not finish: the watchdog, a write outside a run, an assertion of the
        design, a crash. No result is returned then.
    InputError
        Where the disk is full.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="siammixer-") as temporary:
            return simulate(binary, runs, Path(temporary))
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("failure.txt", "wall.json", LOG_FILE):
        (folder / name).unlink(missing_ok=True)
    for index, run in enumerate(runs):
        run.require_no_reset(CocotbSimulator.name)
        with naming(folder):
            _write(folder / f"run{index}", run)
    with naming(folder):
        (folder / "runs.txt").write_text(str(len(runs)))
    _execute(binary, folder)
    wall_seconds = json.loads((folder / "wall.json").read_text())
    return [
        _read(folder / f"run{index}", binary.trace_bytes, seconds)
        for index, seconds in enumerate(wall_seconds)
    ]


def settings(run: CoreRun) -> tuple[int, ...]:
    """A run's numbers as the harnesses read them: writes, pixels, response words, entry, stall in 1/65536,
    seed, watchdog.
    """
    stall = min(round(run.stall * 65536), 65535)
    return (
        len(run.writes),
        len(run.pixels),
        run.response_words,
        run.entry,
        stall,
        run.seed & 0x7FFFFFFF,
        run.watchdog_cycles,
    )


def pixel_words(run: CoreRun) -> np.ndarray:
    """Its pixels, 4 bytes each."""
    return np.pad(run.pixels, ((0, 0), (0, 1)))


def _write(stem: Path, run: CoreRun) -> None:
    Path(f"{stem}.txt").write_text(" ".join(map(str, settings(run))) + "\n")
    Path(f"{stem}_writes.bin").write_bytes(run.writes.tobytes())
    Path(f"{stem}_pixels.bin").write_bytes(pixel_words(run).tobytes())


def run_under_cocotb(binary: Binary, module: str, folder: Path) -> None:
    """Runs the cocotb test ``module`` in a compiled simulator, in a folder; ``simulation.log`` there has what
    they print.

    Raises
    ------
    RuntimeError, SystemExit
        Where it fails; the latter under pytest.
    """
    runner = cocotb_tools.runner.get_runner("verilator")
    runner.log.propagate = False
    runner.test(
        test_module=module,
        hdl_toplevel=binary.top,
        hdl_toplevel_lang="verilog",
        build_dir=binary.folder,
        test_dir=folder,
        results_xml=str(folder.resolve() / "results.xml"),
        # Without it cocotb loads pytest to rewrite assertions, which nothing here needs.
        extra_env={"COCOTB_REWRITE_ASSERTION_FILES": ""},
        log_file=folder / LOG_FILE,
    )


def _execute(binary: Binary, folder: Path) -> None:
    log = folder / LOG_FILE
    try:
        run_under_cocotb(binary, "siammixer.sim.bench", folder)
    except (RuntimeError, SystemExit) as error:
        raise SimulationError(_reason(folder, log)) from error
    if not (folder / "wall.json").exists():
        raise SimulationError(_reason(folder, log))


def _reason(folder: Path, log: Path) -> str:
    said = log.read_text(errors="replace") if log.exists() else ""
    require_space(said, folder)
    failure = folder / "failure.txt"
    if failure.exists() and failure.stat().st_size:
        return failure.read_text().strip()
    return "the simulator stopped: " + complaint(said)


def complaint(text: str) -> str:
    """The line of a simulator's output that says what went wrong; else its last lines."""
    lines = text.splitlines()
    errors = [line.strip() for line in lines if "%Error" in line or "%Fatal" in line]
    return errors[0] if errors else " / ".join(lines[-5:]) or "no output"


def _read(stem: Path, trace_bytes: int, wall_seconds: float) -> TracedOutcome:
    summary = {
        name: int(number)
        for name, number in map(str.split, Path(f"{stem}_summary.txt").read_text().splitlines())
    }
    steps = np.fromfile(f"{stem}_steps.bin", np.dtype([("step", "<u4"), ("cycle", "<u4")]))
    row = np.dtype(
        {
            "names": ["step", "address", "data"],
            "formats": ["<u2", "<u2", f"({trace_bytes},)i1"],
            "itemsize": 4 + -(-trace_bytes // 4) * 4,
        }
    )
    trace = np.fromfile(f"{stem}_trace.bin", row)
    if len(steps) != summary.pop("steps") or len(trace) != summary.pop("traces"):
        raise InputError(f"{stem.parent}: the recorded files are shorter than counted: is the disk full?")
    return TracedOutcome(
        **summary,
        step_index=steps["step"].astype(np.int64),
        step_cycle=steps["cycle"].astype(np.int64),
        trace_step=trace["step"].astype(np.int64),
        trace_address=trace["address"].astype(np.int64),
        trace_data=trace["data"].reshape(-1, trace_bytes).copy(),
        response=np.fromfile(f"{stem}_response.bin", "<i4").astype(np.int32),
        wall_seconds=wall_seconds,
    )
