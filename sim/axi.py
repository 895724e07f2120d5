"""The core behind AXI in Verilator, driven by cocotbext-axi: pauses on every channel, resets, wrong streams
and addresses.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from siammixer.arch.accelerator import Accelerator
from siammixer.rtl.bus.axi_core import AxiSiamMixer
from siammixer.rtl.bus.axi_lite import BUS
from siammixer.sim.build import Binary, SimulationError, build
from siammixer.sim.run import LOG_FILE, complaint, run_under_cocotb
from siammixer.sim.verilog import cached_verilog

HARNESS, TOP = Path(__file__).with_name("axi.sv"), "axi_harness"
MODULE = "siammixer_axi"
STREAM = ("tdata", "tvalid", "tready", "tlast")
JOB_FILE, RESULT_FILE = "job.json", "result.json"


@dataclass(frozen=True, kw_only=True)
class AxiJob:
    """A campaign on the bus.

    Parameters
    ----------
    network, accelerator
        Names of the catalogues; the network's weights and crops are random.
    frames
        Search frames that are compared with golden.
    resets
        Frames that a reset breaks off, each followed by one that is compared.
    stall
        Share of the cycles in which each channel pauses.
    seed
        Of everything random.
    """

    network: str = "tiny"
    accelerator: str = "tiny"
    frames: int
    resets: int
    stall: float
    seed: int


@dataclass(frozen=True, kw_only=True)
class AxiResult:
    """The outcome of a campaign.

    Parameters
    ----------
    frames, resets, wrong_streams, wrong_accesses
        How many there were.
    cycles
        All clock cycles.
    problems
        What differed from what it must be, in words.
    """

    frames: int
    resets: int
    wrong_streams: int
    wrong_accesses: int
    cycles: int
    problems: tuple[str, ...]


def axi_simulator(accelerator: Accelerator, progress: Callable[[str], None] = lambda _: None) -> Binary:
    """The compiled simulator of the core behind AXI; built where its sources changed."""
    progress(f"generating the Verilog of {accelerator.name} behind AXI")
    verilog = cached_verilog(lambda: AxiSiamMixer(accelerator), MODULE, accelerator)
    public = [*BUS, "interrupt", *(f"s_axis_{name}" for name in STREAM)]
    return build(verilog, harness=HARNESS, top=TOP, public=public, progress=progress)


def run_axi(binary: Binary, job: AxiJob) -> AxiResult:
    """Puts the bus through a job.

    Raises
    ------
    SimulationError
        Where it does not come to its end.
    """
    found = run_campaign(binary, "siammixer.sim.axi_bench", asdict(job))
    return AxiResult(**found | {"problems": tuple(found["problems"])})


def run_campaign(binary: Binary, module: str, job: dict) -> dict:
    """Runs the cocotb test ``module`` in a compiled simulator, in a folder that has the job, and returns the
    result that it leaves there.

    Raises
    ------
    SimulationError
        Where it does not come to its end.
    """
    with tempfile.TemporaryDirectory(prefix="siammixer-axi-") as name:
        folder = Path(name)
        (folder / JOB_FILE).write_text(json.dumps(job))
        log = folder / LOG_FILE
        try:
            run_under_cocotb(binary, module, folder)
            return json.loads((folder / RESULT_FILE).read_text())
        except (RuntimeError, SystemExit, OSError) as error:  # SystemExit under pytest
            words = complaint(log.read_text(errors="replace") if log.exists() else "")
            raise SimulationError(f"the simulator stopped: {words}") from error
