"""A board in Verilator: the complete device, link included, behind a pseudo-terminal that a host opens as a
serial port.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from siammixer.arch.accelerator import Accelerator
from siammixer.rtl.link.device import TrackerDevice
from siammixer.sim.build import Binary, SimulationError, build
from siammixer.sim.run import LOG_FILE, complaint, run_under_cocotb
from siammixer.sim.verilog import cached_verilog

# Four cycles a bit, the least that the receiver takes: most of the simulation's time goes into bits.
CLOCK_HZ, BAUD = 20_000_000, 5_000_000
PORT_FILE = "port.txt"
_START_SECONDS = 60


def device_simulator(accelerator: Accelerator, progress: Callable[[str], None] = lambda _: None) -> Binary:
    """The compiled simulator of the device; built where its sources changed."""
    progress(f"generating the Verilog of the device with {accelerator.name}")
    verilog = cached_verilog(
        lambda: TrackerDevice(accelerator, clock_hz=CLOCK_HZ, baud=BAUD), "device", accelerator
    )
    harness = Path(__file__).with_name("device.sv")
    half_cycle_ns = 500_000_000 // CLOCK_HZ
    return build(
        verilog,
        parameters={"HALF_CYCLE": half_cycle_ns},
        harness=harness,
        top="device_harness",
        progress=progress,
    )


@contextmanager
def simulated_board(
    accelerator: Accelerator, progress: Callable[[str], None] = lambda _: None
) -> Iterator[str]:
    """A board that has just been switched on; its serial port's name. It is gone at the end.

    Time in it passes much slower than outside: an answer takes as long as its simulation.

    Raises
    ------
    SimulationError
        Where the simulator cannot be built or does not start.
    """
    binary = device_simulator(accelerator, progress)
    with tempfile.TemporaryDirectory(prefix="siammixer-board-") as name:
        folder = Path(name)
        script = "import sys; from siammixer.sim.device import serve; serve(*sys.argv[1:])"
        with open(folder / "output.log", "w") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", script, str(binary.folder), binary.top, name],
                cwd=Path(__file__).parents[1],
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            yield _port(process, folder)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _port(process: subprocess.Popen, folder: Path) -> str:
    """The terminal's name, once it is there."""
    end = time.monotonic() + _START_SECONDS
    while not (folder / PORT_FILE).exists():
        if process.poll() is not None or time.monotonic() > end:
            texts = [
                path.read_text(errors="replace")
                for path in (folder / LOG_FILE, folder / "output.log")
                if path.exists()
            ]
            raise SimulationError("the simulated board did not start: " + complaint("".join(texts)))
        time.sleep(0.02)
    return (folder / PORT_FILE).read_text()


def serve(build_folder: str, top: str, folder: str) -> None:
    """Runs the simulator until the process is ended: what :func:`simulated_board` starts."""
    run_under_cocotb(Binary(Path(build_folder), top), "siammixer.sim.device_bench", Path(folder))
