"""Views put the target where they say, as large as they say."""

import numpy as np
import pytest

from siammixer.training.data.box_views import cut_off, middle, shrunk, sized, warp

SIDE = 101


def turned(angle: float, zoom: float) -> np.ndarray:
    return zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


@pytest.mark.parametrize("zoom", [0.5, 1.0, 2.0])
def test_the_target_lies_where_it_shall_and_has_its_size(zoom):
    image = np.zeros((201, 201, 3), np.uint8)
    image[90:111, 60:91] = 255
    at = np.array([12.0, -7.0])
    view = warp(
        image, SIDE, np.array([75.0, 100.0]), at, turned(0, zoom), np.random.default_rng(0), mirrored=False
    )
    rows, columns = np.nonzero(view[:, :, 0] > 127)
    assert abs(columns.mean() - 50 - at[0]) <= 0.5 and abs(rows.mean() - 50 - at[1]) <= 0.5
    width, height = sized(np.array([31.0, 21.0]), turned(0, zoom))
    assert abs(np.ptp(columns) + 1 - width) <= 1.5 and abs(np.ptp(rows) + 1 - height) <= 1.5


def test_turning_enlarges_an_upright_box_by_half():
    straight, turned_by = (sized(np.array([40.0, 20.0]), turned(a, 1.0)) for a in (0.0, 0.2))
    np.testing.assert_allclose(straight, [40, 20])
    np.testing.assert_allclose(
        turned_by, [40 * np.cos(0.2) + 10 * np.sin(0.2), 20 * np.cos(0.2) + 20 * np.sin(0.2)]
    )


@pytest.mark.parametrize("seed", range(8))
def test_a_view_is_cut_off_on_one_side_beside_the_targets_middle(seed):
    image = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    found = cut_off(image, np.array([5.0, -5.0]), np.array([20.0, 20.0]), np.random.default_rng(seed))
    changed = (found != image).any(2)
    assert not changed[45, 55] and (changed.any(0).all() or changed.any(1).all() or not changed.any())


def test_shrunk_and_middle():
    image = np.arange(258 * 258 * 3, dtype=np.uint32).astype(np.uint8).reshape(258, 258, 3)
    assert shrunk(image, 258) is image and shrunk(image, 63).shape == (63, 63, 3)
    assert np.array_equal(middle(image, 256), image[1:257, 1:257])
