import hashlib

import numpy as np
import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.clip import CLEAR, SCENES, UNIT, Clip, _photograph
from siammixer.tracking.crop import resample


@pytest.mark.parametrize("scene", SCENES)
def test_same_frames_every_time_and_in_any_order(scene):
    first, second = Clip(scene), Clip(scene)
    later = second.image(7)
    assert (first.image(3) == second.image(3)).all()
    assert (first.image(7) == later).all()
    assert first.image(3).shape == (320, 480, 3) and first.image(3).dtype == np.uint8


@pytest.mark.parametrize("scene", SCENES)
def test_boxes_move_and_change_size_inside_the_frame(scene):
    clip = Clip(scene)
    boxes = np.array(clip.boxes)
    assert len(clip) == len(boxes) == 60
    assert (boxes[:, :2] >= 0).all() and (boxes[:, :2] + boxes[:, 2:] <= (480, 320)).all()
    assert boxes[:, 2].max() / boxes[:, 2].min() > 1.5
    assert np.ptp(boxes[:, 0]) > 200 and np.ptp(boxes[:, 1]) > 60
    assert np.abs(np.diff(boxes[:, :2], axis=0)).max() < 25


def edges(covered):
    """The edges where coverage, uint8, crosses one half: left, top, right, bottom in fractions of pixels."""
    found = []
    for profile in (covered.max(axis=0) / 255, covered.max(axis=1) / 255):
        inside = np.flatnonzero(profile >= 0.5)
        for at, towards in ((inside[0], -1), (inside[-1], 1)):
            over, under = profile[at], profile[at + towards]
            found.append(at + 0.5 + towards * (over - 0.5) / (over - under))
    left, right, top, bottom = found
    return left, top, right, bottom


@pytest.mark.parametrize("scene", SCENES)
def test_boxes_are_exact(scene):
    """The object painted white on black: its edges, as well as they can be measured, are the box's."""
    clip = Clip(scene)
    clip._object[..., :3] = clip._object[..., 3:]
    clip._background = np.zeros((500, 700, 3), np.uint8)
    seen = np.array([edges(clip.image(index)[..., 0]) for index in range(0, 60, 6)])
    boxes = np.array(clip.boxes)[::6]
    boxes[:, 2:] += boxes[:, :2]
    assert np.abs(seen - boxes).max() < 0.25
    assert np.abs((seen - boxes).mean(axis=0)).max() < 0.1


def test_object_and_background_are_real_and_unlike():
    clip = Clip()
    box, image = clip.box(0), clip.image(0)
    x, y = (int(value) for value in box.centre)
    inside = image[y - 20 : y + 20, x - 20 : x + 20].reshape(-1, 3)
    assert inside.std(axis=0).min() > 20
    assert image.std(axis=(0, 1)).min() > 28


def test_outside_the_object_is_the_background():
    clip = Clip()
    box, image = clip.box(20), clip.image(20)
    mask = np.ones(image.shape[:2], bool)
    mask[int(box.y) - 4 : int(box.y + box.height) + 5, int(box.x) - 4 : int(box.x + box.width) + 5] = False
    assert (image[mask] == clip._view(20)[mask]).all()


def test_background_pans():
    clip = Clip()
    assert (clip._view(0) != clip._view(1)).any()
    assert (
        clip._view(0) == resample(clip._background, *clip_corner(clip), UNIT, (320, 480), CLEAR[:3])
    ).all()


def clip_corner(clip):
    height, width = clip._background.shape[:2]
    return round((width - 480) * 0.5 * UNIT), round((height - 320) * 0.9 * UNIT)


def test_unknown_scene():
    with pytest.raises(InputError, match="unknown clip 'moon'; known: cup, astronaut"):
        Clip("moon")


def test_frame_out_of_range():
    with pytest.raises(InputError, match=r"rendered clip cup: frame must lie in 0\.\.59, not 60"):
        Clip().image(60)


def test_the_object_hides_what_is_behind_it():
    clip, other = Clip(), Clip()
    other._background = np.zeros_like(clip._background)
    box = clip.box(5)
    x, y = (int(value) for value in box.centre)
    assert (
        clip.image(5)[y - 15 : y + 15, x - 15 : x + 15] == other.image(5)[y - 15 : y + 15, x - 15 : x + 15]
    ).all()


@pytest.mark.parametrize(
    ("name", "digest"),
    [("coffee", "0ce2b51640b9c95f"), ("astronaut", "a8c429c18afa7b0f"), ("rocket", "3d4435cc745752b7")],
)
def test_the_photographs_are_decoded_without_loss(name, digest):
    assert hashlib.sha256(_photograph(name).tobytes()).hexdigest().startswith(digest)


def test_a_missing_photograph(tmp_path, monkeypatch):
    monkeypatch.setattr("siammixer.tracking.clip.PHOTOGRAPHS", tmp_path)
    with pytest.raises(InputError, match=r"coffee\.webp: must be a picture of the package; install it again"):
        Clip().image(0)
