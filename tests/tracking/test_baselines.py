import cv2
import numpy as np
import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.baselines import TRACKERS, OpenCV, open_baseline
from siammixer.tracking.box import Box

BOX = Box(40.5, 30, 24, 20)


def scene(x, y, size=(120, 160)):
    """A random patch of 20 x 24 pixels at (x, y) on a smooth ground."""
    image = cv2.resize(np.random.default_rng(3).integers(60, 120, (6, 8, 3), np.uint8), size[::-1])
    image[y : y + 20, x : x + 24] = cv2.resize(
        np.random.default_rng(4).integers(0, 255, (5, 6, 3), np.uint8), (24, 20)
    )
    return image


def track(name, images, box=BOX):
    with open_baseline(name) as baseline:
        baseline.init(images[0], box)
        return [baseline.update(image) for image in images[1:]]


@pytest.mark.parametrize("name", ["ncc", "kcf", "csrt"])
def test_follows_a_moving_patch(name):
    places = [(40 + 2 * step, 30 + step) for step in range(6)]
    for (x, y), found in zip(places[1:], track(name, [scene(*place) for place in places]), strict=True):
        assert (
            not found.lost and abs(found.box.centre[0] - x - 12) < 4 and abs(found.box.centre[1] - y - 10) < 4
        )


def test_correlation_is_exact_and_keeps_the_fraction():
    found = track("ncc", [scene(40, 30), scene(51, 23)])[0]
    assert (found.box, found.lost) == ((51.5, 23, 24, 20), False) and found.confidence == pytest.approx(1)


def test_static_never_moves():
    assert track("static", [scene(40, 30), scene(60, 50)])[0] == (BOX, 1.0, False)


@pytest.mark.parametrize("name", sorted(TRACKERS.keys() - {"mil"}))
def test_the_same_run_gives_the_same_boxes(name):
    images = [scene(40 + step, 30) for step in range(4)]
    assert track(name, images) == track(name, images)


@pytest.mark.parametrize("name", TRACKERS)
@pytest.mark.parametrize("box", [(-8, -5, 24, 20), (140, 105, 40, 40), (40, 30, 0.4, 0.4)])
def test_boxes_over_the_edge_and_of_less_than_a_pixel(name, box):
    for found in track(name, [scene(40, 30)] * 3, Box(*box)):
        assert len(found.box) == 4 and np.isfinite(found.box).all()


def test_a_lost_target_keeps_its_last_box():
    class Loses:
        def init(self, image, box):
            assert image[0, 0].tolist() == [3, 2, 1] and box == (40, 30, 24, 20)  # blue first, whole pixels
            self.answers = [(True, (1, 2, 3, 4)), (False, (0, 0, 0, 0))]

        def update(self, image):
            assert image[0, 0].tolist() == [3, 2, 1]
            return self.answers.pop(0)

    image, baseline = np.full((80, 120, 3), (1, 2, 3), np.uint8), OpenCV(Loses)
    baseline.init(image, BOX)
    assert baseline.update(image) == ((1, 2, 3, 4), 1.0, False)
    assert baseline.update(image) == ((1, 2, 3, 4), 0.0, True)


def test_correlation_in_frames_that_become_smaller_than_the_target():
    assert track("ncc", [scene(40, 30), np.zeros((10, 10, 3), np.uint8)])[0] == (BOX, 0.0, True)


def test_unknown():
    with (
        pytest.raises(InputError, match="unknown baseline 'best'; known: static, ncc, kcf, mil, csrt"),
        open_baseline("best"),
    ):
        pass
