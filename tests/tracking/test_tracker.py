"""The tracker on an engine whose box maps are known."""

import numpy as np
import pytest

from siammixer.ir.box_map import HEIGHT, SCORE, STEPS_PER_CELL, STEPS_PER_OCTAVE, WIDTH, X, Y
from siammixer.ir.catalogue import NETWORKS, find_network
from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box, overlap
from siammixer.tracking.crop import STEP_BITS, crop, search_window, template_window
from siammixer.tracking.loss import SIDES
from siammixer.tracking.reading import VIEWS
from siammixer.tracking.settings import Settings
from siammixer.tracking.tracker import LEARNING_FRAMES, Tracker

NETWORK = find_network("siammixer")
SIDE, STRIDE = NETWORK.response_side, NETWORK.stride
MIDDLE = (SIDE - 1) // 2
IMAGE = np.full((480, 640, 3), 90, np.uint8)
BOX = Box(300.0, 200.0, 40.0, 60.0)
LOW, SURE = -100, 80
STILL = {"size_rate": 0.0, "aspect_rate": 0.0}


def seen(row=MIDDLE, column=MIDDLE, score=SURE, width=0.0, height=0.0):
    """A box map of a target at a place between cells that has grown by so many octaves: the cells within one
    of it are sure and point at it.
    """
    y, x = np.mgrid[:SIDE, :SIDE]
    found = np.zeros((SIDE, SIDE, 5), np.int32)
    near = (np.abs(y - row) < 1.5) & (np.abs(x - column) < 1.5)
    nearest = (y == round(row)) & (x == round(column))
    found[..., SCORE] = np.where(nearest, score, np.where(near, score - 8, -128))
    found[..., X] = np.clip(np.rint((column - x) * STEPS_PER_CELL), -128, 127)
    found[..., Y] = np.clip(np.rint((row - y) * STEPS_PER_CELL), -128, 127)
    found[..., WIDTH], found[..., HEIGHT] = round(width * STEPS_PER_OCTAVE), round(height * STEPS_PER_OCTAVE)
    return found


class Scripted:
    """An engine that answers with given box maps after those of the first frame, and notes what it is shown.

    In the first frame it sees each view's size as Settings' default gain expects it, and ``bias`` octaves
    (width, height) beside.
    """

    network, name = NETWORK, "scripted"

    def __init__(self, *answers, bias=(0.0, 0.0)):
        gain = Settings().share("size_gain") / 256
        sizes = [-grown / 65536 / gain for grown, _, _ in VIEWS]
        self.answers = [seen(width=size + bias[0], height=size + bias[1]) for size in sizes] + list(answers)
        self.shown, self.template = [], None

    def set_template(self, crop):
        self.template = crop

    def responses(self, crops):
        self.shown.extend(crops)
        return np.stack([self.answers.pop(0) for _ in crops])

    def close(self):
        raise AssertionError("who opened it closes it")


def test_learning_from_frames_that_are_seen_once():
    """Template and views are of their own images, around each the mean colour of the one before; with one
    image over and over it is ``init``.
    """
    images = [np.full((480, 640, 3), 20 * number, np.uint8) for number in range(LEARNING_FRAMES)]
    for image in images:
        image[200:260, 300:340] = 250
    corner = Box(2.0, 3.0, 40.0, 60.0)  # its windows reach over the edge
    tracker = Tracker(Scripted(seen()), Settings(**STILL))
    tracker.learn(images, corner)
    engine, window = tracker.engine, search_window(corner, NETWORK)
    fills = [crop(image, search_window(Box(-9000, -9000, 9, 9), NETWORK))[0, 0] for image in images]
    expected = crop(images[1], template_window(corner, NETWORK), fills[0])
    assert np.array_equal(engine.template, expected)
    assert [tuple(shown[0, 0]) for shown in engine.shown] == [tuple(fill) for fill in fills[1:-1]]
    assert tracker.passes == len(VIEWS)
    tracker.update(images[0])
    assert np.array_equal(engine.shown[-1], crop(images[0], window, fills[-1]))
    again, first = (Tracker(Scripted(seen()), Settings(**STILL)) for _ in range(2))
    again.learn([IMAGE] * LEARNING_FRAMES, BOX)
    first.init(IMAGE, BOX)
    for one, other in zip(again.engine.shown, first.engine.shown, strict=True):
        assert np.array_equal(one, other)
    assert again.update(IMAGE).box == first.update(IMAGE).box
    with pytest.raises(InputError, match="learnt from 10 images, not from 9"):
        again.learn([IMAGE] * 9, BOX)


