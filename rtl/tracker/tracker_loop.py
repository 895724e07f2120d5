"""The tracker in the fabric: from responses to boxes and the next windows."""

from amaranth.hdl import Module, Shape, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.interface import RESPONSE_ADDRESS_BITS, RESPONSE_BITS
from siammixer.arch.tracker import PROBABILITY_BITS, TrackerDesign
from siammixer.rtl.technology.technology import GENERIC, Technology
from siammixer.rtl.tracker.machine import TrackerMachine
from siammixer.rtl.tracker.program import COMMANDS, INPUTS, OUTPUTS, tracker_program


def ports(design: TrackerDesign) -> tuple[dict[str, Shape], dict[str, Shape]]:
    """Shapes of a tracker's inputs and outputs by name, wide enough for the design's bounds."""
    bounds = design.bounds
    place, size = signed(bounds["coordinate"].bit_length() + 1), unsigned(bounds["size"].bit_length())
    corner = signed(bounds["corner"].bit_length() + 1)
    side = unsigned(max(design.frame_width, design.frame_height).bit_length())
    inputs = dict(zip(INPUTS, (side, side, place, place, size, size), strict=True))
    step, chance = unsigned(bounds["step"].bit_length()), unsigned(PROBABILITY_BITS + 1)
    position = signed(bounds["position"].bit_length() + 1)
    shapes = (position, position, step, corner, corner, size, size, chance, unsigned(1))
    return inputs, dict(zip(OUTPUTS, shapes, strict=True))


class TrackerLoop(wiring.Component):
    """Follows one target, as docs/numerics.md says; siammixer.tracking.tracker does the same in Python.

    ``start`` begins a command while it is not ``busy``, and is nothing while it is. Each command takes the
    same number of cycles every time (:attr:`cycles`) from ``start`` to ``done``; nothing makes it wait.
    Inputs and the response stand still meanwhile. Outputs that a command does not name keep their values;
    they change within it and are valid from ``done`` on. No output is valid before the first command.

    0. BEGIN takes a target over: ``first_x``, ``first_y``, ``first_width``, ``first_height``. Outputs: the
       template's window, and the box itself, not ``lost``.
    1. VIEW: the window of the next of the first frame's eight views.
    2. SEEN counts the response to it. Outputs: the window of the first search.
    3. UPDATE reads the response of a frame's window. Outputs: box, ``confidence``, ``lost``, and the window
       of the next frame.

    BEGIN, then eight times VIEW and SEEN, then UPDATE after every frame's pass; BEGIN at any time begins
    anew. Another order ends as well, with boxes that mean nothing.

    Parameters
    ----------
    design
        Sizes, settings, and the bounds that the inputs keep.
    technology
        Parts that it is built of.
    logic_tables
        The tables stand in lookup tables instead of a block RAM.

    Members
    -------
    start : In(1)
        A command begins.
    command : In(range(len(COMMANDS)))
        Its number, in the cycle of ``start``.
    busy : Out(1)
        A command is in progress.
    done : Out(1)
        It has ended, in the first cycle in which ``busy`` is low again.
    response_address : Out(16)
        Word of the response, channel after channel, each row by row: ``host.response_address`` of the core.
    response_data : In(signed(32))
        That word, three cycles later, within INT8.
    image_width : In(ports(design)[0]["image_width"])
        Pixels of a row of the image, at most the design's ``frame_width``.
    image_height : In(ports(design)[0]["image_height"])
        Rows of the image, at most the design's ``frame_height``.
    first_x : In(ports(design)[0]["first_x"])
        Middle of the first box in 1/256 pixel from the image's left edge. Some of the box lies in
        the image.
    first_y : In(ports(design)[0]["first_y"])
        Likewise from its upper edge.
    first_width : In(ports(design)[0]["first_width"])
        Width of the first box in 1/256 pixel, from 1 to the design's ``frame_width``.
    first_height : In(ports(design)[0]["first_height"])
        Its height, to ``frame_height``.
    window_left : Out(ports(design)[1]["window_left"])
        Position of the window's first column in 1/65536 pixel, 0 being the middle of the image's first pixel;
        it may lie outside.
    window_top : Out(ports(design)[1]["window_top"])
        Position of its first row.
    window_step : Out(ports(design)[1]["window_step"])
        Image pixels per crop pixel in 1/65536, at least 1.
    left : Out(ports(design)[1]["left"])
        Left edge of the box in 1/512 pixel.
    top : Out(ports(design)[1]["top"])
        Upper edge of the box in 1/512 pixel.
    width : Out(ports(design)[1]["width"])
        Width of the box in 1/256 pixel.
    height : Out(ports(design)[1]["height"])
        Height of the box in 1/256 pixel.
    confidence : Out(ports(design)[1]["confidence"])
        Probability that the target is where the box is, in 1/32768, up to 32768.
    lost : Out(ports(design)[1]["lost"])
        The target counts as lost.
    """

    def __init__(
        self, design: TrackerDesign, technology: Technology = GENERIC, *, logic_tables: bool = False
    ):
        inputs, outputs = ports(design)
        program = tracker_program(design)
        self.cycles = dict(program.cycles)
        self._technology = technology
        self._machine = {
            "program": program,
            "bits": design.word_bits,
            "long_bits": design.multiplier_bits,
            "inputs": inputs,
            "outputs": outputs,
            "logic_tables": logic_tables,
        }
        super().__init__(
            {
                "start": In(1),
                "command": In(range(len(COMMANDS))),
                "busy": Out(1),
                "done": Out(1),
                "response_address": Out(RESPONSE_ADDRESS_BITS),
                "response_data": In(signed(RESPONSE_BITS)),
            }
            | {name: In(shape) for name, shape in inputs.items()}
            | {name: Out(shape) for name, shape in outputs.items()}
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.machine = machine = TrackerMachine(**self._machine, technology=self._technology)
        wiring.connect(m, wiring.flipped(self), machine)
        return m
