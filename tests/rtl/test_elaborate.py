"""Every component elaborates, for the tiny accelerator and in every technology, and its docstring tells its
ports; the accelerator, with all of them, becomes Verilog.
"""

import ast
import importlib
import inspect
import pkgutil
import re
import sys
from functools import cache
from pathlib import Path

import pytest
from amaranth.back import rtlil
from amaranth.lib.wiring import Component

import siammixer.rtl
from siammixer.arch.accelerator import ACCELERATORS
from siammixer.arch.camera import Camera
from siammixer.arch.fabric import FabricDesign
from siammixer.arch.flash import FlashTiming
from siammixer.arch.ov7670 import SCCB_ADDRESS, VGA
from siammixer.arch.tracker import TrackerDesign
from siammixer.ir.catalogue import NETWORKS
from siammixer.rtl.accelerator import SiamMixer
from siammixer.rtl.bus.axi_core import AxiSiamMixer
from siammixer.rtl.bus.axi_lite import AxiLite
from siammixer.rtl.bus.axi_tracker import AxiTracker
from siammixer.rtl.bus.flat import FlatSiamMixer
from siammixer.rtl.bus.host_registers import HostRegisters
from siammixer.rtl.bus.tracker_news import TrackerNews
from siammixer.rtl.bus.tracker_registers import TrackerRegisters
from siammixer.rtl.camera.frame_reader import FrameReader
from siammixer.rtl.camera.horizontal import HorizontalResampler
from siammixer.rtl.camera.mean_colour import MeanColour
from siammixer.rtl.camera.parallel_camera import ParallelCamera
from siammixer.rtl.camera.positions import Positions
from siammixer.rtl.camera.sccb import SccbSetup
from siammixer.rtl.camera.source_rows import SourceRows
from siammixer.rtl.camera.stream_crop import StreamCrop
from siammixer.rtl.camera.strip_sender import StripSender
from siammixer.rtl.camera.vertical import VerticalResampler
from siammixer.rtl.camera.video_queue import VideoQueue
from siammixer.rtl.camera_device import CameraDevice
from siammixer.rtl.console.box_line import BoxLine
from siammixer.rtl.console.button_box import ButtonBox
from siammixer.rtl.console.decimal_writer import DecimalWriter
from siammixer.rtl.console.report_line import ReportLine
from siammixer.rtl.control.address_bounds import AddressBounds
from siammixer.rtl.control.address_generator import AddressGenerator
from siammixer.rtl.control.fault_report import FaultReport
from siammixer.rtl.control.flush import Flush
from siammixer.rtl.control.position_counters import PositionCounters
from siammixer.rtl.control.sequencer import Sequencer
from siammixer.rtl.control.watchdog import Watchdog
from siammixer.rtl.control.write_port import WritePort
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
from siammixer.rtl.flash.flash_loader import FlashLoader
from siammixer.rtl.flash.flash_reader import FlashReader
from siammixer.rtl.host import HostSignature
from siammixer.rtl.latency import settle_cycles
from siammixer.rtl.link.device import TrackerDevice
from siammixer.rtl.link.link import Link
from siammixer.rtl.link.link_buffer import MessageBuffer
from siammixer.rtl.link.link_frame import FrameReceiver, FrameTransmitter
from siammixer.rtl.link.link_requests import Requests
from siammixer.rtl.link.uart import UartReceiver, UartTransmitter
from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.rtl.primitives.multiplier import LogicMultiplier, Multiplier, MultiplierRow
from siammixer.rtl.primitives.queue import Queue
from siammixer.rtl.primitives.register_slice import RegisterSlice
from siammixer.rtl.primitives.skew import Skew
from siammixer.rtl.siam_tracker import SiamTracker
from siammixer.rtl.technology.asic import OnePortRam, TwoPortRam
from siammixer.rtl.technology.ecp5 import LFE5U_85F, Ecp5, Ecp5BlockRam, Ecp5Multiplier
from siammixer.rtl.technology.technology import GENERIC, LOGIC
from siammixer.rtl.tracker.first_box import FirstBox
from siammixer.rtl.tracker.frame_controller import FrameController
from siammixer.rtl.tracker.frame_gate import FrameGate
from siammixer.rtl.tracker.machine import TrackerMachine
from siammixer.rtl.tracker.program import tracker_program
from siammixer.rtl.tracker.tracker_loop import TrackerLoop
from siammixer.sim.verilog import verilog
from siammixer.tracking.settings import Settings

