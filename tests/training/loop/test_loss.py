"""Each part of the loss, by examples computed by hand."""

import math

import numpy as np
import pytest
import torch

from siammixer.ir.catalogue import NETWORKS
from siammixer.training.data.loader import Batch
from siammixer.training.loop.loss import (
    LossWeights,
    balanced_loss,
    batch_loss,
    labels,
    losses,
    negative_losses,
    peak_loss,
    scale_loss,
    teacher_loss,
)
from siammixer.training.model.frozen import FrozenStage
from siammixer.training.model.model import SiamMixer, to_input

TINY = NETWORKS["tiny"]


@pytest.fixture
def batch() -> Batch:
    """Two templates with three searches, noise; a teacher that knows two cells of each view."""
    rng = np.random.default_rng(8)
    template, search = (
        torch.from_numpy(rng.integers(0, 256, shape, dtype=np.uint8))
        for shape in ((2, 63, 63, 3), (2, 3, 63, 63, 3))
    )
    side, _, channels = TINY.tensors()[TINY.embedding]
    wanted = torch.from_numpy(rng.normal(0, 1, (2, 4, channels, side, side)).astype(np.float32))
    counted = torch.zeros(2, 4, side, side, dtype=torch.bool)
    counted[:, :, 1, 2:4] = True
    target = torch.tensor(rng.uniform(-12, 12, (2, 3, 2)), dtype=torch.float32)
    return Batch(template, search, target, torch.tensor([False, True]), wanted, counted)


def test_labels_are_one_within_16_px_of_the_target():
    label = labels(NETWORKS["siammixer"], torch.tensor([[0.0, 0.0], [40.0, -24.0]]))
    assert label.shape == (2, 1, 17, 17)
    assert (
        label[0].sum() == 13
        and label[0, 0, 8, 8] == 1
        and label[0, 0, 8, 10] == 1
        and label[0, 0, 9, 10] == 0
    )
    assert (
        label[1].sum() == 13
        and label[1, 0, 8 - 3, 8 + 5] == 1
        and label[1, 0, 8 - 5, 8 + 5] == 1
        and label[1, 0, 8 - 6, 8 + 5] == 0
    )


def test_the_loss_weighs_both_classes_alike():
    label = torch.zeros(1, 1, 7, 7)
    label[0, 0, 3, 3] = 1
    certain = torch.where(label > 0, 20.0, -20.0)
    assert balanced_loss(certain, label) < 1e-6
    one_missed, all_false = (
        balanced_loss(torch.full_like(label, -20.0), label),
        balanced_loss(torch.full_like(label, 20.0), label),
    )
    torch.testing.assert_close(one_missed, all_false)
    torch.testing.assert_close(one_missed, torch.tensor(10.0))


def test_the_peak_loss_wants_the_largest_cell_on_the_target():
    network, target = NETWORKS["siammixer"], torch.tensor([[24.0, -16.0]])
    found = torch.zeros(17, 17)
    for row, column in torch.cartesian_prod(torch.arange(17), torch.arange(17)).tolist():
        logits = torch.zeros(1, 1, 17, 17)
        logits[0, 0, row, column] = 5
        found[row, column] = peak_loss(network, logits, target)
    assert divmod(int(found.argmin()), 17) == (8 - 2, 8 + 3)
    assert found[8 - 2, 8 + 3] < found[8 - 2, 8 + 4] < found[8 - 2, 8 + 5] < found[0, 0]


def test_negatives_count_all_cells_and_the_largest():
    logits = torch.tensor([[[0.0, 3.0]], [[-1.0, -2.0]]])
    mean, largest = negative_losses(logits)
    expected = [math.log1p(math.exp(value)) for value in (0, 3, -1, -2)]
    assert float(mean) == pytest.approx(sum(expected) / 4) and float(largest) == pytest.approx(
        (expected[1] + expected[2]) / 2
    )
    assert [float(part) for part in negative_losses(torch.zeros(0, 3, 3))] == [0, 0]


