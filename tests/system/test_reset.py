"""A reset in the middle of a frame, however short, and nothing read after it: the next frame is the right
one, in the predicted cycles.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

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
WEIGHTS = random_weights(NETWORK, 39)  # whose last cells are not always saturated
PLANS = plan_branches(NETWORK, TINY, None, WEIGHTS)
TEMPLATE = random_image(NETWORK.template_side, 0)
CROPS = [random_image(NETWORK.search_side, seed) for seed in range(1, 9)]
CYCLES = PLANS["search"].predicted_cycles
LONGEST = 20


@dataclass(frozen=True, kw_only=True)
class Frames:
    """A core with template and programs, a frame that is broken off, and one after it with its response.

    The last cells of the first are larger than any of the second: one that comes late shows in its peak.
    """

    core: Simulator
    broken: CoreRun
    whole: CoreRun
    response: np.ndarray

    def after(self, resets: Iterable[tuple[int, int]]) -> None:
        """Both frames, for each (cycle, cycles) of a reset."""
        at, value = peak(self.response)
        for cycle, length in resets:
            self.core.execute(replace(self.broken, reset_cycle=cycle, reset_cycles=length))
            found = self.core.execute(self.whole)
            where = f"after a reset of {length} in cycle {cycle}"
            assert (found.error, found.cycles) == (Error.NONE, CYCLES), where
            assert (found.peak_position, found.peak_value) == (at, value), where
            assert np.array_equal(found.response, self.response), where


@pytest.fixture(scope="module")
def frames() -> Iterator[Frames]:
    reference = Reference(NETWORK, WEIGHTS, PLANS.grid)
    reference.tensors("template", TEMPLATE)
    (name,) = NETWORK.outputs("search")
    responses = [cells(reference.tensors("search", crop)[name]) for crop in CROPS]
    last = [response[-10:].max() for response in responses]
    broken, whole = int(np.argmax(last)), int(np.argmin([response.max() for response in responses]))
    assert last[broken] > responses[whole].max()
    planner = Planner(PLANS, WEIGHTS)
    with closing(Simulator(native_simulator(TINY))) as core:
        core.execute(planner.run(Pass(branch="template", crop=TEMPLATE)))
        runs = [planner.run(Pass(branch="search", crop=CROPS[chosen])) for chosen in (broken, whole)]
        assert not any(len(run.writes) for run in runs)  # nothing passes between a reset and the next start
        yield Frames(
            core=core,
            broken=replace(runs[0], response_words=0),
            whole=runs[1],
            response=responses[whole],
        )


def test_a_peak_is_of_its_own_frame(frames):
    """Without a reset: the frame before had larger cells."""
    frames.core.execute(frames.broken)
    found, (at, value) = frames.core.execute(frames.whole), peak(frames.response)
    assert (found.peak_position, found.peak_value) == (at, value)


@pytest.mark.parametrize("length", [1, 2, LONGEST])
def test_resets_while_the_last_results_are_on_their_way(length, frames):
    first = CYCLES - TINY.settle_cycles - 30
    frames.after((cycle, length) for cycle in range(first, CYCLES + 1))


def test_resets_anywhere(frames):
    dice = np.random.default_rng(1)
    frames.after((int(dice.integers(CYCLES)), int(dice.integers(1, LONGEST + 1))) for _ in range(150))


@pytest.mark.long
@pytest.mark.parametrize("part", range(8))
def test_resets_in_every_cycle(part, frames):
    """They have every length in turn."""
    frames.after((cycle, 1 + cycle % LONGEST) for cycle in range(part, CYCLES, 8))
