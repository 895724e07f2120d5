"""The registers of the whole tracker behind a bus (:class:`siammixer.rtl.bus.axi_tracker.AxiTracker`)."""

from __future__ import annotations

from siammixer.arch.camera import FAULT_MESSAGES
from siammixer.arch.fabric import CODE_BITS, NUMBER_BITS, SKIPPED_BITS, FabricDesign, State
from siammixer.arch.interface import ENTRY_BITS
from siammixer.arch.register_map import (
    WIDTH,
    Field,
    Register,
    RegisterMap,
    head_registers,
    head_values,
    whole,
    word_registers,
)

MAGIC = 0x534D5854
"""Value of the register IDENTITY: ``SMXT``."""

VERSION = 0x0001_0000
"""Value of the register VERSION."""

SIDE_BITS = 16
"""Bits of a frame's width and height."""

FAULT_COUNT_BITS = 8
"""Bits of the count of frames with a fault, which stays at its largest value."""

POSITION_BITS = 2 * WIDTH
"""Bits of the position of a window, in two registers."""

_STATES = ", ".join(f"{state.value} {state.name}" for state in State)
_FAULTS = ", ".join(f"{fault.value} {text}" for fault, text in FAULT_MESSAGES.items() if fault)

_WHAT_IT_IS = (
    *head_registers(MAGIC, "tracker"),
    whole("largest_width", 0x1C, "Width of the largest frame, in pixels."),
    whole("largest_height", 0x20, "Height of the largest frame, in pixels."),
)

_CONTROL = (
    Register(
        name="control",
        address=0x24,
        text="Gives a target, gives it up, resets the tracker.",
        fields=(
            Field(
                name="take",
                lowest=0,
                bits=1,
                access="pulse",
                text="Gives the target in FIRST_X to FIRST_HEIGHT; one that is followed is given up. An "
                "error while TAKING of STATUS is set.",
            ),
            Field(
                name="stop",
                lowest=1,
                bits=1,
                access="pulse",
                text="Gives the target up, also one that TAKE has just given or gives in the same write.",
            ),
            Field(
                name="reset",
                lowest=2,
                bits=1,
                access="pulse",
                text="Resets the tracker, in whatever it is doing: no target, no news, no faults. Words in "
                "the memories and all that was written into registers stay.",
            ),
            Field(
                name="lossless",
                lowest=3,
                bits=1,
                access="write",
                text="The video waits for the tracker, so that no frame is skipped.",
            ),
        ),
    ),
    Register(
        name="status",
        address=0x28,
        text="What the tracker does at this moment.",
        fields=(
            Field(
                name="busy",
                lowest=0,
                bits=1,
                access="read",
                text="A target is given or followed, or a reset has just been: no word can be written.",
            ),
            Field(
                name="taking",
                lowest=1,
                bits=1,
                access="read",
                text="The first box that TAKE gave is not read yet.",
            ),
            Field(
                name="state",
                lowest=8,
                bits=max(State).bit_length(),
                access="read",
                text=f"How it stands with the target: {_STATES}.",
            ),
        ),
    ),
    Register(
        name="faults",
        address=0x2C,
        text="Frames of the video with a fault, looked at or not, since the latest reset.",
        fields=(
            Field(
                name="latest",
                lowest=0,
                bits=NUMBER_BITS,
                access="read",
                text=f"What was wrong with the latest of them: {_FAULTS}.",
            ),
            Field(
                name="count",
                lowest=8,
                bits=FAULT_COUNT_BITS,
                access="read",
                text=f"Their number, at most {(1 << FAULT_COUNT_BITS) - 1}.",
            ),
        ),
    ),
    Register(
        name="interrupt",
        address=0x30,
        text="When the interrupt line is high.",
        fields=(
            Field(
                name="enable",
                lowest=0,
                bits=1,
                access="write",
                text="The interrupt line is high while TOLD of NEWS is set.",
            ),
        ),
    ),
)

