"""A target that is taken out is gone, and the rest of the image stays."""

import numpy as np
import pytest

from siammixer.training.data.augment import Thing
from siammixer.training.data.removal import make_hole, take_out

SIDE, CENTRE, SIZE = 161, np.array([70.0, 90.0]), np.array([24.0, 30.0])


@pytest.fixture
def target() -> Thing:
    """A bright rectangle on a grey pattern."""
    image = np.random.default_rng(2).integers(80, 120, (SIDE, SIDE, 3)).astype(np.uint8)
    image[75:106, 58:83] = 250
    return Thing(image, CENTRE, SIZE)


@pytest.fixture
def other() -> Thing:
    image = np.random.default_rng(3).integers(60, 140, (SIDE, SIDE, 3)).astype(np.uint8)
    return Thing(image, np.full(2, 80.0), SIZE)


@pytest.mark.parametrize("seed", range(12))
def test_the_target_is_gone_and_the_rest_is_as_it_was(target, other, seed):
    before = target.image.copy()
    found = take_out(target, other, np.random.default_rng(seed))
    assert found.dtype == np.uint8 and np.array_equal(target.image, before)
    assert found[82:99, 64:77].max() < 200
    changed = (found != before).any(2)
    assert not changed[:60].any() and not changed[120:].any() and not changed[:, :45].any()


@pytest.mark.parametrize("seed", range(12))
def test_a_hole_lies_beside_the_target(target, other, seed):
    found = make_hole(target, other, np.random.default_rng(seed))
    assert np.array_equal(found[76:105, 59:82], target.image[76:105, 59:82])


def test_targets_that_are_too_small_to_be_taken_out_stay(target, other):
    tiny = Thing(target.image, np.array([0.0, 0.0]), np.array([2.0, 2.0]))
    assert take_out(tiny, other, np.random.default_rng(1)) is target.image