def test_the_scale_loss_compares_heights_on_the_target_of_triplets_alone():
    logits, label = torch.full((9, 1, 3, 3), -5.0), torch.zeros(9, 1, 3, 3)
    label[:, 0, 1, 1] = 1
    logits[:, 0, 1, 1] = torch.tensor([1.0, 2.0, 0.0, 2.0, 1.0, 1.0, 9.0, 0.0, 0.0])
    logits[:, 0, 0, 0] = 50  # beside the target: of no account
    first, second = (-math.log(math.exp(x[1]) / sum(map(math.exp, x))) for x in ((1, 2, 0), (2, 1, 1)))
    assert float(scale_loss(logits, label, torch.tensor([True, True, False]))) == pytest.approx(
        (first + second) / 2
    )
    assert float(scale_loss(logits, label, torch.tensor([False, True, False]))) == pytest.approx(second)
    assert float(scale_loss(logits, label, torch.zeros(3, dtype=torch.bool))) == 0


def test_the_teacher_counts_where_it_may():
    maps, wanted = torch.zeros(1, 2, 2, 2), torch.tensor([[[[1.0, 2], [3, 4]], [[2, 0], [0, 0]]]])
    counted = torch.tensor([[[True, False], [True, False]]])
    assert float(teacher_loss(maps, wanted, counted)) == pytest.approx(((1 + 4) + 9) / 2)
    assert float(teacher_loss(maps, wanted, torch.zeros_like(counted))) == 0


def test_parts_are_weighed_and_added(tiny, batch):
    parts = losses(tiny, batch)
    weights = LossWeights(track=0.3, peak=0.7, negative=0.11, negative_peak=0.13, scale=0.17, teacher=0.19)
    response = (
        parts.balanced
        + 0.7 * parts.peak
        + 0.11 * parts.negative
        + 0.13 * parts.negative_peak
        + 0.17 * parts.scale
    )
    torch.testing.assert_close(parts.total(weights), 0.3 * response + 0.19 * parts.teacher)
    assert all(
        getattr(parts, name) > 0
        for name in ("balanced", "peak", "negative", "negative_peak", "scale", "teacher")
    )


def test_every_search_meets_its_own_template_target_and_features(tiny, batch):
    """The loss of a batch against one put together pair by pair."""
    crops = torch.cat([batch.template[:, None], batch.search], 1)
    with torch.inference_mode():
        maps = tiny.embed(to_input(crops.flatten(0, 1)), "search").unflatten(0, (2, 4))
        logits = {
            (one, k, other): tiny.logits(
                tiny(to_input(batch.template[other : other + 1]), to_input(batch.search[one, k : k + 1]))
            )
            for one in range(2)
            for k in range(3)
            for other in range(2)
        }
        found = losses(tiny, batch)
    own = torch.cat([logits[one, k, one] for one in range(2) for k in range(3)])
    target = batch.target.flatten(0, 1)
    torch.testing.assert_close(found.balanced, balanced_loss(own, labels(TINY, target)))
    torch.testing.assert_close(found.peak, peak_loss(TINY, own, target))
    torch.testing.assert_close(
        found.scale, scale_loss(own[3:], labels(TINY, target)[3:], torch.tensor([True]))
    )
    strangers = torch.cat([logits[one, k, 1 - one][0] for one in range(2) for k in range(3)])
    torch.testing.assert_close(
        torch.stack([found.negative, found.negative_peak]), torch.stack(negative_losses(strangers))
    )
    torch.testing.assert_close(found.teacher, ((maps - batch.wanted)[:, :, :, 1, 2:4]).square().sum(2).mean())


def test_a_frozen_stage_changes_neither_loss_nor_gradients_after_it(tiny, batch):
    batch_loss(tiny, batch).backward()
    expected = {name: None if p.grad is None else p.grad.clone() for name, p in tiny.named_parameters()}
    tiny.zero_grad()
    stage = FrozenStage(tiny, 3)
    found = losses(tiny, batch, stage)
    torch.testing.assert_close(found.balanced, losses(tiny, batch).balanced)
    found.total(LossWeights()).backward()
    for name, parameter in tiny.named_parameters():
        if parameter.requires_grad and not name.startswith("weighted.H/"):
            torch.testing.assert_close(parameter.grad, expected[name], rtol=1e-3, atol=1e-5)
        elif not name.startswith("weighted.H/"):
            assert parameter.grad is None and name.split(".")[1].replace("/", ".") in (
                "P1",
                "P2.dw",
                "P2.pw",
            ), name


def test_a_network_without_negatives_has_a_loss(batch):
    one = Batch(batch.template[:1], batch.search[:1, :2], batch.target[:1, :2])
    assert torch.isfinite(batch_loss(SiamMixer(TINY).eval(), one))
