"""The module computes what the network describes."""

import pytest
import torch

from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.network import BRANCHES
from siammixer.training.model.model import SiamMixer, centre, to_input
from siammixer.training.model.operators import correlate


@pytest.mark.parametrize("branch", BRANCHES)
@pytest.mark.parametrize("name", NETWORKS)
def test_every_tensor_has_the_shape_of_the_spec(name, branch):
    network = NETWORKS[name]
    model = SiamMixer(network).eval()
    operators = network.operators(branch)
    template = (
        torch.zeros(1, network.template_shape[2], network.template_tokens, network.template_tokens)
        if branch == "search"
        else None
    )
    with torch.inference_mode():
        tensors = model.tensors(
            torch.zeros(1, 3, network.side(branch), network.side(branch)), branch, template
        )
    shapes = {key: tuple(value.permute(0, 2, 3, 1).shape[1:]) for key, value in tensors.items()}
    assert shapes == {
        "image": (network.side(branch), network.side(branch), 3),
        **{o.name: o.out_shape for o in operators},
    }


@pytest.mark.parametrize("name", NETWORKS)
def test_the_parameters_are_those_that_the_budget_counts(name):
    network = NETWORKS[name]
    model = SiamMixer(network)
    # A channel-wise correlation has a gain a channel, which its multipliers hold.
    assert {o.name: model[o.name].linear.weight.numel() for o in network.weighted()} == {
        o.name: o.weight_bytes or o.outputs for o in network.weighted()
    }
    assert all(len(model[o.name].norm.weight) == o.outputs for o in network.weighted())


def test_pixels_enter_as_the_spec_says():
    pixels = torch.tensor([0, 1, 128, 255], dtype=torch.uint8).view(1, 4, 1, 1)
    assert to_input(pixels).flatten().tolist() == [-1.0, -127 / 128, 0.0, 127 / 128]


def test_correlation_is_the_sum_of_products_of_each_pair():
    generator = torch.Generator().manual_seed(1)
    search, template = (
        torch.randn(2, 4, 7, 7, generator=generator),
        torch.randn(2, 4, 3, 3, generator=generator),
    )
    response = correlate(search, template)
    assert response.shape == (2, 1, 5, 5)
    for pair, row, column in ((0, 0, 0), (1, 3, 2), (1, 4, 4)):
        expected = (search[pair, :, row : row + 3, column : column + 3] * template[pair]).sum()
        torch.testing.assert_close(response[pair, 0, row, column], expected, rtol=1e-4, atol=1e-4)


def test_the_global_token_mixer_starts_as_the_identity():
    network = NETWORKS["tiny"]
    torch.manual_seed(2)
    tensors = SiamMixer(network).train().tensors(torch.rand(4, 3, 63, 63), "search")
    assert torch.equal(tensors["M1.token"], tensors["M1.local"])
    assert not torch.equal(tensors["M1.local"], tensors["M1.channel"])


def test_the_response_of_the_local_network_moves_with_the_image():
    network = NETWORKS["siammixer-local"]
    torch.manual_seed(3)
    model = SiamMixer(network).eval()
    generator = torch.Generator().manual_seed(3)
    scene = torch.rand(1, 3, network.search_side, network.search_side + network.stride, generator=generator)
    with torch.inference_mode():
        here = model.embed(scene[..., : network.search_side], "search")
        moved = model.embed(scene[..., network.stride :], "search")
    torch.testing.assert_close(here[..., 1:], moved[..., :-1], rtol=1e-3, atol=1e-4)


def test_a_smaller_template_crop_gives_the_centre_cells_of_a_search_sized_one():
    """Training relies on it: it embeds both branches at the search size."""
    network = NETWORKS["siammixer-local"]
    torch.manual_seed(6)
    model = SiamMixer(network).eval()
    crop = torch.rand(1, 3, network.search_side, network.search_side)
    with torch.inference_mode():
        small = model.embed(centre(crop, network.template_side), "template")
        torch.testing.assert_close(
            small, model.template_of(model.embed(crop, "search")), rtol=1e-3, atol=1e-4
        )
