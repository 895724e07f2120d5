"""The loss of a batch, part by part."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from siammixer.ir.network import Network
from siammixer.training.data.dataset import TRIPLET
from siammixer.training.data.loader import Batch
from siammixer.training.data.pairs import HIT_PIXELS, pixels
from siammixer.training.loop.distributed import all_mean, gather
from siammixer.training.model.frozen import FrozenStage
from siammixer.training.model.model import SiamMixer, to_input


@dataclass(frozen=True, kw_only=True)
class LossWeights:
    """Each part of the loss counts this much; ``track`` weighs all parts about the response together."""

    track: float = 0.5
    peak: float = 0.5
    negative: float = 0.15
    negative_peak: float = 0.02
    scale: float = 0.25
    teacher: float = 1.0


@dataclass(frozen=True)
class Losses:
    """Parts of a batch's loss, scalars, each the mean of what it counts; without weights."""

    balanced: Tensor
    peak: Tensor
    negative: Tensor
    negative_peak: Tensor
    scale: Tensor
    teacher: Tensor

    def total(self, weights: LossWeights) -> Tensor:
        """Returns the weighted sum of the parts, a scalar."""
        response = self.balanced + weights.peak * self.peak + weights.negative * self.negative
        response = response + weights.negative_peak * self.negative_peak + weights.scale * self.scale
        return weights.track * response + weights.teacher * self.teacher


def squared_distance(network: Network, target: Tensor) -> Tensor:
    """Measures every response cell's distance from the target, in square pixels: (n, 2) -> (n, 1, r, r)."""
    side = network.correlation.out_shape[0]
    offset = (torch.arange(side, device=target.device) - (side - 1) / 2) * network.stride
    return ((offset - target[:, :1]).square()[:, None, :] + (offset - target[:, 1:]).square()[:, :, None])[
        :, None
    ]


def labels(network: Network, target: Tensor) -> Tensor:
    """Labels response cells within 16 px of the target (dx, dy) by 1.0: (n, 2) pixels -> (n, 1, r, r)."""
    return (squared_distance(network, target) <= pixels(network, HIT_PIXELS) ** 2).float()


def balanced_loss(logits: Tensor, label: Tensor) -> Tensor:
    """Returns the logistic loss in which each pair's positive cells weigh as much as its negative cells;
    shapes (n, 1, r, r).
    """
    loss = functional.binary_cross_entropy_with_logits(logits, label, reduction="none")
    positive = (loss * label).sum((1, 2, 3)) / label.sum((1, 2, 3)).clamp(min=1)
    negative = (loss * (1 - label)).sum((1, 2, 3)) / (1 - label).sum((1, 2, 3)).clamp(min=1)
    return (positive + negative).mean() / 2


def peak_loss(network: Network, logits: Tensor, target: Tensor) -> Tensor:
    """Returns the cross-entropy between the softmax over the cells (n, 1, r, r) and a bell of sigma 8 px
    around the target (n, 2).

    The logistic loss judges each cell by itself; what the tracker reads is which cell is the largest.
    """
    bell = (
        (-squared_distance(network, target) / (2 * pixels(network, HIT_PIXELS / 2) ** 2))
        .flatten(1)
        .softmax(1)
    )
    return functional.cross_entropy(logits.flatten(1), bell)


def negative_losses(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Returns two logistic losses of responses (n, r, r) to other targets' templates: the mean of all cells,
    and of each response's largest cell.
    """
    if not len(logits):
        return logits.sum(), logits.sum()
    loss = functional.softplus(logits)
    return loss.mean(), loss.flatten(1).amax(1).mean()


def scale_loss(logits: Tensor, label: Tensor, triplet: Tensor) -> Tensor:
    """Returns the cross-entropy of the middle one of each scale triplet: its largest cell on the target
    should be the largest of the three.

    Parameters
    ----------
    logits, label
        (n * 3, 1, r, r), three searches of a sample after each other.
    triplet
        bool (n,): the samples that are scale triplets.
    """
    heights = logits.masked_fill(label == 0, -1e4).amax((1, 2, 3)).view(len(triplet), TRIPLET)
    middle = torch.full((len(triplet),), TRIPLET // 2, device=logits.device)
    return _mean_where(functional.cross_entropy(heights, middle, reduction="none"), triplet)


def teacher_loss(maps: Tensor, wanted: Tensor, counted: Tensor) -> Tensor:
    """Returns the squared distance of embeddings (m, c, e, e) from the teacher's features, a mean over the
    cells that count, bool (m, e, e).
    """
    return _mean_where((maps - wanted).square().sum(1), counted)


def _mean_where(values: Tensor, counts: Tensor) -> Tensor:
    """Returns the mean of the values that count, over all processes' batches, or 0 where none does; each of
    several processes returns its part.
    """
    return (values * counts).sum() / all_mean(counts.sum().float()).clamp(min=1e-6)


def losses(
    model: SiamMixer, batch: Batch, stage: FrozenStage | None = None, precision: torch.dtype | None = None
) -> Losses:
    """Returns the parts of the loss of a batch.

    Both branches go through BatchNorm as one batch of search-sized crops, because in use they share its
    statistics. A smaller template crop, as in the local network, gives the same centre cells.

    Every search is correlated with every template, by one dense convolution. With its own template the
    response must peak on the target; with another target's, a negative pair, nothing may respond.

    Parameters
    ----------
    stage
        Computes the frozen operators.
    precision
        What autocast computes the embeddings in; None: float32.
    """
    network, (count, searches) = model.network, batch.search.shape[:2]
    images = to_input(torch.cat([batch.template, batch.search.flatten(0, 1)]))
    with torch.autocast(images.device.type, precision, enabled=precision is not None):
        maps = (
            model.after(stage(images), "search")[network.embedding]
            if stage
            else model.embed(images, "search")
        )
    maps = maps.float()
    template, first = gather(model.template_of(maps[:count]))
    logits = model.logits(functional.conv2d(maps[count:], template)).unflatten(0, (count, searches))
    own = torch.zeros(count, len(template), dtype=torch.bool, device=maps.device)
    own[torch.arange(count), first + torch.arange(count)] = True
    own = own[:, None].expand(count, searches, len(template))
    matched, target = logits[own][:, None], batch.target.flatten(0, 1)
    label, nothing = labels(network, target), maps.new_zeros(())
    return Losses(
        balanced_loss(matched, label),
        peak_loss(network, matched, target),
        *negative_losses(logits[~own]),
        scale_loss(matched, label, batch.triplet)
        if batch.triplet is not None and searches == TRIPLET
        else nothing,
        teacher_loss(maps, *teacher_targets(batch)) if batch.wanted is not None else nothing,
    )


def teacher_targets(batch: Batch) -> tuple[Tensor, Tensor]:
    """Returns the teacher's features (m, c, e, e) and where they count (m, e, e), all templates first, as
    :func:`losses` orders the crops.
    """
    return tuple(torch.cat([x[:, 0], x[:, 1:].flatten(0, 1)]) for x in (batch.wanted, batch.counted))


def batch_loss(model: SiamMixer, batch: Batch, weights: LossWeights | None = None) -> Tensor:
    """Returns the loss of a batch, a scalar, in float32."""
    return losses(model, batch).total(weights or LossWeights())
