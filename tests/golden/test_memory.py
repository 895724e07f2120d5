import dataclasses

import numpy as np
import pytest

from siammixer.golden.memory import Pool, measure
from siammixer.golden.network import run
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.ir.layers import Convolution, Pointwise
from siammixer.ir.network import BRANCHES
from siammixer.ir.numerics import FEATURE_MAP_BUDGET_BYTES
from siammixer.ir.patches import Grid


@pytest.mark.parametrize("grid", ["1x1", "4x4", "8x8", "31x1"])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_pool_gives_the_bits_of_the_whole_image(name, grid):
    network = NETWORKS[name]
    if grid == "31x1" and name != "siammixer":
        pytest.skip("a map of 31 rows is needed")
    weights, template = random_weights(network, 11), None
    for branch in BRANCHES:
        crop = random_image(network.side(branch), 12)
        wanted = run(network, weights, crop, branch, template)
        found = measure(network, weights, crop, branch, template, Grid.parse(grid))
        template = wanted.get("template")
        assert set(found.tensors) == set(wanted)
        for tensor in wanted:
            np.testing.assert_array_equal(found.tensors[tensor], wanted[tensor], err_msg=f"{branch} {tensor}")


def changed(**fields):
    """The tiny network with other layers."""
    return dataclasses.replace(NETWORKS["tiny"], name="changed", **fields)


@pytest.mark.parametrize("widths", [(32, 16), (16, 48), (48, 8, 40)], ids=str)
def test_pointwise_layers_that_grow_and_shrink_the_map_in_place(widths):
    layers = tuple(Pointwise(name=f"E{index}", channels=width) for index, width in enumerate(widths))
    network = changed(mixer_layers=layers)
    weights, crop = random_weights(network, 1), random_image(network.search_side, 2)
    wanted = run(network, weights, crop, "template")
    found = measure(network, weights, crop, "template", grid=Grid(4, 4))
    for tensor in wanted:
        np.testing.assert_array_equal(found.tensors[tensor], wanted[tensor], err_msg=tensor)


def test_layers_that_cannot_run_in_place_are_refused():
    layer = Convolution(name="C", channels=16, stride=1)
    for fields, message in (
        ({"mixer_layers": (layer,)}, "layer C: .* cannot run in place"),
        ({"patch_layers": ()}, "must have patch layers"),
    ):
        network = changed(**fields)
        with pytest.raises(InputError, match=message):
            measure(network, random_weights(network, 1), random_image(network.template_side, 2), "template")


@pytest.fixture(scope="module")
def measured():
    network = NETWORKS["siammixer"]
    weights, crop = random_weights(network, 0), random_image(network.search_side, 0)
    template = np.zeros((5, 5, 96), np.int8)
    return lambda grid: measure(network, weights, crop, "search", template, grid)


def test_the_default_network_keeps_the_papers_budget_patch_by_patch(measured):
    # By hand for 4x4: template 2,400 + map 31*31*96 + the pixels' tile 71*71*3 + P1's tile 35*35*32.
    assert measured(Grid(4, 4)).peak == 2400 + 92256 + 15123 + 39200 <= FEATURE_MAP_BUDGET_BYTES
    # For 8x8 the deep stage is larger: template, map of 29*29*144 in place, one row of 25*144 as scratch.
    assert measured(Grid(8, 8)).peak == 2400 + 29 * 29 * 144 + 25 * 144 <= FEATURE_MAP_BUDGET_BYTES


def test_the_deep_layers_hold_one_map_and_scratch(measured):
    layers = measured(Grid(8, 8)).layers
    assert layers["M1.channel"] == 2400 + 25 * 25 * 144 + 16 * (144 + 144)
    assert layers["M3.token"] == 2400 + 21 * 21 * 144 + 16 * (48 + 441)
    assert layers["E"] == 2400 + 21 * 21 * 144 + 16 * 96
    assert layers["H"] == 2400 + 21 * 21 * 96 + 2 * 17 * 17 * 96  # the correlation and its pointwise layer
    assert layers["response"] == 2400 + 15 * 15 * 5 + 4 * 15 * 15 * 5


def test_the_correlation_leaves_the_embedding():
    network = changed(head_layers=())
    weights, crop = random_weights(network, 1), random_image(network.search_side, 2)
    measured = measure(network, weights, crop, "search", np.zeros((3, 3, 16), np.int8))
    assert measured.layers["response"] == 3 * 3 * 16 + 9 * 9 * 16 + 4 * 7 * 7


def test_the_whole_image_needs_several_times_as_much(measured):
    assert measured(None).peak > 4 * FEATURE_MAP_BUDGET_BYTES


def test_pool_reuses_the_lowest_gap_and_remembers_its_highest_end():
    pool = Pool()
    first, second, third = (pool.allocate(100) for _ in range(3))
    pool.free(second)
    assert pool.allocate(101) == 300 and pool.allocate(60) == 100
    assert pool.peak == 401 and first == 0 and third == 200
    with pytest.raises(AssertionError, match="grow into another"):
        pool.resize(first, 101)
