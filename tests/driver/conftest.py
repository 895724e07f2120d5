"""A board in Python, after docs/link.md, whose core is golden; lines that lose, damage, repeat and add."""

import os
import random
import select
import threading
import tty
from contextlib import contextmanager
from functools import partial

import numpy as np
import pytest

from siammixer.arch.accelerator import TAPS, find_accelerator
from siammixer.arch.link import (
    ANSWER,
    IDENTITY,
    NUMBERS,
    PAYLOAD_BYTES,
    RESPONSE_REQUEST,
    START_REQUEST,
    STATUS,
    VERSION,
    WINDOW,
    WRITE_HEAD,
    Kind,
    Target,
    Verdict,
)
from siammixer.compiler.compile import compile_branch
from siammixer.compiler.memory_checksum import memory_checksum
from siammixer.compiler.packing import pack_template
from siammixer.driver.frame import Decoder, encode
from siammixer.golden.engine import GoldenEngine
from siammixer.golden.network import run as run_golden
from siammixer.golden.random_weights import random_weights
from siammixer.golden.response import cells
from siammixer.ir.catalogue import find_network

TINY, NETWORK = find_accelerator("tiny"), find_network("tiny")


class ModelBoard:
    """Bytes in, bytes out: the rules of the link, on a core that knows the tiny network.

    Parameters
    ----------
    weights
        What must have been loaded when a run ends.
    accelerator
        Whose fingerprint it tells.
    error
        Code with which every run ends.
    busy_for
        Status requests that find a run still in progress after its last pixel.
    """

    def __init__(self, weights, accelerator=TINY, error=0, busy_for=1, version=VERSION):
        self.plans = {
            branch: compile_branch(NETWORK, TINY, branch=branch, weights=weights)
            for branch in ("template", "search")
        }
        self.memory = self.plans["search"].weight_memory(weights)
        self.network_weights, self.checksum = weights, memory_checksum(self.plans["search"])
        self.golden = GoldenEngine(NETWORK, weights)
        self.accelerator, self.error, self.busy_for, self.version = accelerator, error, busy_for, version
        self.decoder, self.session = Decoder(), False
        self.executed = []
        self._reset()

    def _reset(self):
        self.expected, self.verdicts = 0, {}
        self.program, self.weights = {}, np.zeros((TINY.lanes, TINY.weight_words, TAPS), np.int8)
        self.running, self.left, self.pixels = False, 0, []
        self.response, self.cycles = np.zeros(np.prod(NETWORK.response_shape), np.int32), 0

    def feed(self, data):
        """The answers to what arrives."""
        return b"".join(
            encode(self.answer(message)) for message in self.decoder.feed(data) if len(message) >= 2
        )

    def answer(self, message):
        kind, number, payload = message[0], message[1], message[2:]
        if kind == Kind.OPEN:
            self._reset()
            self.session = True
            return self._say(kind, number, Verdict.DONE, self._identity())
        if not self.session:
            return self._say(kind, number, Verdict.CLOSED)
        if (self.expected - number - 1) % NUMBERS < WINDOW:
            verdict = self.verdicts.get(number, Verdict.DONE)
        elif number != self.expected:
            return self._say(kind, number, Verdict.OUT_OF_ORDER)
        else:
            self.executed.append(kind)
            self.expected = (number + 1) % NUMBERS
            verdict = self.verdicts[number] = self._execute(kind, payload)
        return self._say(kind, number, verdict, self._told(kind, payload) if verdict == Verdict.DONE else b"")

    def _say(self, kind, number, verdict, payload=b""):
        return bytes([kind | ANSWER, number, verdict, self.expected]) + payload

    def _execute(self, kind, payload):
        if kind == Kind.WRITE:
            return self._write(payload)
        if kind == Kind.START:
            if self._busy():
                return Verdict.BUSY
            self.running, self.left, self.pixels = True, self.busy_for, []
            self.entry = int(np.frombuffer(payload, START_REQUEST)[0]["entry"])
            if self._holds(self.checksum.program):
                self.running, sums = False, self.checksum.sums(self.weights[:, : self.checksum.end])
                self.response = np.resize(sums, self.response.shape)
                self.cycles = self.checksum.predicted_cycles
        elif kind in (Kind.PIXELS, Kind.LAST_PIXELS):
            if not self.running:
                return Verdict.NOT_RUNNING
            self.pixels.append(payload)
            if kind == Kind.LAST_PIXELS or self.error:
                self._finish()
        return Verdict.DONE

    def _busy(self):
        return self.running or self.left > 0

    def _write(self, payload):
        if self._busy():
            return Verdict.BUSY
        head = np.frombuffer(payload[:4], WRITE_HEAD)[0]
        words = np.frombuffer(payload[4:], np.int8).reshape(-1, 9)
        if head["target"] == Target.WEIGHTS:
            self.weights[head["lane"], head["address"] : head["address"] + len(words)] = words
        else:
            values = words[:, :4].copy().view("<u4")[:, 0]
            self.program.update(enumerate(values.tolist(), int(head["address"])))
        return Verdict.DONE

    def _holds(self, program):
        """Whether the run in progress is of that program."""
        words = range(self.entry, self.entry + len(program))
        return [self.program.get(address) for address in words] == program.tolist()

    def _finish(self):
        """Golden on the crop that the pixels are of."""
        self.running = False
        if self.error:
            self.left = 0
            return
        constant = slice(self.checksum.template_words, self.checksum.end)
        assert np.array_equal(self.weights[:, constant], self.memory[:, constant])
        branch = next(branch for branch, plan in self.plans.items() if self._holds(plan.program))
        plan, side = self.plans[branch], NETWORK.side(branch)
        crop = np.zeros((side, side, 3), np.uint8)
        places = plan.pixels(np.arange(side**2 * 3).reshape(side, side, 3))
        crop.reshape(-1)[places] = np.frombuffer(b"".join(self.pixels), np.uint8).reshape(-1, 3)
        if branch == "template":
            self.golden.set_template(crop)
            template = run_golden(NETWORK, self.network_weights, crop, "template")["template"]
            self.weights[:, : self.checksum.template_words] = pack_template(TINY, template)
        else:
            self.response = cells(self.golden.responses(crop[np.newaxis])[0])
        self.cycles = plan.predicted_cycles

    def _told(self, kind, payload):
        if kind == Kind.STATUS:
            busy, self.left = self._busy(), max(self.left - 1, 0)
            position = int(np.argmax(self.response))
            return np.array(
                (
                    busy,
                    self.error,
                    0,
                    self.cycles,
                    position,
                    self.response[position],
                    self.decoder.damaged,
                    0,
                ),
                STATUS,
            ).tobytes()
        if kind == Kind.RESPONSE:
            wanted = np.frombuffer(payload, RESPONSE_REQUEST)[0]
            return self.response[wanted["address"] :][: wanted["cells"]].astype("<i4").tobytes()
        return b""

    def _identity(self):
        a = self.accelerator
        sizes = (a.lanes, a.program_words, a.weight_words, a.response_words)
        return np.array(
            (self.version, WINDOW, PAYLOAD_BYTES, int(a.fingerprint, 16), 25_000_000, *sizes), IDENTITY
        ).tobytes()


