"""A whole network's image through the pins of a flash: what a host writes, word for word."""

import numpy as np
import pytest

from siammixer.arch.accelerator import ACCELERATORS
from siammixer.arch.flash import FlashError, FlashTiming
from siammixer.driver.flash_image import examine, network_image
from siammixer.driver.planner import Pass, Planner, plan_branches
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.weights import load_weights
from siammixer.rtl.flash.flash_loader import FlashLoader
from siammixer.sim.flash import READ, WAKE
from siammixer.sim.flash_load import flash_load_simulator, load

TINY, NETWORK = ACCELERATORS["tiny"], NETWORKS["tiny"]
WEIGHTS = load_weights(NETWORK)
PROGRAM = plan_branches(NETWORK, TINY, None, WEIGHTS)
IMAGE = network_image(PROGRAM, WEIGHTS)
WORDS = len(examine(IMAGE, TINY).words)
TIMING = FlashTiming(half_cycles=1, wait_cycles=64)


@pytest.fixture(scope="module")
def binary():
    return flash_load_simulator(TINY, TIMING)


@pytest.mark.parametrize("stall", [0.0, 0.95])
def test_it_writes_what_a_host_writes(binary, stall):
    crop = np.zeros((NETWORK.side("template"),) * 2 + (3,), np.uint8)
    expected = Planner(PROGRAM, WEIGHTS).run(Pass(branch="template", crop=crop)).writes
    found = load(binary, IMAGE, stall=stall)
    assert np.array_equal(found.words, expected)
    assert (found.loaded, found.error) == (1, FlashError.NONE)
    assert {"template": found.template_entry, "search": found.search_entry} == PROGRAM.entries
    assert found.commands == [WAKE, READ]
    predicted = TIMING.read_cycles(len(IMAGE)) + FlashLoader.LATENCY
    assert found.cycles == predicted if not stall else predicted < found.cycles


def test_the_last_bits_count(binary):
    """Everything is written before the check is known."""
    found = load(binary, IMAGE[:-1] + bytes([IMAGE[-1] ^ 1]))
    assert (found.loaded, found.error, len(found.words)) == (0, FlashError.CHECK, WORDS)
