"""The three harnesses run the same protocol: the same cycles, records and responses, and streams that pause
in the same cycles.
"""

from contextlib import closing
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.driver.core import CoreRun
from siammixer.driver.words import WRITE
from siammixer.ir.errors import InputError
from siammixer.sim.build import build
from siammixer.sim.dice import dice
from siammixer.sim.native import Simulator, build_native
from siammixer.sim.own_simulator import AmaranthSimulator, simulate_component
from siammixer.sim.run import CocotbSimulator, simulate
from siammixer.sim.verilog import verilog

SHARED = ("cycles", "error", "step", "peak_position", "peak_value", "identity", "pixels_taken")
RECORDS = ("step_index", "step_cycle", "trace_step", "trace_address", "trace_data")


def runs():
    words = np.zeros(4, WRITE)
    words["target"], words["address"], words["data"][:, 0] = 1, range(4), (17, 3, 200, 9)
    pixels = np.random.default_rng(7).integers(0, 256, (48, 3), np.uint8)
    first = CoreRun(writes=words, pixels=pixels, response_words=20, watchdog_cycles=5000)
    short = replace(first, writes=words[:0], pixels=pixels[:20])
    return [
        first,
        short,
        *(replace(first, stall=stall, seed=seed) for stall in (0.3, 0.9) for seed in (1, 2)),
    ]


@pytest.fixture(scope="module")
def traced(dummy):
    return simulate(build(verilog(dummy(), "siammixer"), trace_bytes=4), runs())


def test_cocotb_and_amaranth(dummy, traced):
    found = simulate_component(dummy(), runs())
    assert len({outcome.cycles for outcome in traced[2:]}) == 4
    assert all(outcome.response.tolist() == [cell**2 for cell in range(20)] for outcome in traced)
    for one, other in zip(found, traced, strict=True):
        for name in (*SHARED, "response", *RECORDS):
            assert np.array_equal(getattr(one, name), getattr(other, name)), name


def test_cocotb_and_cpp(dummy, traced):
    with closing(Simulator(build_native(verilog(dummy(), "siammixer")))) as native:
        found = [native.execute(run) for run in runs()]
        native.reset()
        assert native.execute(runs()[0]).cycles == traced[0].cycles
    for one, other in zip(found, traced, strict=True):
        for name in (*SHARED, "response"):
            assert np.array_equal(getattr(one, name), getattr(other, name)), name


def test_a_reset_gives_an_empty_simulator(dummy):
    """The trace is not there, but the response of an accelerator that was reset is the first one's again."""
    with closing(Simulator(build_native(verilog(dummy(), "siammixer")))) as native:
        first = native.pid
        native.reset()
        assert native.pid != first
        assert native.execute(runs()[0]).error == 0


def test_the_dice_are_marsaglias():
    """The first numbers of xorshift32 (13, 17, 5) from the state 1, by hand from the definition."""
    assert list(islice(dice(0), 3)) == [270369, 67634689, 2647435461]
    assert all(0 < number < 1 << 32 for number in islice(dice(123), 1000))


def test_only_the_cpp_harness_breaks_runs_off(dummy):
    """In cycle 30; the others refuse instead of running to the end."""
    broken = replace(runs()[0], reset_cycle=30)
    text = verilog(dummy(), "siammixer")
    with closing(Simulator(build_native(text))) as native:
        whole, part = native.execute_all([runs()[0], broken])
    assert whole.cycles > part.cycles == 30
    refusal = "a run with a reset_cycle must be executed by the C"
    with pytest.raises(InputError, match=f"cocotb: {refusal}"):
        CocotbSimulator(build(text, trace_bytes=4)).execute(broken)
    with pytest.raises(InputError, match=f"Amaranth's simulator: {refusal}"):
        AmaranthSimulator(find_accelerator("tiny")).execute(broken)
