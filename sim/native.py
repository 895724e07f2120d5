"""A simulator without Python inside: compiled C++ in a process that stays, runs going in and out through
pipes.

Half as fast again as the cocotb route (siammixer.sim.run) and nothing is loaded twice; in exchange it
records neither the trace nor the steps' cycles.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from siammixer.driver.core import NO_RESET, Core, CoreRun
from siammixer.sim.build import ARGUMENTS, Binary, SimulationError, built_once, drafted
from siammixer.sim.ports import cpp_constants, native_wrapper
from siammixer.sim.power_up import without_initial_values
from siammixer.sim.run import SimulatedOutcome, complaint, pixel_words, settings
from siammixer.sim.verilator import OPT_FAST, verilator

HARNESS = tuple(Path(__file__).with_name(name) for name in ("harness.cpp", "pipes.h", "waves.h", "waves.svh"))
_GENERATED = {"native.sv": native_wrapper(), "interface.h": cpp_constants()}

# harness.cpp's answer, after the word that says that all went well.
_SUMMARY = np.dtype(
    [
        ("cycles", "<u4"),
        ("pixels_taken", "<u4"),
        ("clocks", "<u4"),
        ("error", "<u4"),
        ("step", "<u4"),
        ("peak_position", "<u4"),
        ("peak_value", "<i4"),
        ("identity", "<u8"),
    ]
)


COVERAGE = ("--coverage-line", "--coverage-toggle")
"""Verilator's arguments for a simulator that counts what it executed; the whole of --coverage fails on
memories.
"""

_WAVES = {name: (f"--trace-{name}", "+define+WAVES", "-CFLAGS", "-DVL_USER_FATAL") for name in ("fst", "vcd")}

# Verilator's own end writes the waveform's last part, and waits for ever where just that has failed.
_FATAL = {
    "fatal.cpp": """#include <cstdlib>
#include <cstring>
#include <unistd.h>
#include "verilated.h"
void vl_fatal(const char* file, int line, const char*, const char* message) {
    if (*file) std::fprintf(stderr, "%%Error: %s:%d: %s\\n", file, line, message);
    else std::fprintf(stderr, "%%Error: %s\\n", message);
    std::fflush(stderr);
    if (std::strstr(message, "bufferFlush")) _exit(1);
    Verilated::runFlushCallbacks();
    Verilated::runExitCallbacks();
    std::exit(1);
}
"""
}

# Verilator draws what has no initial value from its own generator, if told so before the design is made.
_DRAW = {
    "power_up.cpp": """#include <cstdlib>
