"""Wrong bits in program, weights and template, and resets, on the simulated accelerator: all are found, and
the next frame is right.
"""

from contextlib import closing

import numpy as np
import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.golden.random_weights import random_weights
from siammixer.ir.catalogue import find_network
from siammixer.verify.fuzz.faults import PLACES, FaultCampaign

TINY, NETWORK, SEED = find_accelerator("tiny"), find_network("tiny"), 11


@pytest.fixture(scope="module")
def broken():
    with closing(FaultCampaign(NETWORK, random_weights(NETWORK, SEED), TINY, SEED)) as campaign:
        yield campaign


def test_nothing_is_found_where_nothing_is_wrong(broken):
    assert broken.wrong_memory() == []
    assert broken.frame() is None


@pytest.mark.parametrize("place", PLACES)
def test_every_single_wrong_bit_is_found(place, broken):
    flips = [broken.flip(place) for _ in range(12)]
    assert [flip for flip in flips if flip.named is None or flip.problem] == []
    names = {flip.named for flip in flips}
    assert (
        names == {"BAD_CHECK"}
        if place == "program"
        else all(name.startswith(f"{place.removesuffix('s')} words ") for name in names)
    )
    # A wrong program computes nothing; wrong weights do, which is why a checksum checks them.
    assert any(flip.harmful for flip in flips) == (place != "program")


def test_a_reset_in_any_state_leaves_a_core_that_works(broken):
    early = np.arange(
        0, 80
    )  # the first instruction's fetch, decode, begin, its loads and first pixels, one cycle after the other
    assert [problem for cycle in early if (problem := broken.reset(int(cycle)))] == []
    assert [problem for _ in range(20) if (problem := broken.reset())] == []