def started(*answers, bias=(0.0, 0.0), box=BOX, **settings):
    tracker = Tracker(Scripted(*answers, bias=bias), Settings(**STILL | settings))
    tracker.init(IMAGE, box)
    return tracker


def states(tracker, count, image=IMAGE):
    return [tracker.update(image) for _ in range(count)]


def cells_moved(state, box=BOX):
    """How far the box's centre has moved, in response cells right and down."""
    cell = STRIDE * state.window.step / 2**STEP_BITS
    return np.subtract(state.box.centre, box.centre) / cell


def test_a_target_that_stands_still_stays():
    for state in states(started(*[seen()] * 5), 5):
        assert state.box == BOX and not state.lost and state.confidence > 0.999
        assert np.array_equal(state.response, seen()[..., SCORE])
        assert state.window == search_window(BOX, NETWORK)


@pytest.mark.parametrize("place", [(9, 7), (7, 4), (3, 10), (8.25, 7), (7, 6.625), (0, 14), (13.5, 3)])
def test_the_box_moves_to_the_place_between_cells(place):
    row, column = place
    state = started(seen(row, column), window=0.0).update(IMAGE)
    assert np.abs(cells_moved(state) - [column - MIDDLE, row - MIDDLE]).max() < 0.01
    assert (state.box.width, state.box.height) == (BOX.width, BOX.height)


def test_the_window_prefers_what_is_near():
    near, far = seen(7, 8, 8), seen(7, 13, 12)
    two = np.where(near[..., SCORE, None] > -128, near, far)
    assert cells_moved(started(two, window=0.0).update(IMAGE))[0] > 5.9
    assert cells_moved(started(two, window=0.35).update(IMAGE))[0] < 1.1


def test_of_equal_cells_the_first_counts():
    """Row by row, and in a row from the left."""
    equal = seen()
    equal[..., SCORE] = -128
    for row, column in ((3, 10), (3, 13), (4, 1), (10, 2)):
        equal[row, column] = (SURE, 0, 0, 0, 0)
    assert np.abs(cells_moved(started(equal, window=0.0).update(IMAGE)) - [3, -4]).max() < 0.01


@pytest.mark.parametrize(("octaves", "factor"), [(0.5, 2**0.07), (-0.5, 2**-0.07)])
def test_a_size_is_taken_over_slowly(octaves, factor):
    """A tenth of the change that is seen, stretched by the gain 1.4."""
    state = started(seen(width=octaves, height=octaves), size_rate=0.1).update(IMAGE)
    assert state.box.width == pytest.approx(BOX.width * factor, rel=2e-3)
    assert state.box.height == pytest.approx(BOX.height * factor, rel=2e-3)
    assert state.box.centre == pytest.approx(BOX.centre, abs=0.01)


def test_the_ratio_of_the_sides_has_a_rate_of_its_own():
    state = started(seen(width=0.5, height=-0.5), aspect_rate=0.2).update(IMAGE)
    assert state.box.width == pytest.approx(BOX.width * 2**0.14, rel=2e-3)
    assert state.box.height == pytest.approx(BOX.height * 2**-0.14, rel=2e-3)
    alike = started(seen(width=0.5, height=-0.5), size_rate=0.5).update(IMAGE).box
    assert (alike.width, alike.height) == pytest.approx((BOX.width, BOX.height), rel=1e-3)


