"""The news that the tracker in the fabric must tell of a frame, from what the Python tracker gives."""

from __future__ import annotations

from dataclasses import dataclass

from siammixer.arch.fabric import State as FabricState
from siammixer.ir.window import CENTRE_BITS
from siammixer.tracking import fixed
from siammixer.tracking.box import Box
from siammixer.tracking.crop import in_units
from siammixer.tracking.tracker import State

_UNIT = 2**CENTRE_BITS
_BOX_UNITS = (2 * _UNIT, 2 * _UNIT, _UNIT, _UNIT)


@dataclass(frozen=True, kw_only=True)
class ExpectedNews:
    """The news of a frame, None where it does not matter.

    Parameters
    ----------
    state, code
        As RESULT has them (:mod:`siammixer.arch.tracker_registers`).
    box
        Left and upper edge in 1/512 pixel, width and height in 1/256.
    confidence
        In 1/32768.
    window
        Left, top and step in 1/65536 pixel.
    """

    state: FabricState
    code: int = 0
    box: tuple[int, ...] | None = None
    confidence: int | None = None
    window: tuple[int, ...] | None = None


def learning_news(box: Box) -> ExpectedNews:
    """The news of every frame from which a target with that first box is learnt."""
    x, y, width, height = in_units(box)
    return ExpectedNews(state=FabricState.LEARNING, box=(2 * x - width, 2 * y - height, width, height))


def tracking_news(state: State) -> ExpectedNews:
    """The news of a frame of which the Python tracker gives that state."""
    return ExpectedNews(
        state=FabricState.LOST if state.lost else FabricState.TRACKING,
        box=tuple(round(value * unit) for value, unit in zip(state.box, _BOX_UNITS, strict=True)),
        confidence=round(state.confidence * fixed.ONE),
        window=(*state.window.first, state.window.step),
    )
