"""Every single wrong bit changes the sum of its part and of no other; what does not fit is
refused.
"""

from dataclasses import replace

import numpy as np
import pytest

from siammixer.arch.accelerator import TAPS, find_accelerator
from siammixer.compiler.compile import compile_branch
from siammixer.compiler.memory_checksum import OPERAND_WORDS, memory_checksum
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError

PLAN = compile_branch(find_network("tiny"), find_accelerator("tiny"))
CHECKSUM = memory_checksum(PLAN)


def test_the_parts_hold_every_word_once():
    words = [word for part in CHECKSUM.parts for word in part]
    assert words == list(range(PLAN.weight_layout.end + OPERAND_WORDS))
    assert PLAN.weight_layout.template_words in [part.start for part in CHECKSUM.parts]


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize(
    "values", [(-128, 128), (0, 1), (-1, 0), (127, 128)], ids=["random", "zero", "minus one", "largest"]
)
def test_every_wrong_bit_of_every_lane_changes_its_sum(values, seed):
    dice = np.random.default_rng(seed)
    memory = dice.integers(*values, (CHECKSUM.accelerator.lanes, CHECKSUM.end, TAPS)).astype(np.int8)
    right = CHECKSUM.sums(memory)
    for lane in range(len(memory)):
        for bit in range(8 * TAPS):
            word, wrong = int(dice.integers(CHECKSUM.end)), memory.copy()
            wrong.view(np.uint8)[lane, word, bit // 8] ^= np.uint8(1 << bit % 8)
            found = CHECKSUM.sums(wrong)
            assert [part for part, same in zip(CHECKSUM.parts, found == right, strict=True) if not same] == [
                next(p for p in CHECKSUM.parts if word in p)
            ]
            assert len(CHECKSUM.wrong(found, right)) == 1 and CHECKSUM.wrong(right, right) == []


LIMITS = {
    "weight_words": (CHECKSUM.end + OPERAND_WORDS, "151 words of weight memory"),
    "response_words": (len(CHECKSUM.parts), "6 response cells"),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_a_checksum_that_does_not_fit_is_refused(limit):
    enough, need = LIMITS[limit]
    memory_checksum(replace(PLAN, accelerator=replace(PLAN.accelerator, **{limit: enough})))
    with pytest.raises(
        InputError, match=f"the checksum of tiny on tiny needs {need}, there are {enough - 1}"
    ):
        memory_checksum(replace(PLAN, accelerator=replace(PLAN.accelerator, **{limit: enough - 1})))
