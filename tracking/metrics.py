"""How well boxes found agree with boxes given: the figures that benchmarks publish.

* Success: the share of frames whose overlap (intersection over union) exceeds a threshold, for the
  21 thresholds 0, 0.05 ... 1. Its mean is ``auc``, its value at 0.5 is ``sr50``.
* Precision: the share of frames whose centres lie at most 0, 1 ... 50 pixels apart; at 20 it is ``p20``.
* ``ao``: the mean overlap.

Frames without a box given are not counted. What else differs between benchmarks is in :class:`Rules`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box

OVERLAP_THRESHOLDS = np.arange(21) / 20
ERROR_THRESHOLDS = np.arange(51)
HALF, TWENTY_PIXELS = 10, 20
"""The places of ``sr50`` and ``p20`` in the two curves."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """A benchmark's customs.

    Parameters
    ----------
    first_frame
        Whether the first frame counts, whose box was given to the tracker.
    bounded
        Whether both boxes are cut at the image's edges before they are compared.
    pooled
        Whether the overall figures are those of all frames together; otherwise every sequence weighs the
        same.
    """

    first_frame: bool = True
    bounded: bool = False
    pooled: bool = False


ONE_PASS = Rules()
"""One-pass evaluation as OTB defined it and UAV123 and LaSOT took it over."""

RULES = {
    "otb": ONE_PASS,
    "uav123": ONE_PASS,
    "lasot": ONE_PASS,
    "vot": ONE_PASS,
    "got10k": Rules(first_frame=False, bounded=True, pooled=True),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Agreement:
    """The frames of a sequence that count: overlaps float64 (n,), 0 to 1, and distances of the centres
    float64 (n,), in pixels.
    """

    overlaps: np.ndarray
    errors: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Scores:
    """Success (21,) and precision (51,) curves, mean overlap, and the number of frames that counted; NaN
    where none did.
    """

    success: np.ndarray
    precision: np.ndarray
    ao: float
    frames: int

    @property
    def auc(self) -> float:
        """The mean of the success curve, 0 to 1."""
        return float(self.success.mean())

    @property
    def sr50(self) -> float:
        """The share of frames whose overlap exceeds 0.5."""
        return float(self.success[HALF])

    @property
    def p20(self) -> float:
        """The share of frames whose centre lies at most 20 pixels from the given one."""
        return float(self.precision[TWENTY_PIXELS])


def agreement(
    found: Sequence[Box], given: Sequence[Box | None], size: tuple[int, int], rules: Rules = ONE_PASS
) -> Agreement:
    """Compares a sequence's boxes frame by frame.

    Parameters
    ----------
    found, given
        A box for every frame; None where the target's is not known or it is not to be seen.
    size
        Width and height of the frames.

    Raises
    ------
    InputError
        If the two differ in length.
    """
    if len(found) != len(given):
        raise InputError(f"boxes found must be as many as frames, {len(given)}, not {len(found)}")
    start = 0 if rules.first_frame else 1
    pairs = [
        (mine, truth) for mine, truth in zip(found[start:], given[start:], strict=True) if truth is not None
    ]
    mine, truth = (np.array([pair[side] for pair in pairs], np.float64).reshape(-1, 4) for side in (0, 1))
    errors = np.hypot(*((mine - truth)[:, :2] + (mine - truth)[:, 2:] / 2).T)
    if rules.bounded:
        mine, truth = _bounded(mine, size), _bounded(truth, size)
    return Agreement(overlaps=overlaps(mine, truth), errors=errors)


def overlaps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Returns the intersection over union of boxes x, y, width, height (n, 4), row by row; 0 where both are
    empty.
    """
    sides = np.minimum(a[:, :2] + a[:, 2:], b[:, :2] + b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    shared = sides.clip(min=0).prod(axis=1)
    union = a[:, 2:].prod(axis=1) + b[:, 2:].prod(axis=1) - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def score(frames: Agreement) -> Scores:
    """Returns the scores of one set of frames; all are NaN where no frame counts."""
    count = len(frames.overlaps)
    if count == 0:
        return Scores(success=np.full(21, np.nan), precision=np.full(51, np.nan), ao=float("nan"), frames=0)
    return Scores(
        success=(frames.overlaps[:, None] > OVERLAP_THRESHOLDS).mean(axis=0),
        precision=(frames.errors[:, None] <= ERROR_THRESHOLDS).mean(axis=0),
        ao=float(frames.overlaps.mean()),
        frames=count,
    )


def overall(sequences: Sequence[Agreement], rules: Rules = ONE_PASS) -> Scores:
    """Returns the figures of a whole benchmark; a sequence without a frame that counts is left out."""
    counted = [frames for frames in sequences if len(frames.overlaps)]
    if not counted or rules.pooled:
        nothing = np.zeros(0)
        together = (
            np.concatenate([nothing, *(getattr(frames, field) for frames in counted)])
            for field in ("overlaps", "errors")
        )
        return score(Agreement(**dict(zip(("overlaps", "errors"), together, strict=True))))
    scores = [score(frames) for frames in counted]
    return Scores(
        success=np.mean([one.success for one in scores], axis=0),
        precision=np.mean([one.precision for one in scores], axis=0),
        ao=float(np.mean([one.ao for one in scores])),
        frames=sum(one.frames for one in scores),
    )


def _bounded(boxes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Returns the parts of boxes (n, 4) inside an image; as GOT-10k's toolkit does it: the corner moves
    inside, the size shrinks to fit.
    """
    corner = boxes[:, :2].clip(0, size)
    return np.concatenate([corner, boxes[:, 2:].clip(0, size - corner)], axis=1)
