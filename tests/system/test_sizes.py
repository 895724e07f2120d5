"""The same RTL with 36, 72, 144 and 288 multipliers: responses, peaks and cycles as golden and the program
say.
"""

import pytest

from siammixer.compiler.analysis.sizing import smallest
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.catalogue import find_network
from siammixer.ir.patches import Grid
from siammixer.sim.check import check_frame

TINY = find_network("tiny")
LANES = (4, 8, *(pytest.param(lanes, marks=pytest.mark.long) for lanes in (16, 32)))


@pytest.mark.parametrize("lanes", LANES)
def test_the_tiny_network_on_the_smallest_array_of_so_many_lanes(lanes):
    accelerator = smallest(TINY, lanes, Grid(2, 2))
    crops = random_image(TINY.template_side, lanes), random_image(TINY.search_side, lanes + 1)
    assert check_frame(TINY, random_weights(TINY, lanes), accelerator, None, *crops).problem is None
