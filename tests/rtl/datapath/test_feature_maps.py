"""FeatureMapMemory: banks, latency, addresses past the end."""

import numpy as np
import pytest

from siammixer.arch.accelerator import MAP_BANK_WORDS as BANK_WORDS
from siammixer.rtl.datapath.feature_maps import FeatureMapMemory

EDGES = [0, 1, BANK_WORDS - 1, BANK_WORDS, BANK_WORDS + 1]


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize("depth", [16, BANK_WORDS, 2 * BANK_WORDS + 100])
def test_reads_what_was_written(depth, seed, clocked):
    random = np.random.default_rng(seed)
    edges = [*EDGES, depth - 1, depth, depth + 1, depth ^ BANK_WORDS, 2**16 - 1]
    places = random.choice(edges, 300)
    enable, data, reads = random.random(300) < 0.5, random.integers(0, 2**16, 300), random.choice(edges, 300)
    reads[1:100] = places[:99]  # the word of the cycle before
    enable[:50] = True
    inputs = {"write_address": places, "write_enable": enable, "write_data": data, "read_address": reads}
    memory = FeatureMapMemory(depth=depth, width=16)
    seen = clocked(memory, inputs, ["read_data"], 300 + memory.LATENCY)["read_data"]
    words: dict[int, int] = {}
    for cycle in range(300):
        read, place, found = reads[cycle], places[cycle], seen[cycle + memory.LATENCY]
        if read >= depth or (
            read in words and not (enable[cycle] and read == place)
        ):  # in the cycle of the write it may be either word
            assert found == words.get(read, 0), f"address {read} in cycle {cycle}"
        if enable[cycle] and place < depth:
            words[place] = data[cycle]
    assert len(words) == len({edge for edge in edges if edge < depth})


def test_one_word_per_cycle(clocked):
    addresses = list(range(BANK_WORDS - 8, BANK_WORDS + 8))
    memory = FeatureMapMemory(depth=2 * BANK_WORDS, width=8)
    writes = {"write_enable": [1] * 16 + [0], "write_address": addresses, "write_data": range(16)}
    seen = clocked(
        memory, {**writes, "read_address": [0] * 16 + addresses}, ["read_data"], 32 + memory.LATENCY
    )["read_data"]
    assert seen[16 + memory.LATENCY :] == list(range(16))
