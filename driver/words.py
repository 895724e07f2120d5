"""Words for the core's write port, which fill its program memory and the weight memories of its lanes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from siammixer.arch.link import LANE_ADDRESS_BITS, Target

WRITE = np.dtype(
    {
        "names": ["data", "target", "address"],
        "formats": ["9u1", "u1", "<u4"],
        "offsets": [0, 9, 12],
        "itemsize": 16,
    }
)
"""One word for the write port: 9 bytes of data (least significant first), target, address."""


def no_words() -> np.ndarray:
    """No words: what is loaded where the memories hold everything already."""
    return np.zeros(0, WRITE)


def weight_words(memory: np.ndarray, first: int = 0) -> np.ndarray:
    """Words that put INT8 (lanes, words, 9) into the weight memories of the lanes, from word ``first`` on."""
    lanes, count, taps = memory.shape
    words = np.zeros(lanes * count, WRITE)
    words["target"] = Target.WEIGHTS.value
    words["address"] = (np.arange(lanes)[:, None] << LANE_ADDRESS_BITS | first + np.arange(count)).reshape(-1)
    words["data"] = memory.view(np.uint8).reshape(-1, taps)
    return words


def program_words(program: np.ndarray, first: int = 0) -> np.ndarray:
    """Words that put a program uint32 (n,) into the program memory, from word ``first`` on."""
    words = np.zeros(len(program), WRITE)
    words["target"] = Target.PROGRAM.value
    words["address"] = first + np.arange(len(program))
    words["data"][:, :4] = program.astype("<u4").view(np.uint8).reshape(-1, 4)
    return words


def joined(*parts: np.ndarray) -> np.ndarray:
    """The words of all parts, in their order."""
    return np.concatenate(parts, dtype=WRITE)


def stretches(words: np.ndarray) -> Iterator[np.ndarray]:
    """The words in stretches of one memory and consecutive addresses, in their order."""
    lane = words["address"] >> LANE_ADDRESS_BITS
    goes_on = (
        (np.diff(words["target"].astype(int)) == 0)
        & (np.diff(words["address"].astype(int)) == 1)
        & (np.diff(lane.astype(int)) == 0)
    )
    yield from (part for part in np.split(words, np.flatnonzero(~goes_on) + 1) if len(part))
