"""A reset in the middle of a frame, however short, and nothing read after it: the next frame is the right
one, in the predicted cycles.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.errors import Error
from siammixer.driver.core import CoreRun
from siammixer.driver.planner import Pass, Planner, plan_branches
from siammixer.driver.reference import Reference
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.golden.response import cells, peak
from siammixer.ir.catalogue import find_network
from siammixer.sim.native import Simulator
from siammixer.sim.simulators import native_simulator

TINY, NETWORK = find_accelerator("tiny"), find_network("tiny")
WEIGHTS = random_weights(NETWORK, 5)
PLANS = plan_branches(NETWORK, TINY, None, WEIGHTS)
CROPS = {branch: random_image(NETWORK.side(branch), number) for number, branch in enumerate(PLANS)}
CYCLES = PLANS["search"].predicted_cycles
LONGEST = 20


@pytest.fixture(scope="module")
def simulator() -> Iterator[tuple[Simulator, CoreRun]]:
    """A core with template and programs, and a search run on it."""
    planner = Planner(PLANS, WEIGHTS)
    with closing(Simulator(native_simulator(TINY))) as core:
        template, search = (planner.run(Pass(branch=branch, crop=CROPS[branch])) for branch in PLANS)
        core.execute(template)
        yield core, search


@pytest.fixture(scope="module")
def response() -> np.ndarray:
    """golden's, as the host reads it."""
    reference = Reference(NETWORK, WEIGHTS, PLANS.grid)
    tensors = [reference.tensors(branch, CROPS[branch]) for branch in PLANS]
    (name,) = NETWORK.outputs("search")
    return cells(tensors[-1][name])


def broken_off(simulator, response: np.ndarray, resets) -> None:
    """A frame that is broken off, and a whole one, for each (cycle, cycles of the reset)."""
    core, search = simulator
    assert not len(search.writes)  # nothing passes between the reset and the next start
    at, value = peak(response)
    for cycle, length in resets:
        core.execute(replace(search, response_words=0, reset_cycle=cycle, reset_cycles=length))
        found = core.execute(search)
        where = f"after a reset of {length} in cycle {cycle}"
        assert (found.error, found.cycles) == (Error.NONE, CYCLES), where
        assert (found.peak_position, found.peak_value) == (at, value), where
        assert np.array_equal(found.response, response), where


@pytest.mark.parametrize("length", [1, 2, LONGEST])
def test_resets_while_the_last_results_are_on_their_way(length, simulator, response):
    first = CYCLES - TINY.settle_cycles - 30
    broken_off(simulator, response, [(cycle, length) for cycle in range(first, CYCLES + 1)])


def test_resets_anywhere(simulator, response):
    dice = np.random.default_rng(1)
    resets = [(int(dice.integers(CYCLES)), int(dice.integers(1, LONGEST + 1))) for _ in range(150)]
    broken_off(simulator, response, resets)


@pytest.mark.long
@pytest.mark.parametrize("part", range(8))
def test_resets_in_every_cycle(part, simulator, response):
    """Of every length in turn."""
    broken_off(simulator, response, [(cycle, 1 + cycle % LONGEST) for cycle in range(part, CYCLES, 8)])
