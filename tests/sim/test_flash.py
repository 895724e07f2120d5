"""The model of a flash: it answers the commands that one knows, and nothing else."""

import pytest

from siammixer.sim.flash import (
    CAPACITY,
    FAST_READ,
    IDENTIFICATION,
    READ,
    READ_ID,
    READ_STATUS,
    SLEEP,
    WAKE,
    FlashModel,
)

CONTENT = bytes(range(1, 41))
NOTHING = b"\xff" * 4
AT_5 = (0, 0, 5)


class Line:
    """Whole bytes to a model and back."""

    def __init__(self, **choice):
        self.model, self.cycle = FlashModel(CONTENT, address=0, **choice), 0

    def pins(self, *levels):
        self.cycle += 1
        return self.model.pins(*levels, self.cycle)

    def command(self, *sent, count=4, bits=0):
        """The bytes that follow those sent, and ``bits`` more clocks."""
        levels = [byte >> (7 - bit) & 1 for byte in sent for bit in range(8)]
        heard = []
        self.pins(0, 0, 0)
        for level in levels + [0] * (8 * count + bits):
            self.pins(0, 0, level)
            heard.append(self.pins(0, 1, level))
        self.pins(0, 0, 0)
        self.pins(1, 0, 0)
        value = "".join(map(str, heard[len(levels) : len(levels) + 8 * count]))
        return int(value or "0", 2).to_bytes(count, "big")


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ((READ, *AT_5), CONTENT[5:9]),
        ((READ, 0, 0, 38), CONTENT[38:] + b"\xff\xff"),
        ((READ, 0xFF, 0xFF, 0xFE), b"\xff\xff" + CONTENT[:2]),
        ((FAST_READ, *AT_5, 0), CONTENT[5:9]),
        ((READ_ID,), (2 * IDENTIFICATION)[:4]),
        ((READ_STATUS,), bytes(4)),
        ((0x00, *AT_5), NOTHING),
        ((0x13, *AT_5), NOTHING),
        ((0x02, *AT_5), NOTHING),
        ((WAKE, 0, 0, 0), NOTHING),
    ],
)
def test_commands(sent, answer):
    line = Line()
    assert line.command(*sent) == answer
    assert line.model.commands == [sent[0]] and not line.model.unclear
    assert line.model.byte(CAPACITY + 3) == CONTENT[3]


def test_asleep_it_knows_one_command():
    line = Line(asleep=True)
    assert line.command(READ, *AT_5) == line.command(READ_ID) == NOTHING
    line.command(WAKE, count=0, bits=3)
    assert line.command(READ, *AT_5) == NOTHING, "a command that is no whole byte is none"
    line.command(WAKE, count=0)
    assert line.command(READ, *AT_5) == CONTENT[5:9]
    line.command(SLEEP, count=0)
    assert line.command(READ, *AT_5) == NOTHING


def test_waking_takes_time():
    line = Line(asleep=True, wake_cycles=50)
    line.command(WAKE, count=0)
    assert line.command(READ, *AT_5, count=30)[-1:] == b"\xff", "what began too early stays unanswered"
    assert line.command(READ, *AT_5) == CONTENT[5:9]


@pytest.mark.parametrize("level", [0, 1])
def test_a_line_that_is_stuck(level):
    assert Line(stuck=level).command(READ, *AT_5) == bytes([255 * level]) * 4


def test_levels_that_change_with_the_clock_are_counted():
    line = Line()
    line.pins(0, 0, 0)
    line.pins(0, 1, 1)
    line.pins(1, 0, 0)
    line.pins(0, 1, 0)
    assert line.model.unclear == 2
