"""The OV7670 of simulations: the datasheet's timing at full size, RGB565, and what its bus asks for.

Its registers with the block that writes them: tests/rtl/camera/test_sccb.py.
"""

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib.wiring import Component, In, Out

from siammixer.sim.block import simulate
from siammixer.sim.ov7670 import Ov7670Registers, VideoTiming, received, rgb565


class Bus(Component):
    """A master's wires."""

    clock: In(1, init=1)
    data_low: In(1)
    data: In(1, init=1)
    seen: Out(1)

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.seen.eq(self.data)
        return m


def test_timing_of_a_full_frame():
    """784 pixels of two clocks, 510 lines: VSYNC for 3 of them, 17 more, 480 with HREF for 640 pixels, 10."""
    frame = np.random.default_rng(1).integers(0, 256, (480, 640, 3), np.uint8)
    vsync, href, byte = VideoTiming().array(frame).T
    assert len(vsync) == 2 * 784 * 510
    assert np.array_equal(np.flatnonzero(np.diff(vsync.astype(int), prepend=0)), [0, 3 * 2 * 784])
    rising = np.flatnonzero(np.diff(href.astype(int), prepend=0) == 1)
    falling = np.flatnonzero(np.diff(href.astype(int)) == -1) + 1
    assert rising.tolist() == [2 * 784 * line for line in range(20, 500)]
    assert set(falling - rising) == {2 * 640}
    assert np.array_equal(byte[href == 1], rgb565(frame).ravel())
    assert not byte[href == 0].any()


def test_rgb565():
    """Red first, then green across both bytes, then blue."""
    pixels = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [8, 4, 8]]], np.uint8)
    assert rgb565(pixels).tolist() == [[0xF8, 0x00, 0x07, 0xE0, 0x00, 0x1F, 0x08, 0x21]]
    assert received(pixels).tolist() == [[[255, 0, 0], [0, 255, 0], [0, 0, 255], [8, 4, 8]]]


def play(levels):
    """The model after the levels (clock, data_low) of a bus."""
    bus = Bus()
    model = Ov7670Registers(bus)

    async def bench(ctx):
        for clock, low in [(1, 0), *levels, (1, 0)]:
            ctx.set(bus.clock, clock)
            ctx.set(bus.data_low, low)
            for _ in range(2):
                await ctx.tick()

    simulate(bus, [bench], background=[model.bench])
    return model


def transfer(*data):
    """Start, bytes, stop."""
    bits = [bit for byte in data for bit in (*(byte >> place & 1 for place in range(7, -1, -1)), 1)]
    waves = [level for bit in [*bits, 0] for level in ((0, 1 - bit), (1, 1 - bit))]
    return [(1, 1), *waves, (1, 0)]


def test_writes_are_kept_until_a_reset():
    model = play([*transfer(0x42, 0x40, 0xD0), *transfer(0x42, 0x12, 0x04), *transfer(0x60, 0x12, 0x80)])
    assert model.values == {0x40: 0xD0, 0x12: 0x04}
    model = play([*transfer(0x42, 0x40, 0xD0), *transfer(0x42, 0x12, 0x80)])
    assert model.values == {} and model.writes == [(0x40, 0xD0), (0x12, 0x80)] and model.size is None


def test_a_stop_in_a_byte_is_no_transfer():
    with pytest.raises(AssertionError, match="a stop after 12 bits"):
        play([*transfer(0x42, 0x40)[:24], (0, 1), (1, 1), (1, 0)])
