"""The smallest accelerator runs the network, and none of its memories can be smaller."""

from dataclasses import replace

import pytest

from siammixer.arch.accelerator import Accelerator
from siammixer.compiler.analysis.sizing import LARGEST, MAP_STEP_WORDS, plans, smallest
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError
from siammixer.ir.patches import Grid
from siammixer.ir.widths import width_variant

TINY = find_network("tiny")
FOUND = smallest(TINY, 8, Grid(2, 2))


def cycles(accelerator) -> int:
    return sum(plan.predicted_cycles for plan in plans(TINY, accelerator))


def test_it_is_nearly_as_fast_as_the_largest():
    assert FOUND.patch_grid == (2, 2)
    assert cycles(FOUND) <= 1.01 * cycles(Accelerator(name="largest", lanes=8, patch_grid=(2, 2), **LARGEST))


@pytest.mark.parametrize(
    "field",
    [
        "map_words",
        "weight_words",
        "program_words",
        "constants",
        "line_width",
        "pixel_width",
        "response_words",
    ],
)
def test_no_memory_can_be_smaller(field):
    size = getattr(FOUND, field)
    less = (
        size - MAP_STEP_WORDS if field == "map_words" else size - 1 if field == "weight_words" else size // 2
    )
    if less < 16:
        pytest.skip(f"{field} is the least that there is")
    with pytest.raises(InputError):
        plans(TINY, replace(FOUND, **{field: less}))


@pytest.mark.parametrize("field", LARGEST)
def test_the_largest_is_the_most_that_an_accelerator_can_have(field):
    Accelerator(name="largest", **LARGEST)
    with pytest.raises(InputError, match=f"{field} must be"):
        Accelerator(name="larger", **LARGEST | {field: LARGEST[field] + 1})


def test_what_fits_nothing_says_why():
    with pytest.raises(InputError, match=r"layer \S+ needs \d+ words of feature-map memory"):
        smallest(find_network("siammixer"), 8, Grid(1, 1))


def test_width_variants():
    half = width_variant(TINY, 0.5)
    assert half.name == "tiny x 0.5" and width_variant(TINY, 1) is TINY
    assert [o.name for o in half.operators("search")] == [o.name for o in TINY.operators("search")]
    channels = {o.name: o.out_shape[2] for o in half.operators("search")}
    assert channels["P1"] == channels["P2.pw"] == channels["E"] == 8 and channels["M1.channel.hidden"] == 16
    assert half.response_shape == TINY.response_shape  # a box head keeps its five channels
