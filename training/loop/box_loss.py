"""The loss of a network with a box head, part by part: the labels', and a tracking teacher's."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from siammixer.ir.box_map import UNITS
from siammixer.ir.network import Network
from siammixer.training.data.box_dataset import BoxSample
from siammixer.training.data.pairs import pixels
from siammixer.training.loop.loss import balanced_loss, labels, squared_distance

USUAL_SIZE = 64.0
"""Pixels of a 127-pixel exemplar."""
HARDEST, APART = 8, 24.0
"""Cells of a map that count as its hardest ones without the target, and how many pixels away from it they
begin."""
BELL_PIXELS = 8.0
AGREES = 0.4
"""How large a thing is by itself can only be asked where its box is a thing's: where the logarithms of the
teacher's sizes differ less than this."""
OCTAVE = float(np.log(2))
SCALES = torch.tensor([*UNITS[:3], *(unit / OCTAVE for unit in UNITS[3:])], dtype=torch.float32)
"""Box map integers of one logit, cell and natural logarithm, by channel."""


@dataclass(frozen=True, kw_only=True)
class BoxWeights:
    """Each part of the loss counts this much; those that begin with ``dense`` are of the dense correlation.

    Attributes
    ----------
    balanced, peak, kl, soft
        Of a score map: logistic with both classes alike; cross-entropy of the softmax with a bell; divergence
        from the teacher's softmax; logistic to the teacher's probabilities.
    negative, negative_peak, hard
        Strange templates: all cells and the highest; own templates: the hardest cells far from the target.
    place, size, extent, overlap, taught_box
        At the target's cells: smooth L1 of place, of sizes over the template's and by themselves; 1 - IoU;
        the same for the teacher's boxes.
    features
        Squared distance to the teacher's, normalised.
    """

    dense_balanced: float = 1.0
    dense_peak: float = 0.5
    dense_kl: float = 0.5
    dense_soft: float = 0.5
    dense_negative: float = 0.15
    dense_negative_peak: float = 0.05
    balanced: float = 1.0
    peak: float = 0.5
    kl: float = 0.5
    soft: float = 0.5
    negative: float = 0.5
    hard: float = 0.3
    place: float = 1.0
    size: float = 4.0
    extent: float = 4.0
    overlap: float = 1.0
    taught_box: float = 0.7
    features: float = 0.5


BOX_PARTS = tuple(field.name for field in fields(BoxWeights))


@dataclass(frozen=True, kw_only=True)
class BoxBatch:
    """n samples joined: ``template`` (n, s, s, 3) and ``search`` (n, 3, s, s, 3) uint8; the rest as in
    :class:`siammixer.training.data.box_dataset.BoxSample`, the searches of all samples one after another.
    """

    template: Tensor
    search: Tensor
    box: Tensor
    size: Tensor
    present: Tensor
    taught: Tensor | None = None
    taught_box: Tensor | None = None
    trust: Tensor | None = None
    features: Tensor | None = None
    problems: tuple[str, ...] = ()

    @property
    def own(self) -> Tensor:
        """(3 n,): the template of each search."""
        count, searches = self.search.shape[:2]
        return torch.arange(count, device=self.search.device).repeat_interleave(searches)

    def to(self, device: torch.device) -> BoxBatch:
        """Returns the batch on a device."""
        return self._each(lambda tensor: tensor.to(device, non_blocking=True))

    def pin_memory(self) -> BoxBatch:
        """Pins the tensors; the loader calls this where a GPU will fetch the batch."""
        return self._each(Tensor.pin_memory)

    def _each(self, change) -> BoxBatch:
        tensors = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(self, **{k: change(v) for k, v in tensors.items() if isinstance(v, Tensor)})


