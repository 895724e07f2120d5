"""The camera's side of the hardware: sizes of the crop on the stream, its video, its strips, its errors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.numerics import signed_bits
from siammixer.ir.operators import IMAGE
from siammixer.ir.patches import Grid, patches
from siammixer.ir.window import CENTRE_BITS, GROWTH, STEP_BITS

VIDEO_FIELDS = (("red", 8), ("green", 8), ("blue", 8), ("first", 1), ("last", 1))
"""A pixel of video, field by field from the least significant bit on, with their widths in bits: ``first``
marks the first pixel of a frame (TUSER of AXI4-Stream video), ``last`` the last one of a line (TLAST).
"""

LIMITS = {
    "frame_width": (1, 4096),
    "frame_height": (1, 4096),
    "side": (1, 1023),
    "exemplar_side": (1, 1023),
    "source_rows": (2, 64),
    "crop_rows": (2, 64),
}
"""The smallest and the largest value of each size of a :class:`Camera`."""


class FrameFault(IntEnum):
    """Everything that can be wrong with a frame."""

    NONE = 0
    SHORT_LINE = 1
    """``last`` came before the line's last pixel."""
    LONG_LINE = 2
    """The line's last pixel had no ``last``."""
    SHORT_FRAME = 3
    """A frame began before the one in progress had all its lines."""
    LONG_FRAME = 4
    """A pixel followed the last line that began no frame."""
    OVERFLOW = 5
    """Pixels came faster than they could be used, and one was lost."""


FAULT_MESSAGES = {
    FrameFault.NONE: "no fault",
    FrameFault.SHORT_LINE: "a line ended before its last pixel",
    FrameFault.LONG_LINE: "a line went on behind its last pixel",
    FrameFault.SHORT_FRAME: "the next frame began before all lines had come",
    FrameFault.LONG_FRAME: "pixels followed the frame's last line",
    FrameFault.OVERFLOW: "pixels came faster than they could be used, and one was lost",
}


@dataclass(frozen=True, kw_only=True)
class Camera:
    """Sizes of the crop on the stream.

    Parameters
    ----------
    frame_width, frame_height
        Largest frame, in pixels.
    side
        Largest crop, in pixels along an edge.
    exemplar_side
        The network's: crop pixels that a target with its context is scaled to.
    source_rows
        Resampled source rows that are kept, a power of two: how far the camera may be ahead of the core.
    crop_rows
        Crop rows that are kept, a power of two: at least those that two strips share.

    Raises
    ------
    InputError
        A size is out of its range.
    """

    frame_width: int = 1280
    frame_height: int = 720
    side: int = 255
    exemplar_side: int = 127
    source_rows: int = 8
    crop_rows: int = 16

    def __post_init__(self) -> None:
        for field, (low, high) in LIMITS.items():
            value = getattr(self, field)
            if not low <= value <= high:
                raise InputError(f"{field} of a camera must be {low}..{high}, not {value}")
            if field.endswith("_rows") and value.bit_count() != 1:
                raise InputError(f"{field} of a camera must be a power of two, not {value}")

    @property
    def pitch(self) -> int:
        """Words from a row to the next in the rings: a power of two."""
        return 1 << (self.side - 1).bit_length()

    @property
    def edge(self) -> int:
        """Pixels of the frame's longer edge."""
        return max(self.frame_width, self.frame_height)

    @property
    def pixels_bits(self) -> int:
        """Bits of the number of a frame's pixels."""
        return (self.frame_width * self.frame_height).bit_length()

    @property
    def size_bits(self) -> int:
        """Bits of a target's width and height, in 1/2**CENTRE_BITS image pixel."""
        return ((self.edge * GROWTH) << CENTRE_BITS).bit_length()

    @property
    def largest_step(self) -> int:
        """The largest step of a window, in 1/2**STEP_BITS image pixel."""
        context = 2 * ((1 << self.size_bits) - 1)
        return ((context << (STEP_BITS - CENTRE_BITS + 1)) // self.exemplar_side + 1) >> 1

    @property
    def step_bits(self) -> int:
        """Bits of a window's step."""
        return self.largest_step.bit_length()

    @property
    def position_bits(self) -> int:
        """Bits of the position of a crop pixel along an axis, in 1/2**STEP_BITS image pixel, signed. The
        window's centre may lie beside the frame by as much as the window is large.
        """
        return signed_bits(((self.edge + 1) << STEP_BITS) + 2 * self.side * self.largest_step)

    def require(self, strips: Strips) -> None:
        """Raises :class:`InputError` where the rings are too small for a network's strips."""
        for what, need, have in (
            ("columns", strips.columns, self.side),
            ("rows", strips.crop_rows, self.side),
            ("rows that two strips share", strips.shared, self.crop_rows),
        ):
            if need > have:
                raise InputError(f"the crop has {need} {what}, of which the camera's rings hold {have}")


@dataclass(frozen=True, kw_only=True)
class Strips:
    """The order in which the core takes the rows of a crop: strips of full width, one below the other.

    A strip begins ``advance`` rows below the one before it, the last one at ``last_top``; what two strips
    share is sent twice.

    Parameters
    ----------
    columns
        Pixels of a row.
    rows
        Rows of a strip.
    advance
        Rows from the begin of a strip to the begin of the next.
    last_top
        The first row of the last strip, 0 where there is only one.
    """

    columns: int
    rows: int
    advance: int
    last_top: int

    @property
    def crop_rows(self) -> int:
        """Rows of the crop that the strips have."""
        return self.last_top + self.rows

    @property
    def tops(self) -> list[int]:
        """The first row of each strip."""
        return [*range(0, self.last_top, self.advance), self.last_top]

    @property
    def order(self) -> list[int]:
        """The rows of the crop in the order in which they are sent."""
        return [row for top in self.tops for row in range(top, top + self.rows)]

    @property
    def shared(self) -> int:
        """Rows that a strip has in common with the next, at most."""
        return max((top + self.rows - after for top, after in pairwise(self.tops)), default=0)


def strips(network: Network, branch: str, grid: Grid) -> Strips:
    """The strips of a network's branch, as its program takes them with a patch grid of one column.

    Raises
    ------
    InputError
        The grid has several columns, or does not suit the network, or the network has no patch layers.
    """
    if grid.columns != 1:
        raise InputError(f"a stream wants strips, so the patch grid must be Nx1, not {grid}")
    regions = [patch.regions[IMAGE] for patch in patches(network, branch, grid)]
    if not regions:
        raise InputError(f"network {network.name} has no patch layers, which take the pixels")
    first, last = regions[0], regions[-1]
    advance = regions[1].top if len(regions) > 1 else first.height
    return Strips(columns=first.width, rows=first.height, advance=advance, last_top=last.top)