#include "verilated.h"
static const bool drawn = [] {
  const char* seed = std::getenv("SIAMMIXER_POWER_UP");
  if (seed) Verilated::randReset(2), Verilated::randSeed(std::atoi(seed));
  return true;
}();
"""
}
_POWER_UP = "SIAMMIXER_POWER_UP"

# To count what is executed, and to compile by the counts; what a training run leaves out is compiled as ever.
_COUNT = ("-MAKEFLAGS", f"OPT_FAST='{OPT_FAST} -fprofile-generate' LDFLAGS=-fprofile-generate")
_HURRY = ("-MAKEFLAGS", "OPT_FAST=-O0 OPT_SLOW=-O0")
_BY_COUNTS = (
    "-MAKEFLAGS",
    f"OPT_FAST='{OPT_FAST} -fprofile-use -fprofile-partial-training -Wno-missing-profile'",
)


def build_native(
    verilog: str,
    *,
    coverage: bool = False,
    waves: str | None = None,
    training: Sequence[CoreRun] = (),
    power_up: bool = False,
    in_a_hurry: bool = False,
    cache: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Binary:
    """The simulator of an accelerator's Verilog for :class:`Simulator`; compiled unless the same content was
    before.

    Parameters
    ----------
    coverage
        Counts executed lines and toggled bits, several times as slow.
    waves
        ``fst`` or ``vcd``: it can record a waveform in that format (siammixer.sim.waves). Slower, also where
        it records nothing.
    training
        Runs whose branches the compiler lays the code out by: what is executed lies together, the rest
        elsewhere. A sixth faster, and built twice. They change no result.
    power_up
        Registers and memories begin as anything (:func:`siammixer.sim.power_up.without_initial_values`), by
        the ``power_up`` of :class:`Simulator`.
    in_a_hurry
        Compiled without optimising: for a large text and a few runs.

    Raises
    ------
    InputError
        Where the system lacks a compiler or make.
    SimulationError
        Where Verilator or the compiler refuses; names the log.
    """
    arguments = (*ARGUMENTS, *(COVERAGE if coverage else ()), *(_WAVES[waves] if waves else ()))
    arguments = (*arguments, *(_HURRY if in_a_hurry else ()))
    generated = _GENERATED | (_FATAL if waves else {})
    if power_up:
        verilog, generated = without_initial_values(verilog)[0], generated | _DRAW
    parts = (
        "native",
        verilog,
        [file.read_text() for file in HARNESS],
        _GENERATED,
        arguments,
        [_digest(run) for run in training],
        _COUNT,
        _BY_COUNTS,
        str(verilator()),
        *([_FATAL] if waves else ()),
        *([_DRAW] if power_up else ()),
    )
    folder, seconds = built_once(
        cache, parts, lambda folder: _compile(folder, verilog, generated, arguments, training), progress
    )
    return Binary(folder, "native", build_seconds=seconds)


def _compile(
    folder: Path,
    verilog: str,
    generated: Mapping[str, str],
    arguments: Sequence[str],
    training: Sequence[CoreRun],
) -> None:
    with drafted(folder, verilog, HARNESS, generated=generated) as draft:
        if training:
            _make(draft, (*arguments, *_COUNT))
            with closing(Simulator(Binary(draft, "native"), counts=True)) as simulator:
                simulator.execute_all(training)
            for file in (draft / "objects").iterdir():
                if file.suffix in (".o", ".a", ".gch"):
                    file.unlink()
            arguments = (*arguments, *_BY_COUNTS)
        _make(draft, arguments)


def _make(draft: Path, arguments: Sequence[str]) -> None:
    """Compiles the draft's simulator, ``native``."""
    command = [
        str(verilator()),
        "--cc",
        "--exe",
        "--build",
        "-j",
        str(os.cpu_count()),
        "--top-module",
        "native",
        "--prefix",
        "Vnative",
    ]
    files = [
        "--Mdir",
        "objects",
        "-o",
        "native",
        "control.vlt",
        "design.v",
        "native.sv",
        *map(str, sorted(draft.glob("*.cpp"))),
    ]
    with (draft / "build.log").open("w") as log:
        subprocess.run([*command, *arguments, *files], cwd=draft, stdout=log, stderr=log, check=True)
    (draft / "objects" / "native").rename(draft / "native")


def _digest(run: CoreRun) -> str:
    """A digest of a run's content, without the bytes between the fields of its writes."""
    parts = [
        repr(settings(run)).encode(),
        *(run.writes[name].tobytes() for name in run.writes.dtype.names or ()),
        run.pixels.tobytes(),
    ]
    return hashlib.sha256(b"".join(parts)).hexdigest()