def test_an_unsure_place_changes_no_size():
    state = started(seen(score=-60, width=0.5, height=0.5), size_rate=0.5).update(IMAGE)
    assert state.box.width == pytest.approx(BOX.width, rel=1e-4)


@pytest.mark.parametrize("bias", [(0.25, 0.25), (-0.25, 0.5)])
def test_what_the_network_sees_wrongly_in_the_first_frame_is_taken_off(bias):
    """The same wrong size later is no change."""
    rates = {"size_rate": 0.3, "aspect_rate": 0.3}
    state = started(seen(width=bias[0], height=bias[1]), bias=bias, **rates).update(IMAGE)
    assert (state.box.width, state.box.height) == pytest.approx((BOX.width, BOX.height), rel=5e-3)
    other = started(seen(), bias=bias, **rates).update(IMAGE)
    assert (other.box.width > BOX.width) == (bias[0] < 0) and abs(other.box.width / BOX.width - 1) > 0.01


def test_a_size_that_is_reached_is_kept():
    """The window grows with the box, and the network then sees the template's size again."""
    tracker = started(*[seen(width=0.5, height=0.5)] * 4, *[seen()] * 60, size_rate=0.2)
    grown = states(tracker, 4)[-1]
    assert grown.box.width > 1.2 * BOX.width and grown.window.step > search_window(BOX, NETWORK).step
    after = states(tracker, 60)[-1].box
    assert (after.width, after.height) == pytest.approx((grown.box.width, grown.box.height), rel=0.02)


def test_the_size_keeps_its_range_and_the_centre_the_image():
    small, right = seen(width=-1.9, height=-1.9), seen(MIDDLE, SIDE - 1)
    tracker = started(*[small] * 40, *[right] * 40, size_rate=1.0, size_range=2.0, window=0.0)
    box = states(tracker, 40)[-1].box
    assert (box.width, box.height) == (BOX.width / 2, BOX.height / 2)
    tracker = started(*[right] * 40, window=0.0)
    assert states(tracker, 40)[-1].box.centre[0] == IMAGE.shape[1]


def test_a_frame_takes_one_pass_and_the_first_one_for_each_view():
    tracker = started(seen(), *[seen(score=LOW)] * 20)
    assert tracker.passes == len(VIEWS) == len(tracker.engine.shown)
    assert [state.passes for state in states(tracker, 21)] == [1] * 21
    assert tracker.passes == len(VIEWS) + 21 == len(tracker.engine.shown)
    tracker.engine.answers = Scripted().answers
    tracker.init(IMAGE, BOX)
    assert tracker.passes == len(VIEWS)


def test_template_and_search_crops_are_cut_around_the_box():
    dice = np.random.default_rng(2)
    first, second = (dice.integers(0, 256, IMAGE.shape, np.uint8) for _ in range(2))
    tracker = Tracker(Scripted(seen()), Settings(**STILL))
    tracker.init(first, BOX)
    assert np.array_equal(tracker.engine.template, crop(first, template_window(BOX, NETWORK)))
    tracker.update(second)
    assert np.array_equal(tracker.engine.shown[-1], crop(second, search_window(BOX, NETWORK)))


def test_outside_the_image_lies_the_mean_colour_of_the_frame_before():
    """The mean of a frame is known when it ends, which is too late for its own crop."""
    corner = Box(0.0, 0.0, 40.0, 60.0)
    colours = [np.full_like(IMAGE, value) for value in (10, 60, 200)]
    tracker = Tracker(Scripted(seen(), seen()), Settings(**STILL))
    tracker.init(colours[0], corner)
    outside = [view[0, 0, 0] for view in tracker.engine.shown]
    tracker.update(colours[1])
    tracker.update(colours[2])
    assert set(outside) == {10} and tracker.engine.template[0, 0, 0] == 10
    assert [int(shown[0, 0, 0]) for shown in tracker.engine.shown[-2:]] == [10, 60]
    assert [int(shown[-1, -1, 0]) for shown in tracker.engine.shown[-2:]] == [60, 200]


