"""PicoRV32 with firmware on the C driver, and the core behind AXI: the boxes of a clip equal golden's."""

import numpy as np
import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.delivery.system import _Followed, missing_tools, run_system
from siammixer.golden.engine import GoldenEngine
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import load_weights
from siammixer.sim.build import SimulationError

NETWORK = find_network("tiny")
FRAMES, VIEWS = 10, 8


@pytest.mark.skipif(bool(missing_tools()), reason=missing_tools())
def test_the_firmware_tracks_as_golden_does():
    result = run_system(NETWORK, load_weights(NETWORK), find_accelerator("tiny"), FRAMES)
    assert result.problems == ()
    assert (result.passes, result.frames) == (VIEWS + FRAMES, FRAMES)


@pytest.mark.skipif(bool(missing_tools()), reason=missing_tools())
def test_a_firmware_that_gives_up_is_told(monkeypatch):
    """The job has a window that the tracker does not ask for."""
    make = _Followed.job

    def other(followed, program):
        job = make(followed, program)
        words = 3 + program["search"].pixels(followed.crops[0]).shape[0]
        job[-words] += 1
        return job

    monkeypatch.setattr(_Followed, "job", other)
    with pytest.raises(SimulationError, match="exit 1001"):
        run_system(NETWORK, load_weights(NETWORK), find_accelerator("tiny"), 1)


def test_what_differs_is_named():
    followed = _Followed(GoldenEngine(NETWORK, load_weights(NETWORK)))
    followed.responses_, followed.crops = [np.array([1, -1], np.int32)], [None]
    result = followed.compared(["log 00000001", "log ffffffff", "exit 0 cycles 77"])
    assert (result.passes, result.cycles, result.problems) == (1, 77, ())
    result = followed.compared(["log 00000001", "log fffffffe", "exit 0 cycles 77"])
    assert result.problems == ("pass 0: the response differs from golden's",)
    with pytest.raises(SimulationError, match="gave up: limit 0"):
        followed.compared(["limit 0 cycles 9"])
