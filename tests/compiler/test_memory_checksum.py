"""The audit's sums: every single wrong bit changes the sum of its part and of no other; what does not fit is
refused.
"""

from dataclasses import replace

import numpy as np
import pytest

from siammixer.arch.accelerator import TAPS, find_accelerator
from siammixer.compiler.compile import compile_branch
from siammixer.compiler.memory_checksum import OPERAND_WORDS, audit
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError

PLAN = compile_branch(find_network("tiny"), find_accelerator("tiny"))
AUDIT = audit(PLAN)


def test_the_parts_hold_every_word_once():
    words = [word for part in AUDIT.parts for word in part]
    assert words == list(range(PLAN.weight_layout.end + OPERAND_WORDS))
    assert PLAN.weight_layout.template_words in [part.start for part in AUDIT.parts]


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize(
    "values", [(-128, 128), (0, 1), (-1, 0), (127, 128)], ids=["random", "zero", "minus one", "largest"]
)
def test_every_wrong_bit_of_every_lane_changes_its_sum(values, seed):
    dice = np.random.default_rng(seed)
    memory = dice.integers(*values, (AUDIT.accelerator.lanes, AUDIT.end, TAPS)).astype(np.int8)
    right = AUDIT.sums(memory)
    for lane in range(len(memory)):
        for bit in range(8 * TAPS):
            word, wrong = int(dice.integers(AUDIT.end)), memory.copy()
            wrong.view(np.uint8)[lane, word, bit // 8] ^= np.uint8(1 << bit % 8)
            found = AUDIT.sums(wrong)
            assert [part for part, same in zip(AUDIT.parts, found == right, strict=True) if not same] == [
                next(p for p in AUDIT.parts if word in p)
            ]
            assert len(AUDIT.wrong(found, right)) == 1 and AUDIT.wrong(right, right) == []


LIMITS = {
    "weight_words": (AUDIT.end + OPERAND_WORDS, "119 words of weight memory"),
    "response_words": (len(AUDIT.parts), "5 response cells"),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_an_audit_that_does_not_fit_is_refused(limit):
    enough, need = LIMITS[limit]
    audit(replace(PLAN, accelerator=replace(PLAN.accelerator, **{limit: enough})))
    with pytest.raises(InputError, match=f"the audit of tiny on tiny needs {need}, there are {enough - 1}"):
        audit(replace(PLAN, accelerator=replace(PLAN.accelerator, **{limit: enough - 1})))
