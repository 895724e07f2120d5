"""Executes runs of a compiled simulator and reads what they recorded."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cocotb_tools.runner
import numpy as np

from siammixer.ir.errors import InputError
from siammixer.sim.build import Binary, SimulationError

WRITE = np.dtype(
    {
        "names": ["data", "target", "address"],
        "formats": ["9u1", "u1", "<u4"],
        "offsets": [0, 9, 12],
        "itemsize": 16,
    }
)
"""One word for the write port: 9 bytes of data (least significant first), target, address."""


def no_writes() -> np.ndarray:
    return np.zeros(0, WRITE)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run gets.

    Parameters
    ----------
    writes
        Words to load before the start, dtype :data:`WRITE`; memories keep what earlier runs of the
        same simulation loaded.
    pixels
        ``(n, 3)`` bytes red, green, blue in the order of the stream.
    response_words
        How many words of the response are read back.
    stall
        Probability that a cycle offers no word on the write and pixel streams: 0 <= stall < 1.
    seed
        Of the stalls, and of the noise on payloads that are not offered.
    watchdog_cycles
        Limit of the loading and of the execution, each.
    """

    writes: np.ndarray = field(default_factory=no_writes)
    pixels: np.ndarray
    response_words: int
    stall: float = 0.0
    seed: int = 0
    watchdog_cycles: int = 20_000_000

    def __post_init__(self) -> None:
        if self.writes.dtype != WRITE or self.writes.ndim != 1:
            raise InputError(
                f"writes must be one row of siammixer.sim.run.WRITE, not {self.writes.ndim} dimensions of "
                f"{self.writes.dtype}"
            )
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 2 or self.pixels.shape[1] != 3:
            raise InputError(f"pixels must be (n, 3) uint8, not {self.pixels.shape} {self.pixels.dtype}")
        if not 0 <= self.stall < 1:
            raise InputError(f"stall must be at least 0 and below 1, not {self.stall}")
        if not 1 <= self.watchdog_cycles < 1 << 32:
            raise InputError(f"watchdog_cycles must be 1 to 2**32 - 1, not {self.watchdog_cycles}")
        if not 0 <= self.response_words <= 1 << 16:
            raise InputError(f"response_words must be 0 to 65536, not {self.response_words}")
        if self.writes.size and (self.writes["target"].max() > 3 or self.writes["address"].max() >= 1 << 24):
            raise InputError("writes must have targets below 4 and addresses below 2**24")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What every harness tells of a run.

    Cycle 0 is the one in which start is high and the first pixel is offered; ``cycles`` is the
    number of the one in which done is high. The response is read after done; the remaining outputs
    are sampled after that. ``clocks`` counts all cycles of the run (loading, execution, reading) and
    ``wall_seconds`` their wall time.
    """

    cycles: int
    response: np.ndarray
    peak_position: int
    peak_value: int
    error: int
    identity: int
    pixels_taken: int
    clocks: int
    wall_seconds: float

    @property
    def clocks_per_second(self) -> float:
        return self.clocks / self.wall_seconds


@dataclass(frozen=True, kw_only=True)
class RunResult(Outcome):
    """What one run recorded under cocotb.

    ``step_cycle[i]`` is the cycle of the i-th step_done and ``step_index[i]`` its step. ``trace_*``
    has one row per word written into the feature-map memory.
    """

    step_index: np.ndarray
    step_cycle: np.ndarray
    trace_step: np.ndarray
    trace_address: np.ndarray
    trace_data: np.ndarray


def simulate(binary: Binary, runs: Sequence[Run], folder: Path | None = None) -> list[RunResult]:
    """Executes the runs one after the other in one simulator, under cocotb.

    Parameters
    ----------
    folder
        Where the files of the runs are kept; without it they are removed.

    Raises
    ------
    SimulationError
        Where a run does not finish: the watchdog, a write outside a run, an assertion of the
        design, a crash. No result is returned then.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="siammixer-") as temporary:
            return simulate(binary, runs, Path(temporary))
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("failure.txt", "wall.json", "simulation.log"):
        (folder / name).unlink(missing_ok=True)
    for index, run in enumerate(runs):
        _write(folder / f"run{index}", run)
    (folder / "runs.txt").write_text(str(len(runs)))
    _execute(binary, folder)
    wall_seconds = json.loads((folder / "wall.json").read_text())
    return [
        _read(folder / f"run{index}", binary.parameters["LANES"], seconds)
        for index, seconds in enumerate(wall_seconds)
    ]


