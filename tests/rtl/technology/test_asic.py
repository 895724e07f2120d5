"""The ASIC's memories: both read what was written, and one port reads nothing where it writes."""

import random

import pytest

from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.rtl.technology.asic import ASIC, OnePortRam, TwoPortRam

WIDTH, DEPTH, CYCLES = 11, 6, 400


@pytest.mark.parametrize("one_port", [False, True])
def test_reads_are_of_what_was_written(one_port, clocked):
    """Random traffic; words written in the cycle of their reading are not looked at, with one port no word
    read in a cycle that writes.
    """
    dice = random.Random(18)
    reads, places = ([dice.randrange(DEPTH) for _ in range(CYCLES)] for _ in range(2))
    words = [dice.randrange(1 << WIDTH) for _ in range(CYCLES)]
    enables = [dice.random() < 0.4 for _ in range(CYCLES)]
    ram = ASIC.block_ram(width=WIDTH, depth=DEPTH, one_port=one_port)
    assert type(ram) is (OnePortRam if one_port else TwoPortRam)
    inputs = {"read_address": reads, "write_enable": enables, "write_address": places, "write_data": words}
    seen = clocked(ram, inputs, ["read_data"], CYCLES + BlockRam.LATENCY)["read_data"][BlockRam.LATENCY :]
    held, looked_at = [0] * DEPTH, 0
    for cycle in range(CYCLES):
        lost = enables[cycle] and (one_port or reads[cycle] == places[cycle])
        if not lost:
            assert seen[cycle] == held[reads[cycle]], cycle
            looked_at += 1
        if enables[cycle]:
            held[places[cycle]] = words[cycle]
    assert looked_at > CYCLES / 2