class Simulator(Core[SimulatedOutcome]):
    """A running simulator, a :class:`siammixer.driver.core.Core`: memories keep from run to run what was
    loaded and computed.

    Safe to use from one thread at a time. It ends with :meth:`close`, with Python, or with the first run
    that fails; every later run then fails with the same words.

    Parameters
    ----------
    binary
        Made by :func:`build_native`.
    coverage_file
        Where a simulator built with ``coverage`` writes its counts when it is closed.
    counts
        It writes counts of its own: closed, it is left to end by itself.
    arguments
        Further words of its command line: what to record (sim/waves.h).
    power_up
        For a simulator built with ``power_up``: the seed by which registers and memories begin as anything;
        None, as zeros.
    """

    name = "the simulator"

    def __init__(
        self,
        binary: Binary,
        coverage_file: Path | None = None,
        *,
        counts: bool = False,
        arguments: Sequence[str] = (),
        power_up: int | None = None,
    ):
        self._power_up = power_up
        self._binary, self._coverage_file, self._arguments = binary, coverage_file, list(arguments)
        self._counts = counts or coverage_file is not None
        self._start()

    def _start(self) -> None:
        # Large enough for anything a dying simulator says; a pipe that nobody reads would block it.
        self._messages = tempfile.TemporaryFile()  # noqa: SIM115
        coverage = [self._coverage_file.resolve()] if self._coverage_file else []
        self._process = subprocess.Popen(
            [self._binary.folder / self._binary.top, *coverage, *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._messages,
            cwd=self._binary.folder,
            env=None if self._power_up is None else os.environ | {_POWER_UP: str(self._power_up)},
            process_group=0,  # Ctrl-C is answered by us alone, who may want to finish a frame first
        )
        assert self._process.stdin is not None and self._process.stdout is not None  # both are pipes
        self._requests, self._answers = self._process.stdin, self._process.stdout
        self._ended: str | None = None

    @property
    def pid(self) -> int:
        """Process number of the simulator."""
        return self._process.pid

    def execute(self, run: CoreRun) -> SimulatedOutcome:
        """Executes a run, the same cycles as under cocotb.

        Raises
        ------
        SimulationError
            Where it does not finish: the watchdog, an assertion of the design, a crash, a process that was
            ended.
        """
        if self._ended is not None:
            raise SimulationError(self._ended)
        begin = time.perf_counter()
        try:
            summary, response = self._exchange(run)
        except SimulationError as error:
            self._ended = str(error)
            raise
        except BaseException:
            # The pipes now hold half a run.
            self.close()
            raise
        numbers = {name: int(summary[name]) for name in _SUMMARY.names or ()}
        return SimulatedOutcome(**numbers, response=response, wall_seconds=time.perf_counter() - begin)

    def reset(self) -> None:
        """Begins anew with a process whose memories are empty."""
        self.close()
        self._start()

    def close(self) -> None:
        """Ends the process, also in the middle of a run; but lets it write its counts."""
        if self._counts and self._ended is None:
            self._requests.close()
            self._process.wait()
        self._ended = self._ended or "the simulator was closed"
        self._process.kill()
        self._process.wait()
        for file in (self._requests, self._answers, self._messages):
            try:
                file.close()
            except BrokenPipeError:  # of words that were still on their way
                continue

    def _exchange(self, run: CoreRun) -> tuple[np.ndarray, np.ndarray]:
        reset_cycle = NO_RESET if run.reset_cycle is None else run.reset_cycle
        request = [
            np.array((*settings(run), reset_cycle, run.reset_cycles), "<u4").tobytes(),
            run.writes.tobytes(),
            pixel_words(run).tobytes(),
        ]
        try:
            self._requests.write(b"".join(request))
            self._requests.flush()
        except BrokenPipeError:
            raise SimulationError(self._cause()) from None
        length = int.from_bytes(self._receive(4), "little")
        if length:
            raise SimulationError(self._receive(length).decode())
        summary = np.frombuffer(self._receive(_SUMMARY.itemsize), _SUMMARY)[0]
        return summary, np.frombuffer(self._receive(4 * run.response_words), "<i4").astype(np.int32)

    def _receive(self, size: int) -> bytes:
        data = self._answers.read(size)
        if len(data) < size:
            raise SimulationError(self._cause())
        return data

    def _cause(self) -> str:
        """Why the process has ended."""
        code = self._process.wait()
        self._messages.seek(0)
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        return f"the simulator stopped ({how}): {complaint(self._messages.read().decode(errors='replace'))}"