def collate_boxes(samples: list[BoxSample]) -> BoxBatch:
    """Joins n samples in one batch."""

    def joined(name: str) -> Tensor | None:
        parts = [getattr(sample, name) for sample in samples]
        if parts[0] is None:
            return None
        return torch.from_numpy((np.stack if name in ("template", "search") else np.concatenate)(parts))

    names = [field.name for field in fields(BoxBatch) if field.name != "problems"]
    problems = tuple(problem for sample in samples for problem in sample.problems)
    return BoxBatch(**{name: joined(name) for name in names}, problems=problems)


def _inner(maps: Tensor, side: int) -> Tensor:
    """The centre cells (..., side, side) of maps (..., r, r)."""
    edge = (maps.shape[-1] - side) // 2
    return maps[..., edge : maps.shape[-1] - edge, edge : maps.shape[-1] - edge]


def _seen(network: Network, batch: BoxBatch, side: int) -> Tensor:
    """The cells (n, side, side) at the target, 1.0, where there is one."""
    label = _inner(labels(network, batch.box[:, :2])[:, 0], side)
    return label * batch.present[:, None, None]


def map_losses(network: Network, logits: Tensor, batch: BoxBatch) -> dict[str, Tensor]:
    """The parts balanced, peak, kl and soft of score maps (n, r, r), whose cells are the inner ones of the
    dense response.
    """
    side, absent = logits.shape[-1], ~batch.present
    label, flat = _seen(network, batch, side), logits.flatten(1)
    seen = label.sum((1, 2)) > 0
    distances = _inner(squared_distance(network, batch.box[:, :2])[:, 0], side)
    bell = (-distances / (2 * pixels(network, BELL_PIXELS) ** 2)).flatten(1).softmax(1)
    result = {
        "balanced": balanced_loss(logits[seen][:, None], label[seen][:, None]),
        "peak": functional.cross_entropy(flat[seen], bell[seen]),
    }
    if not seen.any():
        result = dict.fromkeys(result, flat.sum() * 0)
    if absent.any():
        nothing = functional.softplus(flat[absent])
        share = 2 * absent.float().mean()
        result["balanced"] = result["balanced"] + share * (
            0.5 * nothing.mean() + 0.1 * nothing.amax(1).mean()
        )
    if batch.taught is None:
        return result
    taught = _inner(batch.taught.float(), side).flatten(1)
    trust = batch.trust * seen
    divergence = functional.kl_div(
        flat.log_softmax(1), taught.log_softmax(1), reduction="none", log_target=True
    ).sum(1)
    soft = functional.binary_cross_entropy_with_logits(flat, taught.sigmoid(), reduction="none").mean(1)
    total = trust.sum().clamp(min=1)
    return result | {"kl": (divergence * trust).sum() / total, "soft": (soft * trust).sum() / total}


def dense_losses(network: Network, logits: Tensor, batch: BoxBatch) -> dict[str, Tensor]:
    """The parts of the dense correlation's logits (3 n, n, r, r): of each search with each template."""
    own = functional.one_hot(batch.own, logits.shape[1]).bool()
    nothing = functional.softplus(logits[~own])
    parts = map_losses(network, logits[own], batch) | {
        "negative": nothing.mean() if len(nothing) else nothing.sum(),
        "negative_peak": nothing.flatten(1).amax(1).mean() if len(nothing) else nothing.sum(),
    }
    return {f"dense_{name}": value for name, value in parts.items()}


def score_losses(network: Network, scores: Tensor, strange: Tensor, batch: BoxBatch) -> dict[str, Tensor]:
    """The parts of the head's score logits.

    Parameters
    ----------
    scores, strange
        (3 n, r, r) with their own templates, (m, r, r) with others.
    """
    nothing = functional.softplus(strange.flatten(1))
    count = min(HARDEST, nothing.shape[1])
    away = squared_distance(network, batch.box[:, :2])[:, 0] > pixels(network, APART) ** 2
    away = _inner(away, scores.shape[-1]) | ~batch.present[:, None, None]
    wrong = (functional.softplus(scores) * away).flatten(1)
    return map_losses(network, scores, batch) | {
        "negative": 0.5 * nothing.mean() + 0.1 * nothing.topk(count)[0].mean(),
        "hard": wrong.topk(count)[0].mean(),
    }