_GIVEN = (
    whole(
        "template_entry",
        0x34,
        "Address of the template program's first word. The next TAKE takes it over.",
        access="write",
        bits=ENTRY_BITS,
    ),
    whole(
        "search_entry",
        0x38,
        "Address of the search program's first word. The next TAKE takes it over.",
        access="write",
        bits=ENTRY_BITS,
    ),
    Register(
        name="frame_size",
        address=0x3C,
        text="Size of the video's frames. Writing it resets the tracker as RESET of CONTROL does.",
        fields=(
            Field(name="width", lowest=0, bits=SIDE_BITS, access="write", text="Pixels of a line."),
            Field(name="height", lowest=16, bits=SIDE_BITS, access="write", text="Lines of a frame."),
        ),
    ),
    *(
        whole(
            f"first_{name}",
            0x40 + 4 * number,
            f"{text} of the first box, in 1/256 pixel{more}. The next TAKE takes it over.",
            access="write",
            signed=signed,
        )
        for number, (name, text, more, signed) in enumerate(
            (
                ("x", "Middle", " from the frame's left edge", True),
                ("y", "Middle", " from the frame's upper edge", True),
                ("width", "Width", "", False),
                ("height", "Height", "", False),
            )
        )
    ),
    *word_registers(0x50),
)

_NEWS = (
    Register(
        name="news",
        address=0x60,
        text="Whether there is news of a frame, or of a first box that was refused.",
        fields=(
            Field(
                name="told",
                lowest=0,
                bits=1,
                access="clear",
                text="There is news that was not taken over. Writing a one takes the latest news over into "
                "the registers behind this one, where it stands until the next such write.",
            ),
        ),
    ),
    whole("news_number", 0x64, "Number of this news since the latest reset, from 1 on; 0: there was none."),
    Register(
        name="result",
        address=0x68,
        text="What became of the frame.",
        fields=(
            Field(
                name="state",
                lowest=0,
                bits=max(State).bit_length(),
                access="read",
                text=f"How it stood with the target: {_STATES}.",
            ),
            Field(
                name="code",
                lowest=8,
                bits=CODE_BITS,
                access="read",
                text="What was wrong, 0 for nothing: 16 + fault of the frame, 32 + error of the core, 48 + "
                "fault of the first box.",
            ),
            Field(
                name="skipped",
                lowest=16,
                bits=SKIPPED_BITS,
                access="read",
                text="Frames that were skipped between this one and the one before it that was tried.",
            ),
        ),
    ),
    whole("box_left", 0x6C, "Left edge of the box, in 1/512 pixel.", signed=True),
    whole("box_top", 0x70, "Upper edge of the box, in 1/512 pixel.", signed=True),
    whole("box_width", 0x74, "Width of the box, in 1/256 pixel."),
    whole("box_height", 0x78, "Height of the box, in 1/256 pixel."),
    whole("confidence", 0x7C, "Probability that the target is where the box is, in 1/32768, up to 32768."),
    *(
        whole(
            f"window_{axis}_{part}",
            address,
            f"Bits {bits} of the position of the first {what} of the window that was searched, signed, in "
            f"1/65536 pixel; 0 is the middle of the frame's first pixel.",
            signed=part == "high",
        )
        for axis, what, first in (("left", "column", 0x80), ("top", "row", 0x88))
        for part, bits, address in (("low", "31 to 0", first), ("high", "63 to 32", first + 4))
    ),
    whole("window_step", 0x90, "Step of that window from sample to sample, in 1/65536 pixel."),
)

TRACKER = RegisterMap(
    name="siammixer_tracker",
    title="SiamMixer's tracker",
    text="Follows a target through a video.",
    magic=MAGIC,
    version=VERSION,
    registers=(*_WHAT_IT_IS, *_CONTROL, *_GIVEN, *_NEWS),
)
"""Every register of the tracker."""


FIRST_BOX = ("first_x", "first_y", "first_width", "first_height")
"""The registers of a first box, by their names."""


def tracker_constants(design: FabricDesign) -> dict[str, int]:
    """The values of the registers that never change, by their names."""
    return head_values(MAGIC, VERSION, design.accelerator) | {
        "largest_width": design.tracker.frame_width,
        "largest_height": design.tracker.frame_height,
    }
