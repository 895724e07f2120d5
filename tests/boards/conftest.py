"""One build of the smallest accelerator, for all tests that look at one."""

from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import pytest

from boards.build import build
from boards.catalogue import find_board
from spec.accelerator import find_accelerator

SMALL = replace(
    find_accelerator("tiny"), name="small", lanes=4, map_words=256, weight_words=256, program_words=256, constants=8, line_width=16,
    line_width_5=8, pixel_width=16, pixel_windows=4, response_words=16,
)  # fmt: skip


@pytest.fixture(scope="session")
def small_build(tmp_path_factory):
    """``result``, and the ``stages`` that it told of."""
    stages = []
    result = build(
        find_board("ulx3s-85f"), SMALL, clock_mhz=Fraction(25), seed=1, folder=tmp_path_factory.mktemp("small"), progress=stages.append
    )
    return SimpleNamespace(result=result, stages=stages)
