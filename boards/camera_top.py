"""The complete design with a camera: pixels on the board's pins, boxes on its serial line."""

from __future__ import annotations

from amaranth.hdl import Cat, ClockDomain, ClockSignal, Const, Elaboratable, Instance, Module
from amaranth.lib import io

from siammixer.arch.fabric import FabricDesign
from siammixer.arch.flash import FlashTiming
from siammixer.arch.ov7670 import HEIGHT, SETTLE_SECONDS, VGA, WIDTH
from siammixer.boards.board import Board
from siammixer.boards.pll import ClockGenerator, Dividers
from siammixer.boards.top import port
from siammixer.rtl.camera.sccb import third_cycles
from siammixer.rtl.camera_device import CameraDevice
from siammixer.rtl.link.uart import bit_cycles
from siammixer.rtl.technology.technology import LOGIC

BAUD = 115_200
"""Bits a second of the line of text: what terminals begin with."""
SCCB_HZ = 100_000
SAMPLE_SECONDS = 0.002


class CameraTop(Elaboratable):
    """The tracker behind an OV7670 on a board. The board's oscillator is the camera's XCLK; a PLL makes the
    clock of ``sync``; PCLK is the clock of ``camera``.

    Parameters
    ----------
    board
        The design is built for the platform of this board, which has pins for a camera.
    design
        The tracker.
    dividers
        Setting of the PLL.

    Raises
    ------
    InputError
        The clock makes no serial line or no bus.
    """

    def __init__(self, board: Board, design: FabricDesign, dividers: Dividers):
        assert board.camera is not None
        self._board, self._camera, self._dividers = board, board.camera, dividers
        clock_hz = float(dividers.output_mhz * 10**6)
        self._device = {
            "frame": (WIDTH, HEIGHT),
            "writes": VGA,
            "bit_cycles": bit_cycles(clock_hz, BAUD),
            "sccb_third": third_cycles(clock_hz, SCCB_HZ),
            "sccb_pause": round(SETTLE_SECONDS * clock_hz),
            "flash": FlashTiming.of(clock_hz),
            "sample_cycles": round(SAMPLE_SECONDS * clock_hz),
            "technology": board.technology,
            "multipliers": LOGIC,
        }
        self._design = design

    def elaborate(self, platform):
        m = Module()
        board = self._board
        m.domains.sync = ClockDomain()
        m.domains.camera = ClockDomain(reset_less=True)
        m.submodules.clock = generator = ClockGenerator(self._dividers)
        m.submodules.tracker = device = CameraDevice(self._design, **self._device)
        oscillator = _input(m, "clock_pin", platform.request(board.clock, 0, dir="-"))
        m.d.comb += generator.clock.eq(oscillator)
        if board.reset is not None:
            reset = platform.request(board.reset, 0, dir="-")
            m.d.comb += generator.reset.eq(_input(m, "reset_pin", reset))
        self._camera_pins(m, platform, device, oscillator)
        self._flash_pins(m, platform, device)
        serial = platform.request("uart", 0, dir="-")
        m.d.comb += device.rx.eq(_input(m, "rx_pin", serial.rx))
        _output(m, "tx_pin", serial.tx, device.tx)
        for name in ("take", "larger", "smaller"):
            pin = _input(m, f"{name}_pin", port(platform, getattr(self._camera, name)))
            m.d.comb += getattr(device, f"{name}_button").eq(pin)
        lights = Cat(device.tracking, device.lost, device.learning, device.error, device.ready, device.size)
        for number, place in enumerate(self._camera.leds):
            _output(m, f"led_{number}", port(platform, place), lights[number])
        return m

    def _camera_pins(self, m: Module, platform, device, oscillator) -> None:
        clock = platform.request("camera_clock", 0, dir="-")
        m.d.comb += ClockSignal("camera").eq(_input(m, "camera_clock_pin", clock))
        pins = platform.request("camera", 0, dir={name: "-" for name in _CAMERA_PINS})
        for name in ("vsync", "href", "data"):
            m.d.comb += getattr(device, name).eq(_input(m, f"{name}_pin", getattr(pins, name)))
        _output(m, "xclk_pin", pins.xclk, oscillator)
        _output(m, "sioc_pin", pins.sioc, device.sccb_clock)
        # The camera's own reset, which is active low, and its sleep: neither is used.
        _output(m, "reset_camera_pin", pins.reset, Const(1))
        _output(m, "power_down_pin", pins.power_down, Const(0))
        m.submodules.siod_pin = siod = io.Buffer("io", pins.siod)
        m.d.comb += [siod.o.eq(0), siod.oe.eq(device.sccb_low), device.sccb_data.eq(siod.i)]

    def _flash_pins(self, m: Module, platform, device) -> None:
        """The configuration's own flash: its clock is no ordinary pin."""
        names = ("cs", "copi", "cipo", "hold", "wp")
        pins = platform.request(self._camera.flash, 0, dir={name: "-" for name in names})
        flash = device.flash
        m.submodules.flash_clock = Instance("USRMCLK", i_USRMCLKI=flash.clk, i_USRMCLKTS=Const(0))
        # These pins are active low: a 1 here selects, holds, protects.
        _output(m, "flash_cs_pin", pins.cs, ~flash.cs_n)
        _output(m, "flash_hold_pin", pins.hold, Const(0))
        _output(m, "flash_wp_pin", pins.wp, Const(0))
        _output(m, "flash_mosi_pin", pins.copi, flash.mosi)
        m.d.comb += flash.miso.eq(_input(m, "flash_miso_pin", pins.cipo))


_CAMERA_PINS = (*("data", "vsync", "href", "xclk", "sioc", "siod", "reset", "power_down"),)


def _input(m: Module, name: str, pin):
    m.submodules[name] = buffer = io.Buffer("i", pin)
    return buffer.i


def _output(m: Module, name: str, pin, value) -> None:
    m.submodules[name] = buffer = io.Buffer("o", pin)
    m.d.comb += buffer.o.eq(value)
