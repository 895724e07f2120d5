"""The tracker on an engine whose responses are known."""

import numpy as np
import pytest

from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box, overlap
from siammixer.tracking.crop import STEP_BITS
from siammixer.tracking.tracker import Settings, Tracker

NETWORK = find_network("siammixer")
SIDE = NETWORK.response_side
IMAGE = np.full((480, 640, 3), 90, np.uint8)
BOX = Box(300.0, 200.0, 40.0, 60.0)


def bump(row, column, height=1000.0):
    """A response with a peak at a place between cells."""
    y, x = np.mgrid[:SIDE, :SIDE]
    return height * np.exp(-((y - row) ** 2 + (x - column) ** 2) / 8)


class Scripted:
    """An engine that answers with given responses, and notes what it was shown."""

    network, name = NETWORK, "scripted"

    def __init__(self, *answers):
        self.answers = [bump(8, 8)[None], *(np.asarray(answer) for answer in answers)]
        self.shown, self.template = [], None

    def set_template(self, crop):
        self.template = crop

    def responses(self, crops):
        self.shown.append(crops)
        answer = self.answers.pop(0)
        assert len(answer) == len(crops)
        return answer


def started(*answers, **settings):
    tracker = Tracker(Scripted(*answers), Settings(**settings))
    tracker.init(IMAGE, BOX)
    return tracker


def three(row, column, height=1000.0):
    """The same response at the three scales."""
    return np.stack([bump(row, column, height)] * 3)


def test_a_target_that_stands_still_stays():
    state = started(three(8, 8)).update(IMAGE)
    assert state.box == BOX and not state.lost
    assert state.confidence == 1


@pytest.mark.parametrize(("row", "column"), [(10, 8), (8, 5), (4, 11), (9.3, 8), (8, 7.6)])
def test_a_peak_moves_the_box_between_cells_too(row, column):
    """Without a window the place is the peak's: cells times the stride, in the crop's pixels, in the
    image's.
    """
    state = started(three(row, column), window=0.0).update(IMAGE)
    assert {type(value) for value in state.box} == {float}  # plain numbers, as JSON and people read them
    cell = NETWORK.stride * state.window.step / 2**STEP_BITS
    found = (np.array(state.box.centre) - BOX.centre) / cell
    # A parabola through three cells of a bell of sigma 2 errs by less than a twentieth of a cell.
    assert np.abs(found - [column - 8, row - 8]).max() < 0.05
    assert (state.box.width, state.box.height) == (BOX.width, BOX.height)


def test_the_window_prefers_what_is_near():
    two = np.stack([bump(8, 9) + bump(8, 15, 1100.0)] * 3)
    assert (
        started(two, window=0.0).update(IMAGE).box.centre[0]
        > started(two, window=0.3).update(IMAGE).box.centre[0]
    )


def test_a_lost_target_is_looked_for_beside_its_last_place():
    """The crops then lie side by side, a response's reach apart, in turn in a row and a column; what is far
    counts as much.
    """
    weak, strong = three(8, 8, 50.0), three(8, 8, 50.0)
    strong[2] = bump(8, 8, 1000.0)
    tracker = started(weak, weak, strong, lost_below=0.2, found_above=0.5)
    states = [tracker.update(IMAGE) for _ in range(3)]
    assert [state.lost for state in states] == [True, True, False]
    reach = (SIDE - 1) * NETWORK.stride * states[0].window.step / 2**STEP_BITS
    moved = np.subtract(states[2].box.centre, BOX.centre)
    assert np.allclose(moved, (0, reach), atol=0.01)
    assert (states[2].box.width, states[2].box.height) == (BOX.width, BOX.height)