TINY = ACCELERATORS["tiny"]
CAMERA = {"camera": Camera(frame_width=64, frame_height=48, side=32)}
TRACKER = TrackerDesign.of(NETWORKS["tiny"], Settings().shares())
FABRIC = FabricDesign.of(NETWORKS["tiny"], TINY, Settings().shares(), frame_width=64, frame_height=48)
TECHNOLOGIES = (GENERIC, LFE5U_85F, LOGIC)
MULTIPLIER = {"a_bits": 8, "b_bits": 8}
RAM = {"width": 20, "depth": 1024}
# What each component is made from, but for its technology.
BLOCKS = {
    AddressBounds: {"accelerator": TINY},
    AddressGenerator: {"accelerator": TINY},
    AxiLite: {},
    BlockRam: RAM,
    BoxLine: {"bits": 12},
    ButtonBox: {"sample_cycles": 8},
    CameraDevice: {
        **{"design": FABRIC, "frame": (64, 48), "writes": VGA, "bit_cycles": 8, "flash": FlashTiming()},
        **{"sccb_third": 4, "sccb_pause": 100},
    },
    DecimalWriter: {"bits": 12},
    Ecp5BlockRam: RAM,
    OnePortRam: RAM,
    TwoPortRam: RAM,
    Ecp5Multiplier: MULTIPLIER,
    FaultReport: {"accelerator": TINY},
    FeatureMapMemory: {"depth": TINY.map_words, "width": 8 * TINY.lanes},
    FlashLoader: {"accelerator": TINY, "timing": FlashTiming()},
    FlashReader: {"timing": FlashTiming()},
    Flush: {"cycles": 8},
    FrameReader: CAMERA,
    FrameReceiver: {"timeout": 100},
    FirstBox: {"design": TRACKER},
    FrameController: {},
    FrameGate: {},
    FrameTransmitter: {},
    FusedWindows: {},
    Gearbox: {"accelerator": TINY},
    HorizontalResampler: CAMERA,
    HostRegisters: {"accelerator": TINY},
    Lane: {"accelerator": TINY},
    LaneArray: {"accelerator": TINY},
    LineWindow: {"line_width": TINY.line_width, "line_width_5": TINY.line_width_5},
    Link: {"accelerator": TINY, "clock_hz": 1e6},
    LogicMultiplier: MULTIPLIER,
    MeanColour: CAMERA,
    MessageBuffer: {"depth": 4096},
    Multiplier: MULTIPLIER,
    MultiplierRow: {"count": 2},
    ParallelCamera: {"depth": 16},
    PixelWindows: {"width": TINY.pixel_width, "depth": TINY.pixel_windows},
    PositionCounters: {"accelerator": TINY},
    Positions: {"position_bits": 26, "step_bits": 20, "limit": 64},
    Queue: {"shape": 8, "depth": 4},
    Requantise: {"accumulator_bits": TINY.accumulator_bits},
    ReportLine: {"design": TRACKER},
    Requests: {"accelerator": TINY, "clock_hz": 1_000_000},
    ResidualAdd: {"lanes": TINY.lanes},
    RegisterSlice: {"shape": 8},
    ResidualQueue: {"lanes": TINY.lanes, "depth": 4},
    Response: {"depth": TINY.response_words},
    SccbSetup: {"writes": VGA, "address": SCCB_ADDRESS, "third": 4, "pause": 100},
    Sequencer: {"accelerator": TINY, "settle": settle_cycles(TINY)},
    SiamMixer: {"accelerator": TINY},
    SiamTracker: {"design": FABRIC},
    Skew: {"delays": range(TINY.lanes)},
    SourceRows: CAMERA,
    StreamCrop: CAMERA,
    StripSender: CAMERA,
    TrackerDevice: {"accelerator": TINY, "clock_hz": 12e6, "baud": 3_000_000},
    TrackerLoop: {"design": TRACKER},
    TrackerMachine: {
        **{"program": tracker_program(TRACKER), "bits": 48, "long_bits": 24},
        **{"inputs": {}, "outputs": {}},
    },
    TrackerNews: {"design": TRACKER},
    TrackerRegisters: {"design": FABRIC},
    TransposedWrites: {"size": TINY.lanes},
    Transposer: {"size": TINY.lanes},
    UartReceiver: {"cycles": 4},
    UartTransmitter: {"cycles": 4},
    VerticalResampler: CAMERA,
    VideoQueue: {"depth": 16},
    Watchdog: {"cycles": 8},
    WritePort: {"accelerator": TINY},
}
# The ports of these are those of a bus and of arch/interface.py, told there.
WRAPPERS = {AxiSiamMixer, AxiTracker, FlatSiamMixer}
WITH_MULTIPLIERS = {
    *(CameraDevice, HorizontalResampler, Lane, LaneArray, Requantise, SiamMixer, SiamTracker, StreamCrop),
    *(TrackerDevice, VerticalResampler),
}
WITH_BLOCK_RAMS = {
    *(FeatureMapMemory, Lane, LaneArray, Link, MessageBuffer, PixelWindows, Response, Sequencer),
    *(CameraDevice, SiamMixer, SiamTracker, SourceRows, StreamCrop, StripSender, TrackerDevice),
}