def settings(run: Run) -> tuple[int, ...]:
    """A run's numbers as the harnesses read them: writes, pixels, response words, stall in 1/65536, seed,
    watchdog.
    """
    stall = min(round(run.stall * 65536), 65535)
    return (
        len(run.writes),
        len(run.pixels),
        run.response_words,
        stall,
        run.seed & 0x7FFFFFFF,
        run.watchdog_cycles,
    )


def pixel_words(run: Run) -> np.ndarray:
    """Its pixels, 4 bytes each."""
    return np.pad(run.pixels, ((0, 0), (0, 1)))


def _write(stem: Path, run: Run) -> None:
    Path(f"{stem}.txt").write_text(" ".join(map(str, settings(run))) + "\n")
    run.writes.tofile(f"{stem}_writes.bin")
    pixel_words(run).tofile(f"{stem}_pixels.bin")


def _execute(binary: Binary, folder: Path) -> None:
    runner = cocotb_tools.runner.get_runner("verilator")
    runner.log.propagate = False
    log = folder / "simulation.log"
    try:
        runner.test(
            test_module="siammixer.sim.bench",
            hdl_toplevel=binary.top,
            hdl_toplevel_lang="verilog",
            build_dir=binary.folder,
            test_dir=folder,
            results_xml=str(folder.resolve() / "results.xml"),
            # Without it cocotb loads pytest to rewrite assertions, which nothing here needs.
            extra_env={"COCOTB_REWRITE_ASSERTION_FILES": ""},
            log_file=log,
        )
    except (RuntimeError, SystemExit) as error:  # the latter under pytest
        raise SimulationError(_reason(folder, log)) from error
    if not (folder / "wall.json").exists():
        raise SimulationError(_reason(folder, log))


def _reason(folder: Path, log: Path) -> str:
    failure = folder / "failure.txt"
    if failure.exists():
        return failure.read_text().strip()
    return "the simulator stopped: " + complaint(log.read_text(errors="replace") if log.exists() else "")


def complaint(text: str) -> str:
    """Of what a simulator printed, the line that says what went wrong; else its last lines."""
    lines = text.splitlines()
    errors = [line.strip() for line in lines if "%Error" in line or "%Fatal" in line]
    return errors[0] if errors else " / ".join(lines[-5:]) or "no output"


def _read(stem: Path, lanes: int, wall_seconds: float) -> RunResult:
    summary = {
        name: int(number)
        for name, number in map(str.split, Path(f"{stem}_summary.txt").read_text().splitlines())
    }
    steps = np.fromfile(f"{stem}_steps.bin", np.dtype([("step", "<u4"), ("cycle", "<u4")]))
    row = np.dtype(
        {
            "names": ["step", "address", "data"],
            "formats": ["<u2", "<u2", f"({lanes},)i1"],
            "itemsize": 4 + -(-lanes // 4) * 4,
        }
    )
    trace = np.fromfile(f"{stem}_trace.bin", row)
    if len(steps) != summary.pop("steps") or len(trace) != summary.pop("traces"):
        raise SimulationError(f"{stem.name}: the recorded files are shorter than counted: is the disk full?")
    return RunResult(
        **summary,
        step_index=steps["step"].astype(np.int64),
        step_cycle=steps["cycle"].astype(np.int64),
        trace_step=trace["step"].astype(np.int64),
        trace_address=trace["address"].astype(np.int64),
        trace_data=trace["data"].reshape(-1, lanes).copy(),
        response=np.fromfile(f"{stem}_response.bin", "<i4").astype(np.int32),
        wall_seconds=wall_seconds,
    )
