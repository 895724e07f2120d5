"""Bins mean what they say, and none is counted that is not listed."""

import numpy as np
import pytest

from siammixer.verify.fuzz.accelerators import fuzz_accelerator
from siammixer.verify.fuzz.coverage import BINS, _remainder, bins
from siammixer.verify.fuzz.generate import random_case
from siammixer.verify.fuzz.value_bins import rounded
from siammixer.verify.fuzz.verdict import prepare

TINY = fuzz_accelerator("tiny")


def test_bins_are_listed_and_most_are_soon_filled():
    found = set().union(*(bins(prepare(random_case(seed, TINY))) for seed in range(24)))
    assert found <= set(BINS) and len(BINS) == len(set(BINS))
    assert len(found) > 0.6 * len(BINS)


@pytest.mark.parametrize(
    ("total", "low", "found"),
    [
        (6, -128, "tie up"),  # 1.5 -> 2
        (2, -128, "tie down"),  # 0.5 -> 0
        (-2, -128, "tie up"),  # -0.5 -> 0
        (-6, -128, "tie down"),  # -1.5 -> -2
        (4 * 128, -128, "clamped at 127"),
        (-4 * 130, -128, "clamped at -128"),
        (-8, 0, "clamped at 0"),
        (-6, 0, "clamped at 0"),
        (7, -128, None),
        (4 * 127, -128, None),
        (-4 * 128, -128, None),
    ],
)
def test_what_rounding_and_clamping_did(total, low, found):
    assert list(rounded(np.array([total]), 2, low)) == ([found] if found else [])


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (8, "whole, one"),
        (16, "whole, several"),
        (9, "one over, several"),
        (15, "one short, several"),
        (1, "one over, one"),
        (4, "between, one"),
    ],
)
def test_remainders(count, text):
    assert _remainder(count, 8) == text
