"""The complete design: the tracker with a board's clock, reset, serial port and LEDs."""

from __future__ import annotations

from amaranth.hdl import ClockDomain, Elaboratable, Module
from amaranth.lib import io

from siammixer.arch.accelerator import Accelerator
from siammixer.boards.board import Board, Place
from siammixer.boards.pll import ClockGenerator, Dividers
from siammixer.rtl.link.device import TrackerDevice


class Top(Elaboratable):
    """The tracker on a board. A PLL makes the clock of ``sync``; the serial port and the LEDs belong to the
    tracker.

    Parameters
    ----------
    board
        The design is built for the platform of this board.
    accelerator
        Sizes of the tracker's core.
    dividers
        Setting of the PLL.
    """

    def __init__(self, board: Board, accelerator: Accelerator, dividers: Dividers):
        self._board, self._dividers = board, dividers
        self.device = TrackerDevice(
            accelerator,
            clock_hz=float(dividers.output_mhz * 10**6),
            baud=board.baud,
            technology=board.technology,
        )

    def elaborate(self, platform):
        m = Module()
        board = self._board
        m.domains.sync = ClockDomain()
        m.submodules.clock = generator = ClockGenerator(self._dividers)
        m.submodules.clock_pin = clock_pin = io.Buffer("i", platform.request(board.clock, 0, dir="-"))
        m.d.comb += generator.clock.eq(clock_pin.i)
        if board.reset is not None:
            m.submodules.reset_pin = reset_pin = io.Buffer("i", platform.request(board.reset, 0, dir="-"))
            m.d.comb += generator.reset.eq(reset_pin.i)

        m.submodules.tracker = device = self.device
        serial = platform.request("uart", 0, dir="-")
        m.submodules.rx_pin = rx_pin = io.Buffer("i", serial.rx)
        m.submodules.tx_pin = tx_pin = io.Buffer("o", serial.tx)
        m.d.comb += [device.rx.eq(rx_pin.i), tx_pin.o.eq(device.tx)]
        for place, state in zip(board.leds, ("busy", "error", "active"), strict=True):
            m.submodules[f"{state}_led"] = led = io.Buffer("o", port(platform, place))
            m.d.comb += led.o.eq(getattr(device, state))
        return m


def port(platform, place: Place):
    """The pins of a place of the platform."""
    name, number, *part = place
    resource = platform.request(name, number, dir="-")
    return getattr(resource, part[0]) if part else resource
