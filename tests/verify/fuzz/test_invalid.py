"""Whatever breaks one limit is refused, and the refusal names that limit."""

import pytest

from siammixer.verify.fuzz.accelerators import fuzz_accelerator
from siammixer.verify.fuzz.broken import wrongly_accepted
from siammixer.verify.fuzz.generate import random_case
from siammixer.verify.fuzz.invalid import SIZES, broken_limits

TINY = fuzz_accelerator("tiny")


@pytest.mark.parametrize("seed", range(6), ids="seed={}".format)
def test_every_broken_limit_is_refused_by_name(seed):
    assert [
        problem for broken in broken_limits(random_case(seed, TINY)) if (problem := wrongly_accepted(broken))
    ] == []


def test_every_memory_is_among_the_limits():
    limits = {broken.limit for seed in range(6) for broken in broken_limits(random_case(seed, TINY))}
    assert limits >= {
        *SIZES,
        "accumulator_bits",
        "channels",
        "stride",
        "grid",
        "weight",
        "saturation",
        "shifts",
        "remainder",
    }


@pytest.mark.parametrize(
    ("check", "message"),
    [("job.Job.refuse", "map_words: accepted"), ("compile.legalise", "response_words: accepted")],
)
def test_a_limit_that_is_not_checked_is_seen(check, message, monkeypatch):
    """One of the compiler's checks is taken away: the broken limits tell."""
    broken = [broken for seed in range(6) for broken in broken_limits(random_case(seed, TINY))]
    monkeypatch.setattr(f"siammixer.compiler.{check}", lambda *_: None)
    assert message in [wrongly_accepted(one) for one in broken]