LOST = [seen(score=LOW)] * 4  # more than the patience of three


def test_a_target_is_lost_after_the_frames_of_its_patience():
    found = states(started(*LOST, seen()), 5)
    assert [state.lost for state in found] == [False, False, False, True, False]
    assert found[3].confidence < 0.01 and found[4].confidence > 0.99


def test_a_lost_target_is_looked_for_on_all_sides():
    """Every second window lies a response's reach beside the last place, and the box stays."""
    tracker = started(*[seen(score=LOW)] * 14)
    found = states(tracker, 14)
    home, reach = search_window(BOX, NETWORK), (SIDE - 1) * STRIDE
    moved = [
        ((state.window.x - home.x) / (home.step / 256), (state.window.y - home.y) / (home.step / 256))
        for state in found
    ]
    sides = [tuple(round(value / reach, 3) for value in place) for place in moved]
    beside = [side for side in sides if side != (0, 0)]
    assert beside == [*SIDES, SIDES[0]] and sides[:5] == [(0, 0)] * 5
    assert all(state.box == BOX for state in found)


def test_a_place_beside_is_verified_before_the_box_jumps():
    found = states(started(*LOST, LOST[0], seen(MIDDLE, MIDDLE + 2), seen(), seen()), 8)
    assert [state.box == BOX for state in found] == [True] * 6 + [False] * 2
    # The window beside lies one reach to the right; the target two cells right of its middle.
    assert np.abs(cells_moved(found[6]) - [SIDE - 1 + 2, 0]).max() < 0.02
    assert [state.lost for state in found] == [False] * 3 + [True] * 3 + [False] * 2
    assert found[5].confidence <= 0.15 < 0.99 < found[6].confidence


def test_beside_what_is_far_counts_as_much():
    """The cosine would prefer the weaker place in the window's middle."""
    near, far = seen(score=40), seen(MIDDLE, MIDDLE + 5, 48)
    two = np.where(near[..., SCORE, None] > -128, near, far)
    found = states(started(*LOST, LOST[0], two, seen(), seen()), 8)
    assert np.abs(cells_moved(found[6]) - [SIDE - 1 + 5, 0]).max() < 0.02
    again = states(started(*LOST, LOST[0], seen(), two, seen()), 8)
    assert np.abs(cells_moved(again[6]) - [SIDE - 1 + 5, 0]).max() < 0.02


def test_a_place_beside_that_is_gone_in_the_next_frame_is_forgotten():
    found = states(started(*LOST, LOST[0], seen(MIDDLE, MIDDLE + 2), seen(score=0), *LOST), 11)
    assert all(state.box == BOX for state in found) and all(state.lost for state in found[3:])
    assert all(state.confidence <= 0.15 for state in found[3:])
    assert found[6].window.x > found[5].window.x > found[7].window.x  # beside, again, and home


def test_what_is_unsure_beside_is_no_candidate():
    """A probability of a half lies below ``found_above``; the next look goes home."""
    found = states(started(*LOST, LOST[0], seen(score=0), seen(score=LOW)), 7)
    assert found[6].window == found[0].window and found[6].box == BOX


def test_a_target_seen_again_where_it_was_is_held_at_once():
    found = states(started(*LOST, seen(score=-8)), 5)
    assert [state.lost for state in found] == [False] * 3 + [True, False] and found[4].box == BOX