class Clock:
    """Stands for the module time: goes on where a line is used, however long the computer takes."""

    def __init__(self):
        self.seconds = 0.0

    def monotonic(self):
        return self.seconds


class Line:
    """A transport to a model board; each write and each read may be changed on its way.

    Parameters
    ----------
    clock
        A write takes a millisecond of it, and a wait for what does not come all that it may take.
    to_board, to_host
        Functions of bytes to bytes.
    """

    name = "line"

    def __init__(self, clock, board, to_board=lambda data: data, to_host=lambda data: data):
        self.board, self.to_board, self.to_host = board, to_board, to_host
        self._clock, self._arrived = clock, b""
        self.closed = False

    def write(self, data):
        self._clock.seconds += 0.001
        self._arrived += self.to_host(self.board.feed(self.to_board(data)))

    def read(self, seconds):
        data, self._arrived = self._arrived, b""
        if not data:
            self._clock.seconds += seconds
        return data

    def close(self):
        self.closed = True


def make_noise(seed, rate):
    """Bytes to bytes: at the rate, a write is lost, damaged, cut, repeated, or has garbage before it."""
    dice = random.Random(seed)

    def change(data):
        if not data or dice.random() >= rate:
            return data
        place = dice.randrange(len(data))
        garbage = bytes(dice.choices(range(256), k=dice.randrange(1, 40)))
        return dice.choice(
            [
                b"",
                data[:place] + bytes([data[place] ^ 1 << dice.randrange(8)]) + data[place + 1 :],
                data[:place],
                data[:place] + data[place + 1 :],
                data + data,
                garbage + data,
            ]
        )

    return change


@contextmanager
def serve(board):
    """The board behind a pseudo-terminal: its name, and a function that pulls the cable."""
    terminal, port = os.openpty()
    tty.setraw(port)
    stop = threading.Event()

    def run():
        while not stop.is_set():
            if select.select([terminal], [], [], 0.02)[0]:
                answer = board.feed(os.read(terminal, 4096))
                if not stop.is_set():
                    os.write(terminal, answer)
        os.close(terminal)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield os.ttyname(port), stop.set
    finally:
        stop.set()
        thread.join()
        os.close(port)


@pytest.fixture(scope="session")
def weights():
    return random_weights(NETWORK, 8)


@pytest.fixture
def model(weights):
    """Makes model boards."""
    return lambda **settings: ModelBoard(settings.pop("weights", weights), **settings)


@pytest.fixture
def line(monkeypatch):
    """Makes lines, on whose own clock the host waits: no test depends on how busy the computer is."""
    clock = Clock()
    for module in ("siammixer.driver.connection", "siammixer.driver.board"):
        monkeypatch.setattr(f"{module}.time", clock)
    return partial(Line, clock)


@pytest.fixture(scope="session")
def noise():
    return make_noise


@pytest.fixture(scope="session")
def on_port():
    return serve