@cache
def built(block, technology):
    """The component, its parts and all, as RTLIL, and its signature."""
    choice = {
        name: technology
        for name in inspect.signature(block).parameters
        if name in ("technology", "requantise_technology")
    }
    component = block(**BLOCKS[block], **choice)
    return rtlil.convert(component, name="top"), component.signature


@pytest.mark.parametrize("technology", TECHNOLOGIES, ids=lambda technology: technology.name)
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.__name__)
def test_block(block, technology):
    text, _ = built(block, technology)
    ecp5 = technology is LFE5U_85F
    assert ("MULT18X18D" in text) == ((ecp5 and block in WITH_MULTIPLIERS) or block is Ecp5Multiplier)
    assert ("DP16KD" in text) == ((ecp5 and block in WITH_BLOCK_RAMS) or block is Ecp5BlockRam)


@pytest.mark.parametrize("technology", TECHNOLOGIES, ids=lambda technology: technology.name)
def test_accelerator(technology):
    """To Verilog, with the array and everything else in it."""
    text = verilog(SiamMixer(TINY, technology), "top")
    assert re.search(r"\bmodule top\s*\(", text)
    assert ("MULT18X18D" in text) == (technology is LFE5U_85F)


@pytest.mark.parametrize(("dsp_blocks", "of_logic"), [(156, 0), (80, 0), (79, 1), (75, 5), (72, 8)])
def test_requantisers_without_a_dsp_block_are_of_logic(dsp_blocks, of_logic):
    """Eight lanes of nine multipliers and a requantiser: the last ones that find no DSP block."""
    text = rtlil.convert(LaneArray(TINY, Ecp5(dsp_blocks=dsp_blocks)), name="top")
    modules = dict(re.findall(r"^module \\(\S+)\n(.*?)^end$", text, re.MULTILINE | re.DOTALL))
    found = ["MULT18X18D" in modules[f"top.lane_{lane}.requantise.product"] for lane in range(TINY.lanes)]
    assert found == [lane < TINY.lanes - of_logic for lane in range(TINY.lanes)]


def documented(cls):
    """Name -> (member, meaning) of the ports in a class's docstring, as written there; where it tells none,
    in that of the nearest class that it derives from.
    """
    texts = (inspect.cleandoc(base.__doc__ or "") for base in cls.__mro__)
    sections = (text.partition("Members\n-------\n")[2] for text in texts)
    section = next(filter(None, sections), "")
    ports = re.split(r"^(\w+) : (.+)\n", section, flags=re.MULTILINE)
    assert not ports[0].strip(), ports[0]
    return {name: (text, meaning.strip()) for name, text, meaning in zip(*[iter(ports[1:])] * 3, strict=True)}


