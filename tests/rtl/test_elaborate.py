"""Every component elaborates, for the tiny accelerator and in both technologies; the accelerator, with all
of them, becomes Verilog.
"""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest
from amaranth.back import rtlil
from amaranth.lib.wiring import Component

import siammixer.rtl
from siammixer.arch.accelerator import ACCELERATORS
from siammixer.rtl.accelerator import SiamMixer, settle_cycles
from siammixer.rtl.control.address_generator import Walker
from siammixer.rtl.control.positions import Positions
from siammixer.rtl.control.sequencer import Sequencer
from siammixer.rtl.control.watchdog import Watchdog
from siammixer.rtl.datapath.feature_maps import FeatureMapMemory
from siammixer.rtl.datapath.fused import FusedWindows
from siammixer.rtl.datapath.gearbox import Gearbox
from siammixer.rtl.datapath.lane import Lane
from siammixer.rtl.datapath.lane_array import LaneArray
from siammixer.rtl.datapath.pixel_windows import PixelWindows
from siammixer.rtl.datapath.requantise import Requantise
from siammixer.rtl.datapath.residual import ResidualAdd
from siammixer.rtl.datapath.residual_queue import ResidualQueue
from siammixer.rtl.datapath.response import Response
from siammixer.rtl.datapath.transposed import TransposedWrites
from siammixer.rtl.datapath.transposer import Transposer
from siammixer.rtl.datapath.window import LineWindow
from siammixer.rtl.link.device import TrackerDevice
from siammixer.rtl.link.link import Link
from siammixer.rtl.link.link_buffer import MessageBuffer
from siammixer.rtl.link.link_frame import FrameReceiver, FrameTransmitter
from siammixer.rtl.link.link_requests import Requests
from siammixer.rtl.link.uart import UartReceiver, UartTransmitter
from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.rtl.primitives.multiplier import TECHNOLOGIES, Multiplier, MultiplierRow
from siammixer.rtl.primitives.queue import Queue
from siammixer.rtl.primitives.skew import Skew
from siammixer.sim.verilog import verilog

TINY = ACCELERATORS["tiny"]
BLOCKS = {
    BlockRam: lambda technology: BlockRam(width=20, depth=1024, technology=technology),
    FrameReceiver: lambda _: FrameReceiver(100),
    FrameTransmitter: lambda _: FrameTransmitter(),
    FeatureMapMemory: lambda technology: FeatureMapMemory(
        depth=TINY.map_words, width=8 * TINY.lanes, technology=technology
    ),
    Gearbox: lambda _: Gearbox(TINY),
    Lane: lambda technology: Lane(TINY, technology=technology, requantise_technology=technology),
    Link: lambda technology: Link(TINY, clock_hz=1e6, technology=technology),
    LineWindow: lambda _: LineWindow(line_width=TINY.line_width, line_width_5=TINY.line_width_5),
    MessageBuffer: lambda technology: MessageBuffer(4096, technology),
    Multiplier: lambda technology: Multiplier(8, 8, technology),
    MultiplierRow: lambda technology: MultiplierRow(2, technology),
    FusedWindows: lambda _: FusedWindows(),
    Positions: lambda _: Positions(TINY),
    PixelWindows: lambda technology: PixelWindows(
        width=TINY.pixel_width, depth=TINY.pixel_windows, technology=technology
    ),
    Queue: lambda _: Queue(8, 4),
    Watchdog: lambda _: Watchdog(8),
    Requests: lambda _: Requests(TINY, clock_hz=1_000_000),
    Requantise: lambda technology: Requantise(accumulator_bits=TINY.accumulator_bits, technology=technology),
    ResidualAdd: lambda _: ResidualAdd(TINY.lanes),
    ResidualQueue: lambda _: ResidualQueue(TINY.lanes, 4),
    Response: lambda technology: Response(TINY.response_words, technology),
    Sequencer: lambda technology: Sequencer(TINY, settle=settle_cycles(TINY), technology=technology),
    Skew: lambda _: Skew(range(TINY.lanes)),
    TransposedWrites: lambda _: TransposedWrites(TINY.lanes),
    Transposer: lambda _: Transposer(TINY.lanes),
    UartReceiver: lambda _: UartReceiver(4),
    UartTransmitter: lambda _: UartTransmitter(4),
    Walker: lambda _: Walker(TINY),
}
WITH_MULTIPLIERS = {Lane, Multiplier, MultiplierRow, Requantise}
WITH_BLOCK_RAMS = {BlockRam, FeatureMapMemory, Lane, Link, MessageBuffer, PixelWindows, Response, Sequencer}


@pytest.mark.parametrize("technology", TECHNOLOGIES)
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.__name__)
def test_block(block, technology):
    text = rtlil.convert(BLOCKS[block](technology), name="top")
    assert ("MULT18X18D" in text) == (technology == "ecp5" and block in WITH_MULTIPLIERS)
    assert ("DP16KD" in text) == (technology == "ecp5" and block in WITH_BLOCK_RAMS)


@pytest.mark.parametrize("technology", TECHNOLOGIES)
def test_accelerator(technology):
    """To Verilog, with the array and everything else in it."""
    text = verilog(SiamMixer(TINY, technology), "top")
    assert re.search(r"\bmodule top\s*\(", text)
    assert ("MULT18X18D" in text) == (technology == "ecp5")


@pytest.mark.parametrize("technology", TECHNOLOGIES)
def test_device(technology):
    """The accelerator with its serial line."""
    text = rtlil.convert(
        TrackerDevice(TINY, clock_hz=12e6, baud=3_000_000, technology=technology), name="top"
    )
    assert ("MULT18X18D" in text) == (technology == "ecp5")


def test_no_component_is_left_out():
    modules = [module.name for module in pkgutil.walk_packages(siammixer.rtl.__path__, "siammixer.rtl.")]
    components = {
        value
        for module in map(importlib.import_module, modules)
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Component)
    }
    assert {component for component in components if component.__module__.startswith("siammixer.rtl.")} == {
        *BLOCKS,
        LaneArray,
        SiamMixer,
        TrackerDevice,
    }


def test_every_block_has_its_test():
    here = {path.stem.removeprefix("test_") for path in Path(__file__).parent.rglob("test_*.py")}
    blocks = {path.stem for path in Path(siammixer.rtl.__file__).parent.rglob("*.py")}
    # The device's tests are the whole runs of tests/system; issue and record are layouts, and positions is
    # part of the walker.
    assert blocks - {"__init__", "device", "issue", "positions", "instruction"} <= here
