"""The tracker behind AXI, with another's bus models: boxes equal the Python tracker's, whatever pauses or is
wrong.
"""

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.fabric import FabricDesign
from siammixer.ir.catalogue import find_network
from siammixer.sim.axi_tracker import FRAME, AxiTrackerJob, axi_tracker_simulator, run_axi_tracker
from siammixer.tracking.settings import Settings


@pytest.mark.parametrize(("stall", "tracks", "resets", "seed"), [(0.0, 2, 2, 1), (0.3, 1, 1, 3)])
def test_boxes_equal_the_trackers(stall, tracks, resets, seed):
    width, height = FRAME
    design = FabricDesign.of(
        find_network("tiny"),
        find_accelerator("tiny"),
        Settings().shares(),
        frame_width=width + 1,
        frame_height=height + 1,
    )
    binary = axi_tracker_simulator(design)
    job = AxiTrackerJob(tracks=tracks, frames=2, resets=resets, stall=stall, seed=seed)
    found = run_axi_tracker(binary, job)
    assert found.problems == ()
    assert (found.tracks, found.resets, found.bad_frames) == (tracks, resets, 1)
    assert found.news and found.wrong_accesses and found.refused_boxes
