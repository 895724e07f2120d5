"""Error codes that the accelerator reports in its status."""

from enum import IntEnum

from siammixer.arch.accelerator import PIXEL_TIMEOUT_CYCLES


class Error(IntEnum):
    """Reason why a run ended early. The value is the code that the hardware reports."""

    NONE = 0
    BAD_INSTRUCTION = 1
    PROGRAM_END = 2
    START_WHILE_BUSY = 3
    INPUT_SHORT = 4
    INPUT_LONG = 5
    BAD_CHECK = 6
    BAD_ADDRESS = 7
    PIXELS_MISSING = 8
    WRITE_WHILE_BUSY = 9
    WRITE_OUTSIDE = 10


MESSAGES = {
    Error.NONE: "no error",
    Error.BAD_INSTRUCTION: "an instruction is of no known kind, or its fields break the rules of its kind",
    Error.PROGRAM_END: "the program runs past the end of its memory",
    Error.START_WHILE_BUSY: "start while a run was in progress",
    Error.INPUT_SHORT: "the pixel stream was marked as ended before the image was complete",
    Error.INPUT_LONG: "the pixel stream went on after the image was complete",
    Error.BAD_CHECK: "an instruction does not match its check",
    Error.BAD_ADDRESS: "a step reached past the end of a memory",
    Error.WRITE_WHILE_BUSY: "a word was written while a run was in progress",
    Error.WRITE_OUTSIDE: "a word was written past the end of a memory, or to none",
    Error.PIXELS_MISSING: f"no pixel came for {PIXEL_TIMEOUT_CYCLES:,} cycles",
}
