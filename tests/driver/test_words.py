"""Words for the write port: where they go, what they hold, and how they part for a line."""

import numpy as np

from siammixer.arch.link import Target
from siammixer.driver.words import joined, no_words, program_words, stretches, weight_words

MEMORY = np.arange(2 * 3 * 9, dtype=np.int8).reshape(2, 3, 9)


def test_a_weight_word_is_nine_bytes_at_its_lane_and_place():
    words = weight_words(MEMORY, 5)
    assert words["address"].tolist() == [5, 6, 7, 65536 + 5, 65536 + 6, 65536 + 7]
    assert set(words["target"]) == {Target.WEIGHTS}
    assert np.array_equal(words["data"].view(np.int8).reshape(MEMORY.shape), MEMORY)


def test_a_program_word_is_the_lowest_four_bytes():
    words = program_words(np.array([0x04030201, 0xFFFFFFFF], np.uint32))
    assert words["address"].tolist() == [0, 1] and set(words["target"]) == {Target.PROGRAM}
    assert words["data"].tolist() == [[1, 2, 3, 4, 0, 0, 0, 0, 0], [255] * 4 + [0] * 5]


def test_words_part_at_gaps_lanes_and_memories_and_nowhere_else():
    words = joined(weight_words(MEMORY), program_words(np.zeros(4, np.uint32)), weight_words(MEMORY[:1], 9))
    parts = list(stretches(words))
    assert [len(part) for part in parts] == [3, 3, 4, 3]
    assert np.array_equal(joined(*parts), words)
    assert list(stretches(no_words())) == []
    gap = program_words(np.zeros(4, np.uint32))
    gap["address"][2:] += 1
    assert [part["address"].tolist() for part in stretches(gap)] == [[0, 1], [3, 4]]
    # The program's address 3 and the weights' address 4 follow each other but are of two memories.
    apart = list(stretches(joined(program_words(np.zeros(4, np.uint32)), weight_words(MEMORY[:1], 4))))
    assert [len(part) for part in apart] == [4, 3]


def test_the_last_word_of_a_lane_and_the_first_of_the_next_are_apart():
    words = weight_words(np.zeros((2, 1, 9), np.int8))
    words["address"] = [65535, 65536]
    assert [len(part) for part in stretches(words)] == [1, 1]
