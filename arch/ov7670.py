"""The OV7670 camera: the registers that are written at power-up, and its timing.

The registers' meanings and the timing are from OmniVision's "OV7670/OV7171 CMOS VGA CameraChip" datasheet
(version 1.4, 2006). Scaling is from its "Implementation Guide" (version 1.0, 2005); colours, which neither
explains, from the driver of Linux (drivers/media/i2c/ov7670.c), which has them from OmniVision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from siammixer.ir.errors import InputError

SCCB_ADDRESS = 0x42
"""The byte that begins a write to the camera: its address on the bus, and 0 for a write."""
XCLK_HZ = 24_000_000
"""The clock that the camera is given; 10 to 48 MHz are allowed."""
SETTLE_SECONDS = 0.01
"""The pause before the first write, and after a reset. The datasheet asks for 1 ms, Linux waits 5 ms."""

BYTES_PER_PIXEL = 2
WIDTH, HEIGHT = 640, 480
"""Pixels of a line, and lines of a frame, at full size."""
LINE_PIXELS = 784
"""Pixels from the begin of a line to the begin of the next: 640, and 144 in which HREF is low."""
VSYNC_LINES, LINES_BEFORE, LINES_AFTER = 3, 17, 10
"""Lines with VSYNC, from there to the first line of pixels, and from the last one to VSYNC again."""
FRAME_LINES = VSYNC_LINES + LINES_BEFORE + HEIGHT + LINES_AFTER

# The window's begin in the sensor's own counts of a line and of a frame, which wrap.
_LEFT, _TOP = 158, 10
_QUARTER_LEFT, _QUARTER_TOP = 180, 10


class Register(IntEnum):
    """The registers that are written here, by the datasheet's names."""

    VREF = 0x03
    CLKRC = 0x11
    COM3 = 0x0C
    COM7 = 0x12
    COM10 = 0x15
    HSTART = 0x17
    HSTOP = 0x18
    VSTRT = 0x19
    VSTOP = 0x1A
    HREF = 0x32
    TSLB = 0x3A
    COM13 = 0x3D
    COM14 = 0x3E
    COM15 = 0x40
    COM16 = 0x41
    MTX1 = 0x4F
    MTX2 = 0x50
    MTX3 = 0x51
    MTX4 = 0x52
    MTX5 = 0x53
    MTX6 = 0x54
    MTXS = 0x58
    DBLV = 0x6B
    SCALING_XSC = 0x70
    SCALING_YSC = 0x71
    SCALING_DCWCTR = 0x72
    SCALING_PCLK_DIV = 0x73
    RGB444 = 0x8C
    SCALING_PCLK_DELAY = 0xA2
    RESERVED_B0 = 0xB0


@dataclass(frozen=True, kw_only=True)
class RegisterWrite:
    """A register's new value.

    Parameters
    ----------
    register, value
        Bytes.
    settle
        The camera needs a pause afterwards.

    Raises
    ------
    InputError
        Register or value is no byte.
    """

    register: int
    value: int
    settle: bool = False

    def __post_init__(self) -> None:
        for what in ("register", "value"):
            if not 0 <= getattr(self, what) <= 0xFF:
                raise InputError(f"{what} of a camera must be 0..255, not {getattr(self, what)}")


def _window(left: int, top: int) -> Sequence[RegisterWrite]:
    """The sensor's pixels that are sent, 640 x 480 from there on: the high bits of a begin or an end in one
    register, the low bits of both in another. Lines are 784 pixels long, and the columns wrap there.
    """
    right, bottom = (left + WIDTH) % LINE_PIXELS, top + HEIGHT
    # HREF's two highest bits are its distance to the data; VREF's, at 0, belong to the gain.
    edge, gain = 0b10 << 6, 0
    return _writes(
        (Register.HSTART, left >> 3),
        (Register.HSTOP, right >> 3),
        (Register.HREF, edge | (right & 7) << 3 | left & 7),
        (Register.VSTRT, top >> 2),
        (Register.VSTOP, bottom >> 2),
        (Register.VREF, gain | (bottom & 3) << 2 | top & 3),
    )


def _writes(*pairs: tuple[Register, int]) -> Sequence[RegisterWrite]:
    return [RegisterWrite(register=register, value=value) for register, value in pairs]


_RESET = RegisterWrite(register=Register.COM7, value=0x80, settle=True)
_FORMAT = _writes(
    # PCLK is XCLK: the clock is not divided, its multiplier is bypassed. Bit 7 is "reserved", and set after a
    # reset; without it the clock is halved (Linux's driver has a comment on that).
    (Register.CLKRC, 0x80),
    (Register.DBLV, 0x0A),
    # RGB, and neither of the fixed smaller sizes: what is smaller is scaled.
    (Register.COM7, 0x04),
    # RGB565, from 0 to 255: the first byte has red and three bits of green.
    (Register.COM15, 0xD0),
    (Register.RGB444, 0x00),
    # HREF, VSYNC high between frames, and PCLK always: a line's last pixel leaves with the clock after it.
    (Register.COM10, 0x00),
    # The window stays as it is written, whatever the size.
    (Register.TSLB, 0x04),
)
_COLOURS = _writes(
    # Gamma; saturation as the light allows.
    (Register.COM13, 0xC0),
    # Automatic white balance by gain, automatic edges and noise.
    (Register.COM16, 0x38),
    # From the sensor's colours to RGB.
    (Register.MTX1, 0xB3),
    (Register.MTX2, 0xB3),
    (Register.MTX3, 0x00),
    (Register.MTX4, 0x3D),
    (Register.MTX5, 0xA7),
    (Register.MTX6, 0xE4),
    (Register.MTXS, 0x9E),
    # In no document. Without it colours are wrong, as all say who have tried.
    (Register.RESERVED_B0, 0x84),
)
_FULL_SIZE = _writes(
    # Neither scaled nor reduced.
    (Register.COM3, 0x00),
    (Register.COM14, 0x00),
    (Register.SCALING_XSC, 0x3A),
    (Register.SCALING_YSC, 0x35),
    (Register.SCALING_DCWCTR, 0x11),
    (Register.SCALING_PCLK_DIV, 0xF0),
    (Register.SCALING_PCLK_DELAY, 0x02),
)
_HALF_SIZE = _writes(
    # Of two columns and two lines one, averaged; PCLK is half as fast.
    (Register.COM3, 0x04),
    (Register.COM14, 0x19),
    (Register.SCALING_XSC, 0x3A),
    (Register.SCALING_YSC, 0x35),
    (Register.SCALING_DCWCTR, 0x11),
    (Register.SCALING_PCLK_DIV, 0xF1),
    (Register.SCALING_PCLK_DELAY, 0x02),
)
VGA = (_RESET, *_FORMAT, *_window(_LEFT, _TOP), *_FULL_SIZE, *_COLOURS)
"""640x480, RGB565, 30 frames a second with an XCLK of 24 MHz."""
QVGA = (_RESET, *_FORMAT, *_window(_QUARTER_LEFT, _QUARTER_TOP), *_HALF_SIZE, *_COLOURS)
"""320x240, as often."""


def frames_per_second(xclk_hz: float = XCLK_HZ) -> float:
    """How many frames the camera sends a second, with :data:`VGA` written: a byte for each XCLK."""
    return xclk_hz / (BYTES_PER_PIXEL * LINE_PIXELS * FRAME_LINES)
