"""Samples with boxes: the target is where the box says, as large as it says, or not to be seen."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.training.data import box_draft
from siammixer.training.data.box_dataset import BoxDataset, BoxMixture
from siammixer.training.data.tracks import CropTrack, read_tracks

NETWORK = NETWORKS["siammixer"]
VIDEOS = BoxMixture(still_share=0, region_share=0)
PLAIN = {"video": (0.0,) * 8, "still": (0.0,) * 8, "region": (0.0,) * 8}


@pytest.fixture
def tracks(crops):
    return read_tracks(crops)


@pytest.fixture
def plain(monkeypatch):
    """Views without colours, blur, hidden parts, other scenes and edits: what is left is where things are."""
    monkeypatch.setattr(box_draft, "SHARES", PLAIN)
    for name in ("SCENE_SHARE", "VEILED_SHARE", "EDGE_SHARE"):
        monkeypatch.setattr(box_draft, name, 0.0)
    monkeypatch.setattr(box_draft, "develop", lambda image, *_, **__: image)


def dataset(tracks, seed=1, mixture=VIDEOS, network=NETWORK) -> BoxDataset:
    return BoxDataset(network, tracks, length=10, seed=seed, mixture=mixture)


def redness(image: np.ndarray) -> np.ndarray:
    return np.clip(image[:, :, 0].astype(float) - image[:, :, 1:].max(axis=2) - 60, 0, None)


@pytest.mark.parametrize("number", range(6))
def test_the_target_is_where_and_as_large_as_the_box_says(plain, tracks, find_target, number):
    sample = dataset(tracks)[number]
    for search, box, size in zip(sample.search, sample.box, sample.size, strict=True):
        np.testing.assert_allclose(find_target(search), box[:2], atol=1.0)
        area = np.exp(box[2:].sum()) * size.prod()
        strength = redness(search).sum() / redness(sample.template).sum()
        assert area / size.prod() == pytest.approx(strength, rel=0.2)
    np.testing.assert_allclose(find_target(sample.template), 0, atol=3)
    assert sample.present.all() and sample.taught is None and sample.box.dtype == np.float32
    assert sample.template.shape == (255, 255, 3) and sample.search.shape == (3, 255, 255, 3)


@pytest.mark.parametrize("number", range(3))
def test_pixels_are_those_of_a_smaller_network(plain, tracks, find_target, number):
    sample = dataset(tracks, network=NETWORKS["tiny"])[number]
    assert sample.search.shape == (3, 63, 63, 3)
    for search, box in zip(sample.search, sample.box, strict=True):
        np.testing.assert_allclose(find_target(search), box[:2], atol=0.6)


@pytest.mark.parametrize("case", box_draft.CASES)
def test_a_target_that_is_not_present_is_not_seen(plain, monkeypatch, tracks, case):
    """But for a stranger that looks alike: both tracks show a red square."""
    monkeypatch.setattr(box_draft.Draft, "case", lambda self: case)
    strange = CropTrack("grey/one", (1,), (tracks[0].files[0],), ((60.0, 60.0),))
    monkeypatch.setattr(box_draft.Draft, "stranger", lambda self: self.thing(2, 0))
    grey = np.random.default_rng(1).integers(80, 120, (351, 351, 3)).astype(np.uint8)
    monkeypatch.setattr(
        CropTrack,
        "image",
        lambda self, index, image=CropTrack.image: grey if self is strange else image(self, index),
    )
    found = [dataset([*tracks, strange])[number] for number in range(4)]
    for sample in found:
        assert (sample.present == (case not in box_draft.WITHOUT)).all()
        for search, size in zip(sample.search, sample.size, strict=True):
            seen = redness(search).sum() / redness(sample.template).sum()
            if case in box_draft.WITHOUT:
                assert seen < 0.25
            else:
                assert seen > 0.2 and size.min() > 8


def test_a_sample_depends_on_seed_and_number_alone(tracks):
    mixture = BoxMixture()
    one, other = dataset(tracks, 3, mixture), dataset(tracks, 3, mixture)
    other[5]
    for name in ("template", "search", "box", "size", "present"):
        assert np.array_equal(getattr(one[2], name), getattr(other[2], name)), name
    assert not np.array_equal(one[2].search, dataset(tracks, 4, mixture)[2].search)


def test_stills_are_weighed_by_their_padding(tracks):
    file, stills = tracks[0].files[0], []
    for name, padding in (("padded", 0.95), ("whole", 0.0)):
        stills.append(CropTrack(name, (1,), (file,), ((23.0, 23.0),), padding))
    found, rng = dataset(stills, mixture=BoxMixture()), np.random.default_rng(1)
    drawn = Counter(found.pick(rng, True)[0] for _ in range(600))
    assert 3 < drawn[1] / drawn[0] < 12
    assert found.pick(rng, False)[0] in (0, 1) and found[0].present.shape == (3,)


def test_what_cannot_be_decoded_is_replaced_and_said(tracks):
    broken = [replace(track, files=(b"no image", *track.files[1:])) for track in tracks]
    samples = [dataset(broken)[number] for number in range(6)]
    assert any("not a readable image" in problem for sample in samples for problem in sample.problems)
    with pytest.raises(InputError, match="20 crops in a row"):
        dataset([replace(tracks[0], files=(b"none",) * 6)])[0]
    with pytest.raises(InputError, match="hold no frame"):
        dataset([])
