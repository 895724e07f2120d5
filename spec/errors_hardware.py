"""Error codes of the accelerator's status."""

from enum import IntEnum


class Error(IntEnum):
    """Why a run ended early; the value is what the hardware reports."""

    NONE = 0
    BAD_RECORD = 1
    PROGRAM_END = 2
    START_WHILE_BUSY = 3
    INPUT_SHORT = 4
    INPUT_LONG = 5


MESSAGES = {
    Error.NONE: "no error",
    Error.BAD_RECORD: "a program record is of no known kind",
    Error.PROGRAM_END: "the program runs past the end of its memory",
    Error.START_WHILE_BUSY: "start while a run was in progress",
    Error.INPUT_SHORT: "the pixel stream was marked as ended before the image was complete",
    Error.INPUT_LONG: "the pixel stream went on after the image was complete",
}
