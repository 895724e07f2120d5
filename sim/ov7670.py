"""An OV7670 camera for simulations: the pins of its video, and its registers on the bus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from amaranth.hdl import ClockDomain

from siammixer.arch.ov7670 import (
    BYTES_PER_PIXEL,
    FRAME_LINES,
    HEIGHT,
    LINE_PIXELS,
    LINES_BEFORE,
    SCCB_ADDRESS,
    VSYNC_LINES,
    WIDTH,
    Register,
)

_BYTE_BITS = 9  # with the acknowledgement


@dataclass(frozen=True, kw_only=True)
class VideoTiming:
    """How a camera sends frames: in pixels along a line, in lines down a frame.

    Parameters
    ----------
    width, height
        Pixels that are sent.
    line_pixels, frame_lines
        With the blanking.
    vsync_lines, lines_before
        Lines with VSYNC, which begin a frame, and lines from there to the first pixel.
    """

    width: int = WIDTH
    height: int = HEIGHT
    line_pixels: int = LINE_PIXELS
    frame_lines: int = FRAME_LINES
    vsync_lines: int = VSYNC_LINES
    lines_before: int = LINES_BEFORE

    def array(self, frame: np.ndarray) -> np.ndarray:
        """VSYNC, HREF and the data in each clock, uint8 (clocks, 3), of a frame uint8 (height, width, 3)."""
        lines = np.zeros((self.frame_lines, BYTES_PER_PIXEL * self.line_pixels, 3), np.uint8)
        lines[: self.vsync_lines, :, 0] = 1
        begin = self.vsync_lines + self.lines_before
        rows = lines[begin : begin + self.height, : BYTES_PER_PIXEL * self.width]
        rows[..., 1] = 1
        rows[..., 2] = rgb565(frame)
        return lines.reshape(-1, 3)


def rgb565(frame: np.ndarray) -> np.ndarray:
    """A frame uint8 (height, width, 3) as the bytes of its lines, (height, 2 * width): the first byte of a
    pixel has red and the higher bits of green.
    """
    red, green, blue = (frame[..., colour].astype(int) for colour in range(3))
    pixels = red >> 3 << 11 | green >> 2 << 5 | blue >> 3
    return np.stack([pixels >> 8, pixels & 0xFF], axis=-1).reshape(len(frame), -1).astype(np.uint8)


def received(frame: np.ndarray) -> np.ndarray:
    """The frame that a camera's RGB565 leaves of one, uint8: 5 and 6 bits a colour, the highest repeated."""
    bits = np.array([5, 6, 5])
    kept = frame.astype(int) >> (8 - bits)
    return (kept << (8 - bits) | kept >> (2 * bits - 8)).astype(np.uint8)


async def drive(
    ctx: Any, domain: ClockDomain, ports: Any, clocks: Iterable[Sequence[int]], period: float
) -> None:
    """Drives a camera's pins: PCLK with its period in seconds, the others with its falling edge.

    Parameters
    ----------
    domain
        The domain that PCLK drives.
    ports
        Has the ports ``vsync``, ``href`` and ``data``.
    clocks
        VSYNC, HREF and the data in each clock, as :meth:`VideoTiming.array` has them.
    """
    for vsync, href, byte in clocks:
        ctx.set(domain.clk, 0)
        ctx.set(ports.vsync, vsync)
        ctx.set(ports.href, href)
        ctx.set(ports.data, byte)
        await ctx.delay(period / 2)
        ctx.set(domain.clk, 1)
        await ctx.delay(period / 2)


class Ov7670Registers:
    """The camera's end of the bus, as a test bench (:meth:`bench`) at the ports ``clock``, ``data_low`` and
    ``data``. It sees the bus in every cycle of the clock, holds the open line low when it acknowledges, and
    asserts that the data change under a high clock only to start or to stop.

    Attributes
    ----------
    answers
        How many bytes of a transfer to its address it acknowledges; may be changed at any time.
    holds
        Something holds the data low; may be changed at any time.
    values
        The registers written since the last reset, by their numbers.
    writes
        All writes so far: (register, value).
    transfers
        The bytes of each transfer so far, whoever it was for.
    """

    def __init__(self, ports: Any, *, address: int = SCCB_ADDRESS):
        self._ports, self._address = ports, address
        self.answers = 3
        self.holds = False
        self.values: dict[int, int] = {}
        self.writes: list[tuple[int, int]] = []
        self.transfers: list[list[int]] = []

    async def bench(self, ctx: Any) -> None:
        """Runs as long as the simulation."""
        clock, data, pulled = 1, 1, False
        bits: list[int] | None = None
        while True:
            _, _, now, low = await ctx.tick().sample(self._ports.clock, self._ports.data_low)
            level = int(not (low or pulled or self.holds))
            ctx.set(self._ports.data, level)
            if clock and now and level != data:
                if level and bits is not None:
                    self._stop(bits)
                bits = None if level else []
            elif now > clock and bits is not None:
                bits.append(level)
            elif now < clock:
                pulled = self._acknowledges(bits)
            if self.holds:  # the camera cannot tell what comes
                bits = None
            clock, data = now, level

    def _acknowledges(self, bits: list[int] | None) -> bool:
        """Whether the next bit acknowledges the byte before it."""
        if bits is None or len(bits) % _BYTE_BITS != _BYTE_BITS - 1:
            return False
        transfer = _bytes([*bits, 0])
        return len(transfer) <= self.answers and transfer[0] == self._address

    def _stop(self, bits: list[int]) -> None:
        """A transfer ends. Its last bit was the low data that rise to stop."""
        assert len(bits) % _BYTE_BITS == 1 and not bits[-1], f"a stop after {len(bits)} bits"
        transfer = _bytes(bits)
        self.transfers.append(transfer)
        if transfer[0] != self._address or len(transfer) != 3:
            return
        _, register, value = transfer
        self.writes.append((register, value))
        self.values[register] = value
        if register == Register.COM7 and value & 0x80:
            self.values.clear()

    @property
    def size(self) -> tuple[int, int] | None:
        """(width, height) that the registers ask for; None where that is no video in RGB565."""
        values = self.values
        if values.get(Register.COM7) != 0x04 or values.get(Register.COM15, 0) & 0x30 != 0x10:
            return None
        edges, rows = values[Register.HREF], values[Register.VREF]
        left = values[Register.HSTART] << 3 | edges & 7
        right = values[Register.HSTOP] << 3 | edges >> 3 & 7
        top = values[Register.VSTRT] << 2 | rows & 3
        bottom = values[Register.VSTOP] << 2 | rows >> 2 & 3
        width, height = (right - left) % LINE_PIXELS, bottom - top
        if values[Register.COM3] & 0x04:
            down = values[Register.SCALING_DCWCTR]
            return width >> (down & 3), height >> (down >> 4 & 3)
        return width, height


def _bytes(bits: list[int]) -> list[int]:
    """The bytes of a transfer, without what acknowledged them."""
    ends = range(_BYTE_BITS - 1, len(bits) + 1, _BYTE_BITS)
    return [int("".join(map(str, bits[end - 8 : end])), 2) for end in ends]
