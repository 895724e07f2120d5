"""The target lands where the label says."""

import cv2
import numpy as np
import pytest

from network.pairs import TrainingPairs, View, cut, pixels, reach, read_tracks, validation_pairs
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


def test_the_index_layout_and_stills(tmp_path):
    """One track name in two sources is two targets, each a still."""
    rows = ["file,source,track,frame"]
    images = np.random.default_rng(0).integers(0, 256, (2, 319, 319, 3), dtype=np.uint8)
    for source, image in zip("ab", images, strict=True):
        cv2.imwrite(str(tmp_path / f"{source}.png"), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        rows.append(f"{source}.png,{source},same,0")
    (tmp_path / "index.csv").write_text("\n".join(rows))
    tracks = read_tracks(tmp_path)
    assert [track.name for track in tracks] == ["a/same", "b/same"]
    assert (np.stack([track.image(0) for track in tracks]) == images).all()
    assert TrainingPairs(NETWORKS["tiny"], tracks, searches=2, items=1, seed=0)[0].search.shape == (2, 63, 63, 3)


def test_bad_folders_are_named(tmp_path, crops):
    with pytest.raises(SpecError, match="missing: no such folder"):
        read_tracks(tmp_path / "missing")
    with pytest.raises(SpecError, match="holds no crops"):
        read_tracks(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "targets.csv").write_text("frame,width,height\n1,2,3\n")
    with pytest.raises(SpecError, match=r"00001\.jpg: cannot be read"):
        read_tracks(tmp_path)
    (tmp_path / "a" / "00001.jpg").write_bytes(b"no image")
    (track,) = read_tracks(tmp_path)
    with pytest.raises(SpecError, match="a, frame 1: not a readable image"):
        track.image(0)
    with pytest.raises(SpecError, match="no two frames"):
        validation_pairs(NETWORKS["tiny"], [track], 1, 0)
    (tmp_path / "a" / "targets.csv").write_text("frame,width,height\nfirst,2,3\n")
    with pytest.raises(SpecError, match=r"targets\.csv: rows must"):
        read_tracks(tmp_path)