def box_losses(network: Network, found: Tensor, extents: Tensor, batch: BoxBatch) -> dict[str, Tensor]:
    """The parts about boxes, at the target's cells.

    Parameters
    ----------
    found
        (3 n, 5, r, r): the head's answer in logits, cells and natural logarithms.
    extents
        (3 n, 2, r, r), natural logarithms over :data:`USUAL_SIZE`.
    """
    side = found.shape[-1]
    which, row, column = _seen(network, batch, side).nonzero().T
    if not len(which):
        nothing = (found.sum() + extents.sum()) * 0
        return dict.fromkeys(("place", "size", "extent", "overlap"), nothing)
    here = torch.stack([column, row], 1) - (side - 1) / 2
    apart = (batch.size[which] / pixels(network, USUAL_SIZE)).log()
    rows = torch.cat([found[which, 1:, row, column], extents[which, :, row, column]], 1)

    def cells(box: Tensor) -> Tensor:
        place = box[which, :2] / network.stride - here
        return torch.cat([place, box[which, 2:], box[which, 2:] + apart], 1)

    def overlaps(wanted: Tensor) -> tuple[Tensor, Tensor]:
        unit = pixels(network, USUAL_SIZE) / network.stride
        return _overlap(rows, wanted, 2, unit), _overlap(rows, wanted, 4, unit)

    wanted = cells(batch.box)
    result = {
        "place": functional.smooth_l1_loss(rows[:, :2], wanted[:, :2], beta=0.5),
        "size": functional.smooth_l1_loss(rows[:, 2:4], wanted[:, 2:4], beta=0.1),
    }
    relative, absolute = overlaps(wanted)
    by_itself = functional.smooth_l1_loss(rows[:, 4:], wanted[:, 4:], beta=0.1, reduction="none").mean(1)
    if batch.taught is None:
        return result | {
            "extent": by_itself.mean(),
            "overlap": 1 - (relative.mean() + absolute.mean()) / 2,
        }
    agree = ((batch.taught_box - batch.box)[:, 2:].abs().amax(1) < AGREES) * batch.trust
    agree = agree[which]
    counted = agree.sum().clamp(min=1)
    result["extent"] = (by_itself * agree).sum() / counted
    result["overlap"] = (1 - relative.mean() + ((1 - absolute) * agree).sum() / counted) / 2
    wanted = cells(batch.taught_box)
    relative, absolute = overlaps(wanted)
    sizes = functional.smooth_l1_loss(rows[:, 2:], wanted[:, 2:], beta=0.1, reduction="none").mean(1)
    loss = 1 - (relative + absolute) / 2 + 4 * sizes
    return result | {"taught_box": (loss * agree).sum() / counted}


def feature_loss(found: Tensor, wanted: Tensor) -> Tensor:
    """The squared distance of features (n, c, f, f), each channel's in units of its variance."""
    spread = wanted.var((0, 2, 3)).clamp(min=1e-3)[:, None, None]
    return ((found - wanted).square() / spread).mean()


def _overlap(a: Tensor, b: Tensor, first: int, unit: float) -> Tensor:
    """Intersection over union of boxes (k, 6): dx, dy in cells and, from ``first`` on, log sizes over
    ``unit`` cells.

    The unit of the sizes relative to the template cancels out nearly: places are small beside them.
    """
    ours, theirs = (values[:, first : first + 2].clamp(-2, 2).exp() * unit for values in (a, b))
    low = torch.maximum(a[:, :2] - ours / 2, b[:, :2] - theirs / 2)
    high = torch.minimum(a[:, :2] + ours / 2, b[:, :2] + theirs / 2)
    shared = (high - low).clamp(min=0).prod(1)
    return shared / (ours.prod(1) + theirs.prod(1) - shared).clamp(min=1e-6)