def test_found_again_only_when_sure():
    tracker = started(
        three(8, 8, 300.0), three(8, 9, 450.0), three(8, 9, 600.0), lost_below=0.4, found_above=0.5
    )
    assert [tracker.update(IMAGE).lost for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize(("best", "sign"), [(0, -1), (2, 1)])
def test_the_highest_scale_changes_the_size(best, sign):
    answer = three(8, 8, 900.0)
    answer[best] = bump(8, 8, 1000.0)
    settings = Settings()
    state = started(answer).update(IMAGE)
    growth = 1 + settings.scale_rate * (settings.scale_step**sign - 1)
    assert state.box.width == pytest.approx(BOX.width * growth, rel=1e-12)
    assert state.box.width / state.box.height == pytest.approx(BOX.width / BOX.height, rel=1e-12)
    assert state.box.centre == pytest.approx(BOX.centre, abs=1e-9)


def test_other_scales_must_win_by_the_penalty():
    answer = three(8, 8, 1000.0)
    answer[2] *= 1.01
    assert started(answer, scale_penalty=0.98).update(IMAGE).box.width == BOX.width
    assert started(answer, scale_penalty=1.0).update(IMAGE).box.width > BOX.width


def test_search_crops_follow_the_factors():
    engine = Scripted(three(8, 8))
    tracker = Tracker(engine, Settings(scale_step=1.1))
    tracker.init(IMAGE, BOX)
    assert [crops.shape for crops in engine.shown] == [(1, 255, 255, 3)]
    tracker.update(IMAGE)
    assert engine.shown[1].shape == (3, 255, 255, 3)
    assert engine.template.shape == (255, 255, 3)


def test_a_lost_target_keeps_its_box_until_it_is_seen_again():
    tracker = started(three(3, 3, 50.0), three(8, 9), lost_below=0.2, found_above=0.2)
    lost = tracker.update(IMAGE)
    assert lost.lost and lost.box == BOX and lost.confidence < 0.2
    assert not tracker.update(IMAGE).lost


def test_the_size_keeps_its_range_and_the_centre_the_image():
    small = three(8, 8, 900.0)
    small[0] = bump(8, 8, 1000.0)
    right = three(8, 16)
    tracker = started(
        *[small] * 40, *[right] * 40, scale_rate=1.0, scale_step=1.2, size_range=2.0, window=0.0
    )
    for _ in range(40):
        box = tracker.update(IMAGE).box
    assert box.width == BOX.width / 2
    for _ in range(40):
        box = tracker.update(IMAGE).box
    assert box.centre[0] == IMAGE.shape[1]


def test_frames_may_change_size():
    tracker = started(three(8, 8), three(8, 8))
    assert tracker.update(np.zeros((1080, 1920, 3), np.uint8)).box == BOX
    # The centre is pulled into a frame that no longer reaches it.
    assert tracker.update(np.zeros((100, 100, 3), np.uint8)).box.centre == (100, 100)


def test_a_flat_response_is_a_lost_target():
    assert started(np.zeros((3, SIDE, SIDE), np.int32)).update(IMAGE).lost


@pytest.mark.parametrize("box", [Box(0, 0, 0, 5), Box(700, 0, 10, 10), Box(float("nan"), 0, 5, 5)])
def test_boxes_that_cannot_be_tracked(box):
    with pytest.raises(InputError, match="box"):
        Tracker(Scripted()).init(IMAGE, box)


@pytest.mark.parametrize("image", [IMAGE[..., 0], IMAGE.astype(float), IMAGE[:0], None])
def test_images_that_are_none(image):
    with pytest.raises(InputError, match="image must be uint8"):
        started(three(8, 8)).update(image)


def test_update_before_init():
    with pytest.raises(InputError, match="init"):
        Tracker(Scripted()).update(IMAGE)


@pytest.mark.parametrize(
    "settings",
    [
        {"scales": 2},
        {"scales": 0},
        {"scale_step": 0.9},
        {"window": 1.5},
        {"lost_below": -1},
        {"size_range": 0.5},
    ],
)
def test_settings_out_of_range(settings):
    with pytest.raises(InputError, match=next(iter(settings))):
        Settings(**settings)


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
