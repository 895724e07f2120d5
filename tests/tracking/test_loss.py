"""When the tracker looks where, and what it believes."""

import pytest

from siammixer.tracking.loss import SIDES, Hold, Look
from siammixer.tracking.settings import Settings

SETTINGS = Settings(patience=2, lost_below=0.25, found_above=0.75)
LOW, HIGH = 8192, 24576  # the two thresholds in 1/32768


def followed(*probabilities):
    """The looks, whether each place was taken over, and the state after all."""
    hold, looks, taken = Hold(), [], []
    for probability in probabilities:
        looks.append(hold.look(SETTINGS.patience))
        hold, took = hold.after(looks[-1], probability, SETTINGS)
        taken.append(took)
    return looks, taken, hold


@pytest.mark.parametrize(("probability", "missed"), [(LOW, 0), (LOW - 1, 1), (0, 1), (32768, 0)])
def test_a_frame_is_missed_below_the_threshold(probability, missed):
    _, taken, hold = followed(probability)
    assert taken == [True] and hold == Hold(missed) and not hold.lost(SETTINGS.patience)


def test_patience_is_how_many_frames_may_be_missed():
    assert not followed(0, 0)[2].lost(SETTINGS.patience)
    assert followed(0, 0, 0)[2].lost(SETTINGS.patience)
    assert not followed(0, 0, LOW, 0, 0)[2].lost(SETTINGS.patience)


def test_a_lost_target_is_looked_for_beside_every_second_frame():
    looks, taken, hold = followed(*[0] * 10)
    assert looks == [Look.NEAR] * 4 + [Look.BESIDE, Look.NEAR] * 3
    assert taken == [look is Look.NEAR for look in looks] and hold.lost(SETTINGS.patience)


def test_all_four_sides_come_in_turn():
    hold, sides = Hold(), []
    for _ in range(4 + 2 * 8):
        look = hold.look(SETTINGS.patience)
        if look is Look.BESIDE:
            sides.append(hold.side(SETTINGS.patience))
        hold, _ = hold.after(look, 0, SETTINGS)
    assert tuple(sides) == SIDES * 2 and len(set(SIDES)) == 4


def test_a_place_beside_is_verified_before_the_tracker_goes_there():
    looks, taken, hold = followed(0, 0, 0, 0, HIGH, HIGH)
    assert looks[-2:] == [Look.BESIDE, Look.AGAIN] and taken[-2:] == [False, True]
    assert hold == Hold()


def test_a_place_beside_that_is_not_there_again_is_forgotten():
    looks, taken, hold = followed(0, 0, 0, 0, HIGH, HIGH - 1, 0, 0)
    assert looks[-4:] == [Look.BESIDE, Look.AGAIN, Look.NEAR, Look.BESIDE]
    assert taken[-3] is False and hold.lost(SETTINGS.patience)


def test_a_place_beside_below_the_threshold_is_none():
    assert followed(0, 0, 0, 0, HIGH - 1)[2] == Hold(5)


def test_without_patience_the_first_missed_frame_is_lost():
    settings = Settings(patience=0)
    hold, _ = Hold().after(Look.NEAR, 0, settings)
    assert hold.lost(0) and hold.look(0) is Look.NEAR
    hold, _ = hold.after(Look.NEAR, 0, settings)
    assert hold.look(0) is Look.BESIDE and hold.side(0) == SIDES[0]
