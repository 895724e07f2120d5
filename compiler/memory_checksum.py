"""The memory checksum: a program that sums up the weight memories, so that a wrong bit in them shows.

The program consists of steps that networks use too. A pointwise step with a zero weight makes a map that
holds a constant in each lane, the lane's operand. Correlations then multiply every word of the weight
memories by the operand. Each correlation sums some words of all lanes, as weights and again as biases, into a
response cell of its own. The program needs no pixels. It overwrites the maps and the response.

A single wrong bit always changes its cell. Read as a weight it counts operand * 2**bit, read as a bias 2**bit
of its word, and with no lane's operand do the two cancel. Several wrong bits go unseen only where their sum
is zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from siammixer.arch.accelerator import RUN_DONE_CYCLES, TAPS, Accelerator
from siammixer.arch.instruction import INSTRUCTION_WORDS, Kind, encode
from siammixer.compiler.cycles import step_cycles
from siammixer.compiler.program import BranchProgram
from siammixer.ir import numerics
from siammixer.ir.errors import InputError

# Odd, so that no power of two of it vanishes; not 1, where a bias could cancel a weight; each lane's its
# own, so that words of two lanes that have changed places show. Small enough for an activation in 32 lanes.
FIRST_OPERAND, OPERAND_STEP = 3, 2
OPERAND_WORDS = 2  # of each weight memory: a weight of zero, and the constants that make the operand of it


@dataclass(frozen=True, kw_only=True)
class MemoryChecksum:
    """The sums over an accelerator's weight memories; made by :func:`memory_checksum`.

    Parameters
    ----------
    template_words
        Words of each lane, from the first, that the template branch writes.
    end
        Words of each lane that are used. The words of the operand follow them.
    """

    accelerator: Accelerator
    template_words: int
    end: int

    @cached_property
    def parts(self) -> tuple[range, ...]:
        """Words that each response cell sums, the template's first. The last part includes the operand's
        words.
        """
        size = self.accelerator.constants
        bounds = ((0, self.template_words), (self.template_words, self.end + OPERAND_WORDS))
        return tuple(
            range(at, min(at + size, stop)) for start, stop in bounds for at in range(start, stop, size)
        )

    @property
    def operands(self) -> np.ndarray:
        """INT64 (lanes,): the operand that each lane's weights are multiplied by."""
        return FIRST_OPERAND + OPERAND_STEP * np.arange(self.accelerator.lanes)

    @property
    def operand_words(self) -> np.ndarray:
        """INT8 (lanes, OPERAND_WORDS, TAPS): a zero weight and, as biases, twice the operands.

        They must be written from word ``end`` on.
        """
        words = np.zeros((self.accelerator.lanes, OPERAND_WORDS, TAPS), np.int8)
        half = np.full(self.accelerator.lanes, 1 << numerics.REQUANTISE_SHIFT - 1, "<u4")
        words[:, 1, :4] = (2 * self.operands).astype("<i4").view(np.int8).reshape(-1, 4)
        words[:, 1, 4:8] = half.view(np.int8).reshape(-1, 4)
        return words

    @property
    def steps(self) -> tuple[dict[str, int], ...]:
        """Fields of the instructions, in order."""
        once = {"slots": 1, "macs": 1}
        largest = max(map(len, self.parts))
        operand = once | {
            "kind": Kind.POINTWISE,
            "rows": 1,
            "columns": largest,
            "blocks": 1,
            "write_pixel": 1,
        }
        operand |= {"weight_base": self.end, "constant_base": self.end + 1}
        # Nine times the same word: the window is whole at its last, and a block on is the next word.
        window = once | {"kind": Kind.CORRELATE, "rows": 3, "columns": 3}
        sums = [
            window
            | {
                "blocks": len(part),
                "weight_base": part.start,
                "constant_base": part.start,
                "write_base": cell,
            }
            for cell, part in enumerate(self.parts)
        ]
        return operand, *sums[:-1], sums[-1] | {"end": 1}

    @cached_property
    def program(self) -> np.ndarray:
        """uint32 (words,): the content of the program memory."""
        return np.concatenate([encode(number, **fields) for number, fields in enumerate(self.steps)])

    @property
    def predicted_cycles(self) -> int:
        """Cycles from ``start`` to ``done``."""
        return sum(step_cycles(self.accelerator, fields) for fields in self.steps) + RUN_DONE_CYCLES

    def sums(self, memory: np.ndarray) -> np.ndarray:
        """INT32 (cells,): the response of an accelerator whose weight memories hold ``memory``.

        Parameters
        ----------
        memory
            INT8 (lanes, end, TAPS). The words of the operand follow by themselves.
        """
        words = np.concatenate([memory, self.operand_words], axis=1)
        weights = words.sum(2, dtype=np.int64) * self.operands[:, None]
        biases = np.ascontiguousarray(words[:, :, :4]).view("<i4")[:, :, 0]
        accumulators = _wrapped(weights + biases, self.accelerator.accumulator_bits)
        return np.array(
            [_wrapped(accumulators[:, part.start : part.stop].sum(), 32) for part in self.parts], np.int32
        )

    def wrong(self, found: np.ndarray, expected: np.ndarray) -> list[str]:
        """The words whose cells differ, such as ``template words 0 to 23`` and ``weight words 24 to 55``."""
        names = ("weight", "template")
        return [
            f"{names[part.stop <= self.template_words]} words {part.start} to {part.stop - 1}"
            for part, same in zip(self.parts, found == expected, strict=True)
            if not same
        ]


def _wrapped(values: np.ndarray, bits: int) -> np.ndarray:
    """The values modulo 2**bits, as signed integers."""
    return (values + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)


def memory_checksum(plan: BranchProgram) -> MemoryChecksum:
    """The memory checksum of the weight memories that a branch's program runs on.

    Raises
    ------
    InputError
        The program does not fit the accelerator; the message names the limit.
    """
    a = plan.accelerator
    result = MemoryChecksum(
        accelerator=a, template_words=plan.weight_layout.template_words, end=plan.weight_layout.end
    )
    for what, need, have in (
        ("words of weight memory", result.end + OPERAND_WORDS, a.weight_words),
        ("words of program memory", (len(result.parts) + 1) * INSTRUCTION_WORDS, a.program_words),
        ("response cells", len(result.parts), a.response_words),
        ("words of feature-map memory", max(map(len, result.parts)), a.map_words),
    ):
        if need > have:
            raise InputError(
                f"the checksum of {plan.network.name} on {a.name} needs {need} {what}, there are {have}"
            )
    return result
