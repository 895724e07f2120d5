"""A model of the core behind its registers, which golden computes, for the drivers; and jobs on the tiny
network with their files, made once.
"""

import subprocess

import numpy as np
import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.errors import Error
from siammixer.arch.register_map import WIDTH
from siammixer.arch.registers import REGISTERS, constants, find_register
from siammixer.delivery.bundle import write_bundle
from siammixer.delivery.job import Job
from siammixer.driver.planner import plan_branches
from siammixer.driver.reference import Reference
from siammixer.golden.response import cells, peak
from siammixer.ir.catalogue import find_network
from siammixer.ir.patches import patches
from siammixer.ir.weights import load_weights

NETWORK, ACCELERATOR = find_network("tiny"), find_accelerator("tiny")
WEIGHTS = load_weights(NETWORK)
PROGRAM = plan_branches(NETWORK, ACCELERATOR, None, WEIGHTS)
BY_ADDRESS = {register.address: register for register in REGISTERS}
START, RESET, DRAIN = 1, 2, 4
# Reads of the status for which the model is busy after a reset.
FLUSH = 3


class Model:
    """Registers and pixels of a core with the network tiny, as the description has them.

    An access that the bus would refuse is an AssertionError. A run needs the words that the compiler wrote at
    their places, and ends at once, or when its pixels have come.
    """

    def __init__(self):
        self.values = {register.name: 0 for register in REGISTERS} | constants(ACCELERATOR)
        self.memory = {}
        self.pending = []  # pixels that nobody took yet
        self.waits = False  # for pixels
        self.busy_reads = 0
        self.stuck = False  # runs never end
        self.dropped = 0
        self.reference = Reference(NETWORK, WEIGHTS)
        self.response = np.zeros(ACCELERATOR.response_words, np.int32)

    def read(self, offset):
        """A read; the register's value."""
        register = BY_ADDRESS[offset]
        assert register.readable, register.name
        assert not (register.idle and self.busy()), register.name
        if register.name == "status":
            now = self.values["status"] | self.busy()
            self.busy_reads = max(0, self.busy_reads - 1)
            return now
        if register.name == "response_data":
            place = self.values["response_address"]
            self.values["response_address"] += 1
            return int(self.response[place]) & (1 << WIDTH) - 1
        return self.values[register.name]

    def write(self, offset, value):
        """A write."""
        register = BY_ADDRESS[offset]
        assert register.writable and not (register.idle and self.busy()), register.name
        assert value == value & sum(field.mask for field in register.fields), f"{register.name}: {value:#x}"
        if register.name == "status":
            self.values["status"] &= ~(value & find_register("status").field("done").mask)
        elif register.name == "control":
            self._control(value)
        else:
            self.values[register.name] = value
        if register.name == "word_high":
            parts = (value, self.values["word_middle"], self.values["word_low"])
            self.memory[self.values["word_address"]] = parts[0] << 64 | parts[1] << 32 | parts[2]
            self.values["word_address"] += 1

    def send(self, pixels):
        """The pixels of a crop come, the last one marked."""
        self.pending = [int(pixel) for pixel in pixels]
        self._go_on()

    def busy(self):
        """Whether a run is in progress, or a reset has just been."""
        return int(self.waits or self.stuck or self.busy_reads > 0)

    def _control(self, value):
        if value & RESET:
            self.waits, self.stuck, self.busy_reads = False, False, FLUSH
            self.values["status"] = 0
        self.values["control"] = value & DRAIN
        if value & START:
            assert not self.busy()
            self.values["status"] = 0
            self.waits = True
        self._go_on()

    def _go_on(self):
        if self.values["control"] & DRAIN and not self.waits:
            self.dropped += len(self.pending)
            self.pending = []
        if self.waits and self.pending and not self.stuck:
            self._run()

    def _run(self):
        branch = next(name for name, entry in PROGRAM.entries.items() if entry == self.values["entry"])
        self.waits = False
        error, count = self._wrong_words(), len(PROGRAM[branch].pixels(np.zeros((63, 63, 3), np.uint8)))
        if error is Error.NONE and len(self.pending) != count:
            error = Error.INPUT_SHORT if len(self.pending) < count else Error.INPUT_LONG
        if error is Error.NONE:
            tensors = self.reference.tensors(branch, self._crop(branch))
            if branch == "search":
                words = cells(tensors[NETWORK.outputs("search")[0]])
                self.response[: len(words)] = words
                place, value = peak(words)
                self.values["peak_position"] = int(place)
                self.values["peak_value"] = int(value) & (1 << WIDTH) - 1
        self.pending = self.pending[count:]
        self.values["cycles"] = PROGRAM[branch].predicted_cycles
        self.values["status"] = 2 | error << 8 | 7 << 16

    def _wrong_words(self):
        """The error of a run on memories that hold something else than the compiler's words."""
        expected = {}
        for lane, words in enumerate(PROGRAM.weight_memory(WEIGHTS)):
            for place, word in enumerate(words):
                expected[1 << 24 | lane << 16 | place] = int.from_bytes(word.tobytes(), "little")
        for branch, entry in PROGRAM.entries.items():
            expected |= {entry + place: int(word) for place, word in enumerate(PROGRAM[branch].program)}
        return Error.NONE if self.memory == expected else Error.BAD_CHECK

    def _crop(self, branch):
        """The crop whose patches the pixels are."""
        crop, pixels = np.zeros((63, 63, 3), np.uint8), np.array(self.pending, "<u4")
        rgb = pixels.view(np.uint8).reshape(-1, 4)[:, :3]
        for patch in patches(NETWORK, branch, PROGRAM.grid):
            region = patch.regions["image"]
            count = region.height * region.width
            crop[region.window], rgb = rgb[:count].reshape(region.height, region.width, 3), rgb[count:]
        return crop


@pytest.fixture
def model():
    """A core that was just switched on."""
    return Model()


@pytest.fixture(scope="session")
def tiny():
    """Network, weights, accelerator and program that the model runs."""
    return NETWORK, WEIGHTS, ACCELERATOR, PROGRAM


def make_job(**choice):
    fixed = {"network": NETWORK, "weights": WEIGHTS, "accelerator": ACCELERATOR}
    return Job(**fixed | choice)


@pytest.fixture
def new_job():
    """Makes a job of its own."""
    return make_job


@pytest.fixture(scope="session")
def axi_job():
    return make_job()


@pytest.fixture(scope="session")
def stream_job():
    return make_job(bus="stream", prefix="eye")


@pytest.fixture
def axi(axi_job, tmp_path):
    """A bundle behind AXI, of the default prefix."""
    return write_bundle(axi_job, tmp_path / "axi")


@pytest.fixture
def alone(stream_job, tmp_path):
    """A bundle of the core alone, with another prefix."""
    return write_bundle(stream_job, tmp_path / "alone")


def run_make(folder, *arguments):
    command = ["make", "-C", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="session")
def make():
    """Runs make in a bundle; its exit status and output."""
    return run_make


def with_fault(lines, fault):
    if not isinstance(fault, tuple):
        return fault(lines)
    number, bit = fault
    line = f"{lines[number][:-1]}{int(lines[number][-1], 16) ^ bit:x}"
    return [*lines[:number], line, *lines[number + 1 :]]


@pytest.fixture(scope="session")
def faulty():
    """Puts a fault into the lines of an image: a function of them, or the number of a line and the bit that
    is flipped in its last digit.
    """
    return with_fault
