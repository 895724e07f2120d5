"""The core behind AXI, with another's bus models: frames equal golden's, whatever pauses or is wrong."""

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.sim.axi import AxiJob, axi_simulator, run_axi


@pytest.mark.parametrize(("stall", "frames", "resets"), [(0.0, 3, 4), (0.4, 1, 3)])
def test_frames_equal_golden(stall, frames, resets):
    binary = axi_simulator(find_accelerator("tiny"))
    found = run_axi(binary, AxiJob(frames=frames, resets=resets, stall=stall, seed=1))
    assert found.problems == ()
    assert (found.frames, found.resets) == (frames, resets)
    assert found.wrong_streams and found.wrong_accesses
