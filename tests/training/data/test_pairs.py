"""The target lands where the label says."""

from dataclasses import replace

import numpy as np
import pytest

from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.training.data.pairs import View, cut, pixels, validation_pairs
from siammixer.training.data.tracks import read_tracks

TARGET = np.array([250, 40, 40])
NAMES = ("siammixer", "tiny")


@pytest.mark.parametrize("name", NAMES)
def test_validation_target_is_where_the_label_says(crops, find_target, name):
    network = NETWORKS[name]
    pairs = validation_pairs(network, read_tracks(crops), 20, 1)
    assert pairs.template.shape == (20, network.template_side, network.template_side, 3)
    assert pairs.search.shape == (20, network.search_side, network.search_side, 3)
    assert np.abs(pairs.target).max() <= pixels(network, 40) and np.abs(pairs.target).max() > pixels(
        network, 30
    )
    for template, search, target in zip(pairs.template, pairs.search, pairs.target, strict=True):
        np.testing.assert_allclose(find_target(template), 0, atol=0.4)
        np.testing.assert_allclose(find_target(search), target, atol=0.4)


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
    """A pixel that lies (30, 12) from the target: as it is, mirrored, stretched, turned, sheared."""
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


@pytest.mark.parametrize("name", NAMES)
def test_a_view_about_another_point_and_its_way_back(find_target, name):
    """The point is where the view puts it, and ``backwards`` leads there from the result, whether or not the
    crop is shrunk first.
    """
    network, place = NETWORKS[name], np.array([200.0, 120.0])
    image = np.zeros((351, 351, 3), np.uint8)
    image[116:125, 196:205] = TARGET
    view = View(
        *np.array([10, -6]) * pixels(network, 1), linear=np.array([[1.1, 0.1], [-0.2, 0.9]]), centre=place
    )
    found = find_target(cut(image, network, network.search_side, view))
    np.testing.assert_allclose(found, (view.dx, view.dy), atol=0.4)
    middle = (network.search_side - 1) / 2
    backwards = view.backwards(network, 351, network.search_side)
    np.testing.assert_allclose(backwards @ [middle + view.dx, middle + view.dy, 1], place)
    np.testing.assert_allclose(backwards[:, :2], view.linear * 127 / network.exemplar_side)


def test_stills_alone_make_no_validation_pairs(crops):
    still = replace(read_tracks(crops)[0], frames=(0,), files=read_tracks(crops)[0].files[:1])
    with pytest.raises(InputError, match="no two frames"):
        validation_pairs(NETWORKS["tiny"], [still], 1, 0)
