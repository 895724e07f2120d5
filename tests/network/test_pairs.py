"""The target lands where the label says."""

from dataclasses import replace

import numpy as np
import pytest

from network.pairs import TrainingPairs, View, cut, pixels, reach, validation_pairs
from network.tracks import read_tracks
from spec.errors import SpecError
from spec.network import NETWORKS

TARGET = np.array([250, 40, 40])
NAMES = ("siammixer", "tiny")


def find_target(image: np.ndarray) -> np.ndarray:
    """Centre (dx, dy) of the red square from the image's centre, pixels."""
    redness = np.clip(image[:, :, 0].astype(float) - image[:, :, 1:].max(axis=2) - 60, 0, None)
    assert redness.sum() > 0
    rows, columns = np.indices(redness.shape)
    middle = (np.array(redness.shape) - 1) / 2
    return np.array([(columns * redness).sum() / redness.sum() - middle[1], (rows * redness).sum() / redness.sum() - middle[0]])


@pytest.mark.parametrize("name", NAMES)
def test_validation_target_is_where_the_label_says(crops, name):
    network = NETWORKS[name]
    pairs = validation_pairs(network, read_tracks(crops), 20, 1)
    assert pairs.template.shape == (20, network.template_side, network.template_side, 3)
    assert pairs.search.shape == (20, network.search_side, network.search_side, 3)
    assert np.abs(pairs.target).max() <= pixels(network, 40) and np.abs(pairs.target).max() > pixels(network, 30)
    for template, search, target in zip(pairs.template, pairs.search, pairs.target, strict=True):
        np.testing.assert_allclose(find_target(template), 0, atol=0.4)
        np.testing.assert_allclose(find_target(search), target, atol=0.4)


@pytest.mark.parametrize("name", NAMES)
def test_training_target_is_where_the_label_says(crops, name):
    network = NETWORKS[name]
    items = TrainingPairs(network, read_tracks(crops), searches=3, items=8, seed=2)
    for item in range(8):
        pairs = items[item]
        assert pairs.search.shape == (3, network.search_side, network.search_side, 3)
        assert np.abs(pairs.target).max() <= reach(network)
        for search, target in zip(pairs.search, pairs.target, strict=True):
            if search[:, :, 0].astype(int).max() - search[:, :, 1].min() > 120:  # not a grey pair
                np.testing.assert_allclose(find_target(search), target, atol=0.6)


@pytest.mark.parametrize(
    "linear, moved",
    [
        ([[1, 0], [0, 1]], (30, 12)),
        ([[-1, 0], [0, 1]], (-30, 12)),
        ([[0.5, 0], [0, 1]], (60, 12)),
        ([[0, -1], [1, 0]], (12, -30)),
        ([[1, 1], [0, 1]], (18, 12)),
    ],
)
def test_a_view_distorts_about_the_target(linear, moved):
    """What lies (30, 12) from the target: as it is, mirrored, stretched, turned, sheared."""
    image = np.zeros((351, 351, 3), np.uint8)
    image[175 + 12, 175 + 30] = 255
    found = cut(image, NETWORKS["siammixer"], 255, View(10, -6, np.array(linear)))[:, :, 0].astype(float)
    row, column = np.unravel_index(found.argmax(), found.shape)
    assert (column - 127 - 10, row - 127 + 6) == moved


def test_a_smaller_exemplar_reduces_by_exactly_its_ratio():
    network = NETWORKS["tiny"]
    ramp = 128 + 4 * (np.arange(60) - 29.5)
    image = np.repeat(np.repeat(ramp[None, :, None], 60, axis=0), 3, axis=2).astype(np.uint8)
    row = cut(image, network, 13, View())[6, :, 0].astype(float)
    np.testing.assert_allclose(row, 128 + 4 * (np.arange(13) - 6) * 127 / 31, atol=1.5)


def test_outside_is_the_mean_colour():
    image = np.full((351, 351, 3), (10, 90, 200), np.uint8)
    assert (cut(image, NETWORKS["siammixer"], 255, View(64, 64)) == (10, 90, 200)).all()


def test_training_pairs_depend_on_seed_and_item_only(crops):
    tracks = read_tracks(crops)
    one, same, other = (TrainingPairs(NETWORKS["tiny"], tracks, searches=2, items=9, seed=seed) for seed in (3, 3, 4))
    one[7]
    assert (one[5].search == same[5].search).all()
    assert not (one[5].target == other[5].target).all() and not (one[5].target == one[6].target).all()


def test_stills_alone_make_pairs(crops):
    """A track of one image is paired with augmented copies of itself."""
    still = replace(read_tracks(crops)[0], frames=(0,), files=read_tracks(crops)[0].files[:1])
    assert TrainingPairs(NETWORKS["tiny"], [still], searches=2, items=1, seed=0)[0].search.shape == (2, 63, 63, 3)
    with pytest.raises(SpecError, match="no two frames"):
        validation_pairs(NETWORKS["tiny"], [still], 1, 0)
