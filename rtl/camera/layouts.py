"""Layouts of the data that the blocks of the crop hand to each other."""

from amaranth.hdl import signed
from amaranth.lib import data

from siammixer.arch.camera import VIDEO_FIELDS, Camera
from siammixer.ir.window import BLEND_BITS, STEP_BITS

COLOURS = ("red", "green", "blue")
RGB = data.StructLayout(dict.fromkeys(COLOURS, 8))
"""A pixel."""
VIDEO = data.StructLayout(dict(VIDEO_FIELDS))
"""A pixel of a video stream (siammixer.arch.camera.VIDEO_FIELDS)."""
BLENDED_BITS = 8 + BLEND_BITS
# Not an array: Amaranth would name the parts of a port as yosys names its bits, on which ABC fails.
BLENDED = data.StructLayout(dict.fromkeys(COLOURS, BLENDED_BITS))
"""A pixel blended along one axis, in 1/2**BLEND_BITS."""


def frame_layout(camera: Camera) -> data.StructLayout:
    """A frame's ``width`` and ``height`` in pixels, each at least 1."""
    return data.StructLayout(
        {"width": camera.frame_width.bit_length(), "height": camera.frame_height.bit_length()}
    )


def window_layout(camera: Camera) -> data.StructLayout:
    """A window: the position of its first sample (``left``, ``top``, 0 being the middle of the frame's first
    pixel) and the ``step`` from sample to sample, in 1/2**STEP_BITS pixel; the colour around the frame.
    """
    position = signed(camera.position_bits)
    return data.StructLayout({"left": position, "top": position, "step": camera.step_bits, "fill": RGB})


def strips_layout(camera: Camera) -> data.StructLayout:
    """The strips of a crop, as :class:`siammixer.arch.camera.Strips` has them."""
    bits = camera.side.bit_length()
    return data.StructLayout(dict.fromkeys(("columns", "rows", "advance", "last_top"), bits))


def half_up(fraction_bits: int) -> int:
    """The number that is added before so many bits are cut, to round half up."""
    return 1 << (fraction_bits - 1)


ROUND_POSITION = half_up(STEP_BITS - BLEND_BITS)
"""Added to a position: its bits from STEP_BITS - BLEND_BITS on are then the position rounded."""
