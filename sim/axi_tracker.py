"""The tracker behind AXI in Verilator, driven by cocotbext-axi: videos, pauses on every channel, resets, bad
frames, wrong accesses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from siammixer.arch.fabric import FabricDesign
from siammixer.rtl.bus.axi_lite import BUS
from siammixer.rtl.bus.axi_tracker import VIDEO_STREAM, AxiTracker
from siammixer.sim.axi import run_campaign
from siammixer.sim.build import Binary, build
from siammixer.sim.verilog import cached_verilog

HARNESS, TOP = Path(__file__).with_name("axi_tracker.sv"), "axi_tracker_harness"
MODULE = "siammixer_tracker"
FRAME = (96, 64)
"""Width and height of the campaign's frames; the largest ones are a pixel larger."""


@dataclass(frozen=True, kw_only=True)
class AxiTrackerJob:
    """A campaign on the buses.

    Parameters
    ----------
    network, accelerator
        Names of the catalogues.
    tracks
        Targets that are followed, every frame's news being compared with the Python tracker's; every second
        one meets a bad frame.
    frames
        Frames that each is followed through behind those from which it is learnt.
    resets
        Targets that are broken off by a reset or by STOP somewhere, each before one that is followed.
    stall
        Share of the cycles in which each channel pauses.
    seed
        Of everything random.
    """

    network: str = "tiny"
    accelerator: str = "tiny"
    tracks: int
    frames: int
    resets: int
    stall: float
    seed: int


@dataclass(frozen=True, kw_only=True)
class AxiTrackerResult:
    """The outcome of a campaign.

    Parameters
    ----------
    tracks, resets, bad_frames, refused_boxes, wrong_accesses
        How many there were.
    news
        News that were compared.
    cycles
        All clock cycles.
    problems
        What differed from what it must be, in words.
    """

    tracks: int
    resets: int
    bad_frames: int
    refused_boxes: int
    wrong_accesses: int
    news: int
    cycles: int
    problems: tuple[str, ...]


def axi_tracker_simulator(design: FabricDesign, progress: Callable[[str], None] = lambda _: None) -> Binary:
    """The compiled simulator of the tracker behind AXI; built where its sources changed."""
    progress(f"generating the Verilog of the tracker on {design.accelerator.name} behind AXI")
    verilog = cached_verilog(lambda: AxiTracker(design), MODULE, design)
    return build(
        verilog, harness=HARNESS, top=TOP, public=[*BUS, *VIDEO_STREAM, "interrupt"], progress=progress
    )


def run_axi_tracker(binary: Binary, job: AxiTrackerJob) -> AxiTrackerResult:
    """Puts the tracker through a job.

    Raises
    ------
    SimulationError
        Where it does not come to its end.
    """
    found = run_campaign(binary, "siammixer.sim.axi_tracker_bench", asdict(job))
    return AxiTrackerResult(**found | {"problems": tuple(found["problems"])})
