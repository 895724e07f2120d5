"""The complete device in Verilator, through its serial line, driven by the host library that drives a board:
equal to golden.
"""

import random
from contextlib import closing

import numpy as np
import pytest

from siammixer.arch.accelerator import TAPS, find_accelerator
from siammixer.arch.errors import Error
from siammixer.arch.instruction import encode
from siammixer.arch.link import FLAG, Kind
from siammixer.compiler.compile import compile_branch
from siammixer.driver.board import Board
from siammixer.driver.board_engine import BoardEngine
from siammixer.driver.compare import reported
from siammixer.driver.connection import Request
from siammixer.driver.core import CoreRun
from siammixer.driver.errors import BoardError
from siammixer.driver.transport import SerialLine
from siammixer.driver.words import program_words, weight_words
from siammixer.golden.engine import GoldenEngine
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.catalogue import find_network
from siammixer.sim.device import simulated_board

TINY, NETWORK = find_accelerator("tiny"), find_network("tiny")
WEIGHTS = random_weights(NETWORK, 17)
TEMPLATE, CROP = (random_image(NETWORK.search_side, seed) for seed in (1, 2))
# The simulated line is some hundred times slower than a real one; too little only repeats.
PATIENCE_SECONDS = 1.0


@pytest.fixture(scope="module")
def port():
    with simulated_board(TINY) as port:
        yield port


@pytest.fixture(scope="module")
def response():
    golden = GoldenEngine(NETWORK, WEIGHTS)
    golden.set_template(TEMPLATE)
    return golden.responses(CROP[np.newaxis])


class Noise:
    """A line on which, at the rate, a write or what was read is lost, damaged, cut, repeated, or has garbage
    before it.
    """

    def __init__(self, line, rate, seed):
        self._line, self._rate, self._dice = line, rate, random.Random(seed)
        self.name, self.changes = line.name, 0

    def write(self, data):
        self._line.write(self._changed(data))

    def read(self, seconds):
        data = self._line.read(seconds)
        return self._changed(data) if data else data

    def close(self):
        self._line.close()

    def _changed(self, data):
        dice = self._dice
        if dice.random() >= self._rate:
            return data
        self.changes += 1
        place = dice.randrange(len(data))
        flipped = data[:place] + bytes([data[place] ^ 1 << dice.randrange(8)]) + data[place + 1 :]
        return dice.choice(
            [b"", flipped, data[:place], data + data, bytes(dice.choices(range(256), k=20)) + data]
        )


def test_a_frame_equals_golden(port, response):
    """After power-up: weights, template, search crop, response, peak; the line loses nothing."""
    board = Board(SerialLine(port), 20 * PATIENCE_SECONDS)
    with closing(BoardEngine(NETWORK, WEIGHTS, TINY, board)) as engine:
        engine.set_template(TEMPLATE)
        assert np.array_equal(engine.responses(CROP[np.newaxis]), response)
        status = board.status()
        assert (status.busy, status.error, status.damaged, status.framing_errors) == (0, 0, 0, 0)
        # The line gives a pixel every 120 cycles: the run waits for it, and computes the deep layers after
        # the last.
        plan = compile_branch(NETWORK, TINY, branch="search", weights=WEIGHTS)
        assert plan.predicted_cycles < status.cycles == engine.cycles[0]
        assert board.connection.repetitions == 0
        assert engine.wrong_memory() == []
        board.write(weight_words(np.zeros((TINY.lanes, 1, TAPS), np.int8), plan.weight_layout.end - 1))
        assert engine.wrong_memory() == ["weight words 130 to 150"]


def test_a_reset_in_the_middle_of_a_run(port):
    """With pixels on their way and a message that stops: nothing is left of the run."""
    with closing(Board(SerialLine(port), PATIENCE_SECONDS)) as board:
        plan = compile_branch(NETWORK, TINY, branch="search", weights=WEIGHTS)
        board.write(program_words(plan.program))
        start = Request(kind=Kind.START, payload=bytes(2))
        board.connection.exchange([start, Request(kind=Kind.PIXELS, payload=bytes(300))])
        assert board.status().busy
        with pytest.raises(BoardError, match="a write was refused: a run is in progress"):
            board.write(program_words(plan.program))
        board._transport.write(bytes([FLAG, Kind.PIXELS, 9, 1, 2, 3]))
        board.reset()
        status = board.status()
        assert (status.busy, status.error, status.step, status.cycles) == (0, 0, 0, 0)


@pytest.mark.long
def test_a_bad_line_changes_nothing(port, response):
    """Everything again, after that reset, over a line that damages both ways."""
    line = Noise(SerialLine(port), 0.04, seed=3)
    with closing(BoardEngine(NETWORK, WEIGHTS, TINY, Board(line, PATIENCE_SECONDS))) as engine:
        engine.set_template(TEMPLATE)
        assert np.array_equal(engine.responses(CROP[np.newaxis]), response)
    assert line.changes > 0


def test_the_cores_error_in_words(port):
    """The program's first instruction is of no known kind; the session goes on."""
    with closing(Board(SerialLine(port), PATIENCE_SECONDS)) as board:
        run = CoreRun(
            writes=program_words(encode(0)),
            pixels=np.zeros((200, 3), np.uint8),
            response_words=0,
            watchdog_cycles=2000,
        )
        outcome = board.execute(run)
        assert (outcome.error, outcome.step) == (Error.BAD_INSTRUCTION, 0)
        assert reported(outcome).startswith("the accelerator reports an instruction is of no known kind")
        assert not board.status().busy