def test_every_number_is_one_of_integers():
    """Boxes in 1/512 pixel, confidences in 1/32768: engines with equal responses give equal boxes."""
    dice = np.random.default_rng(4)
    answers = [dice.integers(-128, 128, (SIDE, SIDE, 5)).astype(np.int32) for _ in range(12)]
    for answer in answers[3:8]:
        answer[..., SCORE] = np.minimum(answer[..., SCORE], -60)
    box = Box(200.123, 150.7, 33.3333, 41.9)
    first, second = (states(started(*answers, box=box, size_rate=0.1, aspect_rate=0.1), 12) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert (one.box, one.confidence, one.window) == (other.box, other.confidence, other.window)
        assert {type(value) for value in one.box} == {float}  # plain numbers, as JSON and people read them
        assert all(value * 512 == round(value * 512) for value in one.box)
        assert one.confidence * 2**15 == round(one.confidence * 2**15)
        assert {type(value) for value in vars(one.window).values()} == {int}


def test_frames_may_change_size():
    tracker = started(seen(), seen())
    assert tracker.update(np.zeros((1080, 1920, 3), np.uint8)).box == BOX
    # The centre is pulled into a frame that no longer reaches it.
    assert tracker.update(np.zeros((100, 100, 3), np.uint8)).box.centre == (100, 100)


def test_a_flat_map_of_nothing_is_a_lost_target():
    nothing = np.full((SIDE, SIDE, 5), -128, np.int32)
    assert states(started(*[nothing] * 4), 4)[-1].lost


def test_a_second_target_starts_anew():
    tracker = started(*LOST)
    states(tracker, 4)
    tracker.engine.answers = [*Scripted().answers, seen(score=LOW), seen()]
    other = Box(100.0, 100.0, 50.0, 30.0)
    tracker.init(IMAGE, other)
    for state in states(tracker, 2):
        assert state.box == other and not state.lost


def test_only_the_contract_of_an_engine_is_used():
    """Another engine has nothing else: a board keeps what golden keeps elsewhere."""
    engine = Scripted(seen(), *LOST, *LOST)

    class Public:
        def __getattribute__(self, name):
            assert name in {"network", "name", "set_template", "responses"}, name
            return getattr(engine, name)

    tracker = Tracker(Public())
    tracker.init(IMAGE, BOX)
    assert states(tracker, 9)[-1].lost


def test_the_settings_are_those_given_or_the_defaults():
    assert Tracker(Scripted()).settings == Settings()
    assert started(window=0.125).settings == Settings(**STILL, window=0.125)


@pytest.mark.parametrize("box", [Box(0, 0, 0, 5), Box(700, 0, 10, 10), Box(float("nan"), 0, 5, 5)])
def test_boxes_that_cannot_be_tracked(box):
    with pytest.raises(InputError, match="box"):
        Tracker(Scripted()).init(IMAGE, box)


@pytest.mark.parametrize("image", [IMAGE[..., 0], IMAGE.astype(float), IMAGE[:0], None])
def test_images_that_are_none(image):
    with pytest.raises(InputError, match="image must be uint8"):
        started(seen()).update(image)
    with pytest.raises(InputError, match="image must be uint8"):
        Tracker(Scripted()).init(image, BOX)


def test_update_before_init():
    with pytest.raises(InputError, match="init"):
        Tracker(Scripted()).update(IMAGE)


def test_a_network_without_a_box_head_is_refused():
    from dataclasses import replace

    engine = Scripted()
    engine.network = replace(NETWORKS["tiny"], head_layers=())
    with pytest.raises(InputError, match="network tiny has no box head"):
        Tracker(engine)


def test_a_rendered_clip_is_followed():
    """The shipped network, whole, while the target halves its size."""
    from siammixer.golden.engine import GoldenEngine
    from siammixer.ir.weights import load_weights
    from siammixer.tracking.clip import Clip

    clip = Clip(frames=20)
    tracker = Tracker(GoldenEngine(NETWORK, load_weights(NETWORK)))
    tracker.init(clip.image(0), clip.box(0))
    overlaps = [overlap(tracker.update(clip.image(k)).box, clip.box(k)) for k in range(1, 20)]
    assert min(overlaps) > 0.4 and np.mean(overlaps) > 0.6
