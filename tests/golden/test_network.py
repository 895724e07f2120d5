import numpy as np
import pytest

from siammixer.golden.network import pixels, run
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.ir.patches import Grid, patches


@pytest.fixture(scope="module", params=NETWORKS)
def case(request):
    """Network, weights, template, search crop, and what the whole image gives."""
    network = NETWORKS[request.param]
    weights = random_weights(network, 5)
    template = run(network, weights, random_image(network.template_side, 6), "template")["template"]
    crop = random_image(network.search_side, 7)
    return network, weights, template, crop, run(network, weights, crop, "search", template)


def test_every_tensor_has_the_shape_of_the_spec(case):
    network, weights, template, _, search = case
    assert {name: tensor.shape for name, tensor in search.items()} == network.tensors("search") | {
        "response": network.operators("search")[-1].out_shape
    }
    assert {str(tensor.dtype) for name, tensor in search.items() if name != "response"} == {"int8"}
    assert search["response"].dtype == np.int32
    found = run(network, weights, random_image(network.template_side, 6), "template")
    assert {name: tensor.shape for name, tensor in found.items()} == network.tensors("template")
    np.testing.assert_array_equal(found["template"], template)


# Strips as high as one row of the last patch map, squares, uneven grids whose last patches overlap.
GRIDS = [Grid.parse(text) for text in ("1x1", "4x4", "8x8", "2x5", "16x1", "15x1", "31x31")]


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_patch_by_patch_gives_the_bits_of_the_whole_image(case, grid):
    network, weights, template, crop, whole = case
    try:
        patches(network, "search", grid)
    except InputError as error:
        pytest.skip(str(error))
    found = run(network, weights, crop, "search", template, grid)
    assert set(found) == set(whole)
    for name, tensor in whole.items():
        np.testing.assert_array_equal(found[name], tensor, err_msg=name)


def test_the_patch_stage_sees_no_pixel_outside_its_patch(case):
    """A patch alone, its surroundings replaced by noise, gives the same bits in its region."""
    network, weights, template, crop, whole = case
    last = [operator.name for operator in network.operators("search") if operator.patch][-1]
    for patch in patches(network, "search", Grid(4, 4))[5::5]:
        noise = random_image(network.search_side, 99)
        noise[patch.regions["image"].window] = crop[patch.regions["image"].window]
        found = run(network, weights, noise, "search", template, Grid(4, 4))
        np.testing.assert_array_equal(
            found[last][patch.regions[last].window], whole[last][patch.regions[last].window]
        )
        assert not np.array_equal(found[last], whole[last])


def test_pixels_are_centred():
    np.testing.assert_array_equal(pixels(np.arange(256, dtype=np.uint8)), np.arange(256) - 128)


def test_inputs_are_left_alone(case):
    network, weights, template, crop, whole = case
    before = crop.copy(), template.copy()
    run(network, weights, crop, "search", template)
    np.testing.assert_array_equal(crop, before[0])
    np.testing.assert_array_equal(template, before[1])
    assert (whole["image"] == crop.astype(int) - 128).all()


TINY = NETWORKS["tiny"]
CROP, TEMPLATE = np.zeros((63, 63, 3), np.uint8), np.zeros((3, 3, 16), np.int8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (CROP.astype(np.int8), "search", TEMPLATE),
            r"image of the search branch must be uint8 \(63, 63, 3\), not int8 \(63, 63, 3\)",
        ),
        (
            (CROP[:62], "template"),
            r"image of the template branch must be uint8 \(63, 63, 3\), not uint8 \(62, 63, 3\)",
        ),
        ((CROP, "search"), r"template must be int8 \(3, 3, 16\), not NoneType"),
        ((CROP, "search", TEMPLATE.astype(np.int32)), "template must be int8"),
        ((CROP, "search", TEMPLATE[:, :2]), r"not int8 \(3, 2, 16\)"),
        ((CROP, "template", TEMPLATE), "template must be given to the search branch only"),
        ((CROP, "sideways"), "branch must be one of template, search"),
        ((CROP, "search", TEMPLATE, Grid(16, 1)), "grid 16x1 does not suit network tiny"),
    ],
)
def test_bad_input_is_refused_with_what_is_accepted(arguments, message):
    with pytest.raises(InputError, match=message):
        run(TINY, random_weights(TINY, 0), *arguments)


def test_weights_of_another_network_are_refused():
    with pytest.raises(InputError, match="weights must be those of siammixer, not of tiny"):
        run(NETWORKS["siammixer"], random_weights(TINY, 0), np.zeros((255, 255, 3), np.uint8), "template")
