"""Images of a board's flash, from which a core loads itself, written and read; siammixer.arch.flash has the
format.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.flash import (
    CHECK_BYTES,
    HEAD,
    KNOWN_BYTES,
    MESSAGES,
    RUN,
    RUN_WORDS,
    FlashError,
    known_bytes,
    mismatch,
    most_words,
)
from siammixer.arch.interface import ENTRY_BITS
from siammixer.arch.link import LANE_ADDRESS_BITS, WORD_BYTES, Target
from siammixer.compiler.program import Program
from siammixer.driver.planner import resident_words
from siammixer.driver.words import WRITE, joined, no_words, stretches
from siammixer.ir.errors import InputError
from siammixer.ir.network import BRANCHES
from siammixer.ir.weights import Weights

_ERASED = b"\xff"
_PLACES = 1 << LANE_ADDRESS_BITS


def network_image(program: Program, weights: Weights) -> bytes:
    """The image of a network on an accelerator: all weights, then the programs of both branches.

    Raises
    ------
    InputError
        Where the program memory has no room for both programs at once.
    """
    words = resident_words(program, weights, "a flash image")
    return image_bytes(program.accelerator, words, program.entries)


def image_bytes(accelerator: Accelerator, words: np.ndarray, entries: Mapping[str, int]) -> bytes:
    """An image with these words, in their order.

    Parameters
    ----------
    words
        Dtype :data:`siammixer.driver.words.WRITE`. Whether the accelerator has memories at their addresses is
        not asked.
    entries
        The place of the first word of each branch's program.

    Raises
    ------
    InputError
        There are no words, or more than an image for this accelerator can have; an entry is out of range.
    """
    if not 1 <= len(words) <= most_words(accelerator):
        raise InputError(
            f"a flash image for accelerator {accelerator.name} must have 1 to {most_words(accelerator)} "
            f"words, not {len(words)}"
        )
    for branch in BRANCHES:
        if not 0 <= entries[branch] < 1 << ENTRY_BITS:
            raise InputError(
                f"the entry of {branch} must be 0 to {(1 << ENTRY_BITS) - 1}, not {entries[branch]}"
            )
    head = np.frombuffer(bytearray(known_bytes(accelerator).ljust(HEAD.itemsize, b"\0")), HEAD)[0]
    head["template_entry"], head["search_entry"] = (entries[branch] for branch in BRANCHES)
    head["words"] = len(words)
    content = head.tobytes() + b"".join(_runs(words))
    return content + zlib.crc32(content).to_bytes(CHECK_BYTES, "little")


def _runs(words: np.ndarray) -> Iterator[bytes]:
    for stretch in stretches(words):
        for first in range(0, len(stretch), RUN_WORDS):
            part, run = stretch[first : first + RUN_WORDS], np.zeros((), RUN)
            lane, place = divmod(int(part["address"][0]), _PLACES)
            run["address"], run["lane"], run["target"], run["words"] = (
                *(place, lane, part["target"][0]),
                len(part),
            )
            yield run.tobytes() + part["data"].tobytes()


@dataclass(frozen=True, kw_only=True)
class Examined:
    """The findings of a core's loader in the bytes of a flash.

    Parameters
    ----------
    error
        NONE where everything is right.
    read
        Bytes that it reads: to the end of the image, or to the one that shows the error.
    words
        The words that it writes, dtype :data:`siammixer.driver.words.WRITE`: those until an error as well,
        one that the core refuses included.
    entries
        The entry of each branch, None where the head was not read so far.
    """

    error: FlashError
    read: int
    words: np.ndarray
    entries: Mapping[str, int] | None


def read_image(content: bytes, accelerator: Accelerator) -> Examined:
    """The words and entries of an image; bytes behind its end are not read.

    Raises
    ------
    InputError
        Where something is wrong with it.
    """
    found = examine(content, accelerator)
    # The last byte may be what an erased flash has; a file without it is not whole all the same.
    error = found.error or (FlashError.CHECK if len(content) < found.read else FlashError.NONE)
    if error:
        raise InputError(f"not a flash image for accelerator {accelerator.name}: {MESSAGES[error]}")
    return found


def examine(content: bytes, accelerator: Accelerator) -> Examined:
    """The findings of the loader of a core with these sizes in ``content`` and an erased flash behind it."""
    known = known_bytes(accelerator)
    for place, (byte, wanted) in enumerate(
        zip(content[:KNOWN_BYTES].ljust(KNOWN_BYTES, _ERASED), known, strict=True)
    ):
        if byte != wanted:
            return Examined(error=mismatch(place), read=place + 1, words=no_words(), entries=None)
    head = _record(content, 0, HEAD)
    entries = {branch: int(head[f"{branch}_entry"]) for branch in BRANCHES}
    read, parts, error, left = HEAD.itemsize, [], FlashError.NONE, int(head["words"])
    if not 1 <= left <= most_words(accelerator):
        error = FlashError.LENGTH
    while left and not error:
        run = _record(content, read, RUN)
        read += RUN.itemsize
        if not run["words"]:
            error = FlashError.LENGTH
        elif run["target"] not in range(4):
            error = FlashError.REFUSED
        else:
            words = _words(content, read, run, min(int(run["words"]), left))
            outside = np.flatnonzero(~_inside(words, accelerator))
            if len(words) == left < run["words"]:
                error = FlashError.LENGTH
            if len(outside) and (not error or outside[0] < left - 1):
                error, words = FlashError.REFUSED, words[: outside[0] + 1]
            parts.append(words)
            read, left = read + WORD_BYTES * len(words), left - len(words)
    if not error:
        summed, read = zlib.crc32(content[:read].ljust(read, _ERASED)), read + CHECK_BYTES
        if summed != int.from_bytes(content[read - CHECK_BYTES : read].ljust(CHECK_BYTES, _ERASED), "little"):
            error = FlashError.CHECK
    return Examined(error=error, read=read, words=joined(no_words(), *parts), entries=entries)


def _record(content: bytes, place: int, record: np.dtype) -> np.void:
    """The record at a place; what the content lacks is erased flash."""
    part = content[place : place + record.itemsize].ljust(record.itemsize, _ERASED)
    return np.frombuffer(part, record)[0]


def _words(content: bytes, place: int, run: np.void, count: int) -> np.ndarray:
    """The first words of a run, whose bytes begin at a place."""
    size, words = WORD_BYTES * count, np.zeros(count, WRITE)
    part = content[place : place + size].ljust(size, _ERASED)
    words["data"] = np.frombuffer(part, np.uint8).reshape(count, WORD_BYTES)
    words["target"] = run["target"]
    words["address"] = (
        int(run["lane"]) << LANE_ADDRESS_BITS | (int(run["address"]) + np.arange(count)) % _PLACES
    )
    return words


def _inside(words: np.ndarray, accelerator: Accelerator) -> np.ndarray:
    """bool (words,): whether the accelerator has a memory at the word's address."""
    address, target = words["address"], words["target"]
    weights = (address >> LANE_ADDRESS_BITS < accelerator.lanes) & (
        address % _PLACES < accelerator.weight_words
    )
    return np.where(
        target == Target.WEIGHTS,
        weights,
        (target == Target.PROGRAM) & (address < accelerator.program_words),
    )