def undocumented(cls, members, parameters):
    """Ports that a class's docstring does not tell, or tells with another direction or width, or without
    meaning.
    """
    told = documented(cls)
    names = {}
    for base in reversed(cls.__mro__):  # what the signature is made of is known where it is made
        names |= vars(sys.modules[base.__module__]) if base.__module__.startswith("siammixer") else {}
    names |= parameters
    return sorted(members.keys() ^ told.keys()) + [
        name
        for name, (text, meaning) in told.items()
        if name in members and (eval(text, {}, names) != members[name] or not meaning)
    ]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.__name__)
def test_docstring_tells_every_port(block):
    """Its name, its direction and width as the signature has them, its meaning."""
    _, signature = built(block, GENERIC)
    assert undocumented(block, dict(signature.members), BLOCKS[block]) == []


def test_docstring_tells_the_hosts_interface():
    assert undocumented(HostSignature, dict(HostSignature().members), {}) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("bark : Out(1)", "bark : Out(2)", ["bark"]),
        ("waiting : In(1)", "waiting : Out(1)", ["waiting"]),
        ("waiting : In(1)", "wait : In(1)", ["wait", "waiting"]),
        ("Something is waited for.", "", ["waiting"]),
    ],
)
def test_a_wrong_docstring_is_seen(old, new, found, monkeypatch):
    _, signature = built(Watchdog, GENERIC)
    assert Watchdog.__doc__.count(old) == 1
    monkeypatch.setattr(Watchdog, "__doc__", Watchdog.__doc__.replace(old, new))
    assert undocumented(Watchdog, dict(signature.members), BLOCKS[Watchdog]) == found


def test_inherited_ports_count_and_further_ones_must_be_told():
    """A multiplier of a technology has the ports of the one it derives from, told once."""
    assert documented(LogicMultiplier) == documented(Multiplier) != {}
    members = dict(built(LogicMultiplier, GENERIC)[1].members)
    further = {**members, "carry": members["p"]}
    assert undocumented(LogicMultiplier, further, MULTIPLIER) == ["carry"]
    assert undocumented(LogicMultiplier, members, {"a_bits": 8, "b_bits": 9}) == ["b", "p"]


def sources():
    return sorted(Path(siammixer.rtl.__file__).parent.rglob("*.py"))


def test_attributes_are_made_in_init():
    """So the registers of a block are in one place, and nothing is there only after ``elaborate``."""
    for path in sources():
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and function.name != "__init__":
                made = [
                    ast.unparse(node)
                    for node in ast.walk(function)
                    if isinstance(node, ast.Attribute)
                    and isinstance(node.ctx, ast.Store)
                    # ``m.next`` and ``m.submodules.x`` are the module's language.
                    and ast.unparse(node).split(".")[0] == "self"
                ]
                assert not made, (path.name, function.name, made)


def test_no_component_is_left_out():
    modules = [module.name for module in pkgutil.walk_packages(siammixer.rtl.__path__, "siammixer.rtl.")]
    components = {
        value
        for module in map(importlib.import_module, modules)
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Component)
    }
    assert {
        component for component in components if component.__module__.startswith("siammixer.rtl.")
    } == BLOCKS.keys() | WRAPPERS


def test_every_block_has_its_test():
    here = {path.stem.removeprefix("test_") for path in Path(__file__).parent.rglob("test_*.py")}
    blocks = {path.stem for path in sources()}
    # The device's tests are the whole runs of tests/system, the whole tracker's those of tests/sim. Layouts
    # and the host's interface have no logic; technologies are tested with the primitives that they build; the
    # others are parts of one block, and tested in it.
    without = {"__init__", "device", "host", "issue", "instruction", "technology", "ecp5", "latency"}
    without |= {"layouts", "siam_tracker", "camera_device"}
    of_the_bus = {"access", "axi_core", "axi_tracker", "register_file"}
    of_the_address_generator = {"address_bounds", "addresses", "decode", "position_counters"}
    of_the_sequencer = {"patch_loop"}
    of_the_accelerator = {"fault_report", "write_back"}
    of_the_tracker = {"instructions", "program"}
    of_the_requests = {"answer", "execution", "records", "request_registers"}
    parts = of_the_address_generator | of_the_sequencer | of_the_accelerator | of_the_requests | of_the_bus
    parts |= of_the_tracker
    assert blocks - without - parts <= here
