"""The parts that read a box response, each against its formula."""

import numpy as np
import pytest

from siammixer.ir.box_map import HEIGHT, SCORE, WIDTH, X, Y
from siammixer.tracking import fixed
from siammixer.tracking.reading import (
    VIEWS,
    Vote,
    best_cell,
    change,
    movement,
    new_sizes,
    own_errors,
    vote,
)
from siammixer.tracking.settings import Settings

OCTAVE = 2**fixed.LOG_BITS
SETTINGS = Settings()
DICE = np.random.default_rng(11)
SIDE = 9


def box_map(score=-128):
    response = np.zeros((SIDE, SIDE, 5), np.int32)
    response[..., SCORE] = score
    return response


def chances_of(response):
    return fixed.probability(response[..., SCORE])


def test_the_highest_cell_and_of_equal_ones_the_first():
    chances = np.zeros((SIDE, SIDE), np.int32)
    assert best_cell(chances) == (0, 0)
    chances[5, 1] = chances[5, 7] = chances[6, 0] = 3
    assert best_cell(chances) == (5, 1)


def test_the_cosine_damps_what_is_far():
    chances = np.full((SIDE, SIDE), 1000, np.int32)
    cosine = fixed.cosine(SIDE)
    assert best_cell(chances, cosine, 1) == (4, 4)
    chances[0, 0] = fixed.ONE
    chances[4, 5] = fixed.ONE - 300
    assert best_cell(chances, cosine, 0) == (0, 0) and best_cell(chances, cosine, 90) == (4, 5)
    assert best_cell(chances) == (0, 0)
    # With all the weight the map counts for nothing.
    assert best_cell(chances, cosine, 256) == (4, 4)


@pytest.mark.parametrize("cell", [(4, 4), (0, 0), (8, 3), (2, 8)])
def test_a_cell_votes_with_its_neighbours_in_the_map(cell):
    """The mean of what the neighbours say, weighed by probability, within half a unit."""
    response = DICE.integers(-128, 128, (SIDE, SIDE, 5)).astype(np.int32)
    chances, (row, column) = chances_of(response), cell
    sums, weight = np.zeros(4), 0.0
    for y in range(max(row - 1, 0), min(row + 2, SIDE)):
        for x in range(max(column - 1, 0), min(column + 2, SIDE)):
            here = response[y, x]
            place = [here[X] / 32 + x - column, here[Y] / 32 + y - row, here[WIDTH] / 64, here[HEIGHT] / 64]
            sums, weight = sums + chances[y, x] * np.array(place), weight + chances[y, x]
    exact = sums / weight * (256, 256, OCTAVE, OCTAVE)
    found = vote(response, chances, *cell)
    assert np.abs(np.array(found) - exact).max() <= 0.5 + 1e-6
    assert all(type(value) is int for value in found)


def test_one_sure_cell_votes_alone():
    response = box_map()
    response[3, 5] = (127, -9, 13, 20, -64)
    assert vote(response, chances_of(response), 3, 5) == Vote(-9 * 8, 13 * 8, 20 * 1024, -OCTAVE)


def test_cells_without_probability_say_nothing():
    response = box_map()
    response[..., X] = 50
    assert chances_of(response).max() == 0
    assert vote(response, chances_of(response), 4, 4) == Vote(0, 0, 0, 0)


@pytest.mark.parametrize("step", [1, 40_000, 65_536, 123_457])
@pytest.mark.parametrize(("cell", "offset"), [(8, 0), (9, 0), (3, 100), (16, -255)])
def test_movements_in_pixels(cell, offset, step):
    cells = cell - 8 + offset / 256
    assert movement(cell, offset, 8, 8, step) == pytest.approx(cells * 8 * step / 65_536 * 256, abs=0.5)


def test_a_change_is_what_is_seen_without_the_bias_in_a_window_that_has_grown():
    """The window is twice as large as the first; the target fills it as at first: it has doubled."""
    settings = Settings(size_gain=1.5)
    assert change(0, 0, 0, OCTAVE, settings) == OCTAVE
    assert change(1000, 1000, OCTAVE, OCTAVE, settings) == 0
    assert change(1000, 600, 50, 70, settings) == 600 + 70 - 50


def test_sizes_take_a_share_over_in_proportion_to_probability():
    """Area and ratio of the sides each at its rate."""
    settings = Settings(size_rate=0.5, aspect_rate=0.25)
    assert new_sizes((0, 0), (8000, 8000), fixed.ONE, settings) == (4000, 4000)
    assert new_sizes((0, 0), (8000, -8000), fixed.ONE, settings) == (2000, -2000)
    assert new_sizes((0, 0), (8000, 0), fixed.ONE, settings) == (3000, 1000)
    assert new_sizes((100, -50), (8000, 8000), fixed.ONE // 2, settings) == (2100, 1950)
    assert new_sizes((100, -50), (8000, 8000), 0, settings) == (100, -50)


@pytest.mark.parametrize(("size_range", "limit"), [(1, 0), (2, OCTAVE), (16, 4 * OCTAVE)])
def test_sizes_keep_their_range(size_range, limit):
    settings = Settings(size_rate=1.0, aspect_rate=1.0, size_range=size_range)
    assert new_sizes((0, 0), (9 * OCTAVE, -9 * OCTAVE), fixed.ONE, settings) == (limit, -limit)


def test_own_errors_are_the_mean_beyond_what_is_due():
    """A window larger by so much must show a target smaller by so much; the gain stretches what is seen."""
    gain = SETTINGS.share("size_gain") / 256
    right = [Vote(0, 0, fixed.quotient(-grown, 1), -grown) for grown, _, _ in VIEWS]
    seen = [Vote(0, 0, round(one.width / gain), round(one.height / gain) + 700) for one in right]
    width, height = own_errors(seen, SETTINGS)
    assert abs(width) <= 1 and abs(height - 700) <= 1


def test_views_lie_around_the_box():
    """As many smaller as larger windows, up to a third of an octave, all ten crop pixels beside it."""
    sizes, places = np.array([view[0] for view in VIEWS]), np.array([view[1:] for view in VIEWS])
    assert np.abs(sizes).max() < 0.37 * OCTAVE and abs(sizes.mean()) < 0.02 * OCTAVE
    assert np.abs(np.hypot(*places.T) - 10 * 256).max() < 2
    assert np.abs(places.mean(axis=0)).max() < 2.6 * 256
