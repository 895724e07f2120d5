"""Training samples: the same for the same number, with the target where the label says."""

from dataclasses import fields, replace

import numpy as np
import pytest

from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.training.data.augment import Look
from siammixer.training.data.dataset import Mixture, TrainingDataset, textured_region
from siammixer.training.data.loader import collate, load_batches
from siammixer.training.data.pairs import reach
from siammixer.training.data.tracks import read_tracks
from siammixer.training.loop.distributed import open_processes

TINY = NETWORKS["tiny"]
VIDEO = Mixture(still_share=0, region_share=0, triplet_share=0)


def dataset_of(crops, network=TINY, *, searches=3, seed=2, mixture=None, tracks=None) -> TrainingDataset:
    return TrainingDataset(
        network, tracks or read_tracks(crops), searches=searches, length=12, seed=seed, mixture=mixture
    )


def is_same(one, other) -> bool:
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name))
        for field in fields(one)
        if field.name != "problems"
    )


@pytest.fixture
def plain(monkeypatch):
    """No cameras and no pasted parts: what is left is the warp."""
    monkeypatch.setattr("siammixer.training.data.dataset.develop", lambda image, *_, **__: image)
    monkeypatch.setattr("siammixer.training.data.dataset.EDITED_SHARE", 0.0)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_target_is_where_the_label_says(crops, find_target, plain, name):
    network = NETWORKS[name]
    dataset = dataset_of(crops, network, mixture=VIDEO)
    for sample in map(dataset.__getitem__, range(4)):
        side = network.search_side
        assert sample.template.shape == (side, side, 3) and sample.search.shape == (3, side, side, 3)
        assert np.linalg.norm(find_target(sample.template)) <= 3.5 * network.exemplar_side / 127
        for search, target in zip(sample.search, sample.target, strict=True):
            np.testing.assert_allclose(find_target(search), target, atol=0.5)


def test_targets_fill_the_reach_of_the_response(crops):
    shifts = np.concatenate([dataset_of(crops)[k].target for k in range(60)])
    assert 0.95 * reach(TINY) < np.abs(shifts).max() <= reach(TINY)


def test_items_depend_on_seed_and_number_only(crops):
    one, same, other = (dataset_of(crops, seed=seed) for seed in (3, 3, 4))
    for k in (7, 2):
        one[k]
    assert is_same(one[5], same[5]) and not is_same(one[5], other[5]) and not is_same(one[5], one[6])


def test_a_triplet_is_one_view_too_large_right_and_too_small(crops, find_target, plain):
    dataset = dataset_of(crops, NETWORKS["siammixer"], mixture=replace(VIDEO, triplet_share=1))
    for sample in map(dataset.__getitem__, range(3)):
        assert sample.triplet and (sample.target == sample.target[0]).all()
        large, right, small = (
            np.count_nonzero(search[:, :, 0].astype(int) - search[:, :, 1] > 100) for search in sample.search
        )
        assert 1.05**2 < large / right < 1.25**2 and 1.05**2 < right / small < 1.25**2


def test_a_triplet_looks_alike_at_all_scales(crops, monkeypatch):
    """Whatever the camera does, it does to all three."""
    looks = []
    monkeypatch.setattr(
        "siammixer.training.data.dataset.develop",
        lambda image, rng, look, *_, **__: looks.append((look, rng.random())) or image,
    )
    monkeypatch.setattr(Look, "draw", classmethod(lambda cls, rng: Look(False, 2.0)))
    dataset_of(crops, mixture=replace(VIDEO, triplet_share=1))[0]
    assert len(looks) == 4 and looks[1] == looks[2] == looks[3]


def test_regions_are_textured_and_may_lie_beside_the_target():
    image = np.full((351, 351, 3), 90, np.uint8)
    image[100:260, 100:180] = np.random.default_rng(0).integers(0, 256, (160, 80, 1))
    found = [textured_region(image, np.random.default_rng(seed)) for seed in range(20)]
    assert all(100 - 33 <= centre[0] <= 180 + 33 and 0.7 <= scale <= 1.15 for centre, scale in found)
    assert np.ptp([centre[1] for centre, _ in found]) > 50


def test_stills_alone_make_items(crops):
    still = replace(read_tracks(crops)[0], frames=(0,), files=read_tracks(crops)[0].files[:1], sizes=(None,))
    assert dataset_of(crops, tracks=[still])[0].search.shape == (3, 63, 63, 3)
    with pytest.raises(InputError, match="no frame with a target"):
        dataset_of(crops, tracks=[replace(still, frames=(), files=(), sizes=())])


def test_scale_triplets_need_three_searches(crops):
    with pytest.raises(InputError, match="searches per template must be 3 with scale triplets, not 2"):
        dataset_of(crops, searches=2)


def test_an_item_that_cannot_be_decoded_is_replaced_and_named(crops):
    good, broken = read_tracks(crops)
    dataset = dataset_of(crops, tracks=[good, replace(broken, files=(b"broken", *broken.files[1:]))])
    found = [dataset[k] for k in range(12)]
    assert any(sample.problems for sample in found) and not all(sample.problems for sample in found)
    assert all("crop of two, frame" in problem for sample in found for problem in sample.problems)
    with pytest.raises(InputError, match="20 crops in a row could not be decoded; the last: crop of two"):
        dataset_of(crops, tracks=[replace(broken, files=(b"broken",) * len(broken.files))])[0]


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_come_in_order_from_any_number_of_workers(crops, workers):
    dataset = dataset_of(crops)
    with open_processes("cpu") as processes:
        batches = list(load_batches(dataset, range(1, 4), 2, processes, workers=workers))
        shares = [
            list(load_batches(dataset, range(1, 4), 2, replace(processes, number=rank, count=2), workers=0))
            for rank in range(2)
        ]
    assert len(batches) == 3
    for step, batch in enumerate(batches, 1):
        expected = collate([dataset[2 * step], dataset[2 * step + 1]])
        assert (
            batch.search.equal(expected.search)
            and batch.target.equal(expected.target)
            and batch.triplet.equal(expected.triplet)
        )
        for rank in range(2):
            assert shares[rank][step - 1].search.equal(expected.search[rank : rank + 1])
