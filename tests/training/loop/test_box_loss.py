"""Each part of the loss of a box head, by examples that hands can check."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from siammixer.ir.box_map import HEIGHT, SCORE, UNITS, WIDTH
from siammixer.ir.catalogue import NETWORKS
from siammixer.training.data.box_dataset import BoxSample
from siammixer.training.loop.box_loss import (
    SCALES,
    BoxBatch,
    box_losses,
    collate_boxes,
    dense_losses,
    feature_loss,
    map_losses,
    score_losses,
)

NETWORK = NETWORKS["siammixer"]
MIDDLE = 7


@pytest.fixture
def batch() -> BoxBatch:
    """One template, three searches: a target 16 px to the right and 8 up, twice as wide; one in the middle,
    as in the template; none.
    """
    box = torch.tensor([[16.0, -8.0, math.log(2), 0.0], [0, 0, 0, 0], [0, 0, 0, 0]])
    size = torch.tensor([[32.0, 64.0]]).expand(3, 2)
    blank = torch.zeros(1, 3, 4, 4, 3, dtype=torch.uint8)
    return BoxBatch(
        template=blank[:, 0], search=blank, box=box, size=size, present=torch.tensor([True, True, False])
    )


def taught(batch: BoxBatch, trust: list[float]) -> BoxBatch:
    logits = torch.full((3, 17, 17), -6.0)
    logits[0, 7, 10] = logits[1, 8, 8] = 6.0
    return replace(batch, taught=logits, taught_box=batch.box.clone(), trust=torch.tensor(trust))


def perfect(batch: BoxBatch) -> tuple[torch.Tensor, torch.Tensor]:
    """The answer of a head that knew everything: (3, 5, 15, 15) and extents (3, 2, 15, 15)."""
    cells = torch.arange(15) - MIDDLE
    found = torch.full((3, 5, 15, 15), 0.0)
    found[:, 0] = -20.0
    found[:, 1] = (batch.box[:, 0] / 8)[:, None, None] - cells
    found[:, 2] = (batch.box[:, 1] / 8)[:, None, None] - cells[:, None]
    found[:, 3:] = batch.box[:, 2:, None, None]
    extents = (batch.box[:, 2:] + (batch.size / 64).log())[:, :, None, None].expand(3, 2, 15, 15)
    for search, (row, column) in ((0, (MIDDLE - 1, MIDDLE + 2)), (1, (MIDDLE, MIDDLE))):
        rows, columns = torch.meshgrid(torch.arange(15), torch.arange(15), indexing="ij")
        near = (rows - row) ** 2 + (columns - column) ** 2 <= 4
        found[search, 0][near] = 20.0
    return found, extents


def test_the_scales_are_the_units_of_the_box_map():
    assert SCALES[SCORE] == UNITS[SCORE] and SCALES[1:3].tolist() == list(UNITS[1:3])
    assert float(SCALES[WIDTH]) * math.log(2) == pytest.approx(UNITS[WIDTH])
    assert SCALES[WIDTH] == SCALES[HEIGHT]


@pytest.mark.parametrize("trust", [None, [1.0, 0.5, 0.0]])
def test_an_answer_that_knows_everything_loses_nothing(batch, trust):
    batch = batch if trust is None else taught(batch, trust)
    found, extents = perfect(batch)
    parts = box_losses(NETWORK, found, extents, batch)
    assert set(parts) == {"place", "size", "extent", "overlap"} | ({"taught_box"} if trust else set())
    assert all(abs(float(value)) < 1e-5 for value in parts.values())
    scores = score_losses(NETWORK, found[:, 0], torch.full((1, 15, 15), -20.0), batch)
    assert all(float(scores[name]) < 1e-5 for name in ("balanced", "negative", "hard"))


@pytest.mark.parametrize(
    "channel, step, part, expected",
    [
        (1, 1.0, "place", (1 - 0.25) / 2),  # smooth L1 with beta 0.5, a mean over dx and dy
        (3, 0.2, "size", (0.2 - 0.05) / 2),
        (4, -0.2, "size", (0.2 - 0.05) / 2),
    ],
)
def test_each_channel_is_what_it_says(batch, channel, step, part, expected):
    found, extents = perfect(batch)
    found[:, channel] += step
    parts = box_losses(NETWORK, found, extents, batch)
    assert float(parts[part]) == pytest.approx(expected, abs=1e-6) and float(parts["overlap"]) > 0.01
    assert float(parts["extent"]) < 1e-6


def test_extents_and_a_teachers_boxes_count_only_where_it_agrees(batch):
    found, extents = perfect(batch)
    agreed = taught(batch, [1.0, 1.0, 0.0])
    agreed.taught_box[0, 2] += 0.5  # farther than AGREES
    wrong = extents.clone()
    wrong[0] += 1
    parts = box_losses(NETWORK, found, wrong, agreed)
    assert float(parts["extent"]) < 1e-6 and float(parts["taught_box"]) < 1e-5
    wrong[1] += 1
    assert float(box_losses(NETWORK, found, wrong, agreed)["extent"]) > 0.4


def test_a_target_that_is_absent_wants_low_scores_and_nothing_else(batch):
    found, extents = perfect(batch)
    found[2, 0] = 3.0
    scores = score_losses(NETWORK, found[:, 0], torch.full((1, 15, 15), -20.0), batch)
    loud = math.log1p(math.exp(3))
    assert float(scores["balanced"]) == pytest.approx(2 / 3 * (0.6 * loud), rel=1e-4)
    assert float(scores["hard"]) == pytest.approx(loud / 3, rel=1e-4)
    assert float(box_losses(NETWORK, found, extents, batch)["place"]) < 1e-6


def test_strange_templates_and_far_cells_want_low_scores(batch):
    found, _ = perfect(batch)
    strange = torch.full((1, 15, 15), -20.0)
    strange[0, 3, 3] = 4.0
    one = math.log1p(math.exp(4))
    scores = score_losses(NETWORK, found[:, 0], strange, batch)
    assert float(scores["negative"]) == pytest.approx(0.5 * one / 225 + 0.1 * one / 8, rel=1e-3)
    near, far = found[:, 0].clone(), found[:, 0].clone()
    near[1, MIDDLE, MIDDLE + 3] = far[1, MIDDLE, MIDDLE + 4] = 4.0  # 24 px away, and farther
    assert float(score_losses(NETWORK, near, strange, batch)["hard"]) < 1e-5
    assert float(score_losses(NETWORK, far, strange, batch)["hard"]) == pytest.approx(one / 8 / 3, rel=1e-3)


def test_a_teachers_scores_are_learnt_as_far_as_they_are_trusted(batch):
    trusted = taught(batch, [1.0, 0.0, 0.0])
    logits = trusted.taught.clone()[:, 1:-1, 1:-1]
    assert float(map_losses(NETWORK, logits, trusted)["kl"]) < 1e-6
    logits[1] = 0  # its teacher is not trusted
    assert float(map_losses(NETWORK, logits, trusted)["kl"]) < 1e-6
    logits[0] = 0
    parts = map_losses(NETWORK, logits, trusted)
    wanted = trusted.taught[0, 1:-1, 1:-1].flatten()
    kl = (wanted.softmax(0) * (wanted.log_softmax(0) + math.log(225))).sum()
    torch.testing.assert_close(parts["kl"], kl)
    torch.testing.assert_close(parts["soft"], torch.tensor(math.log(2)))
    assert "kl" not in map_losses(NETWORK, logits, batch)


def test_the_dense_response_meets_every_template(batch):
    two = replace(batch, search=torch.zeros(1, 3, 4, 4, 3), template=torch.zeros(1, 4, 4, 3))
    logits = torch.full((3, 2, 17, 17), -20.0)
    logits[:, 1, 4, 4] = 5.0
    parts = dense_losses(NETWORK, logits, two)
    one = math.log1p(math.exp(5))
    assert float(parts["dense_negative"]) == pytest.approx(one / 289, rel=1e-3)
    assert float(parts["dense_negative_peak"]) == pytest.approx(one, rel=1e-4)


def test_features_are_compared_in_units_of_their_deviation():
    wanted = (
        torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(1))
        * torch.tensor([1, 10, 0.1])[:, None, None]
    )
    shift = wanted.std((0, 2, 3), keepdim=True)
    assert float(feature_loss(wanted + shift, wanted)) == pytest.approx(1, rel=0.2)
    assert float(feature_loss(wanted, wanted)) == 0


def test_nothing_present_is_no_error(batch):
    nobody = replace(batch, present=torch.zeros(3, dtype=torch.bool))
    found, extents = (one.requires_grad_() for one in perfect(batch))
    parts = box_losses(NETWORK, found, extents, nobody) | score_losses(
        NETWORK, found[:, 0], found[:1, 0], nobody
    )
    total = sum(parts.values())
    assert torch.isfinite(total)
    total.backward()


def test_batches_join_samples_one_after_another():
    samples = [
        BoxSample(
            template=np.full((4, 4, 3), k, np.uint8),
            search=np.full((3, 4, 4, 3), k, np.uint8),
            box=np.full((3, 4), k, np.float32),
            size=np.ones((3, 2), np.float32),
            present=np.array([True, False, True]),
            problems=(f"{k}",),
        )
        for k in range(2)
    ]
    joined = collate_boxes(samples)
    assert joined.template.shape == (2, 4, 4, 3) and joined.search.shape == (2, 3, 4, 4, 3)
    assert joined.box[:, 0].tolist() == [0, 0, 0, 1, 1, 1] and joined.own.tolist() == [0, 0, 0, 1, 1, 1]
    assert joined.taught is None and joined.problems == ("0", "1")
    assert functional.one_hot(joined.own).sum() == 6
