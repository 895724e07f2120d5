"""The channel-wise correlation, forwards and backwards, against torch's convolution of as many groups."""

import pytest
import torch
from torch.nn import functional

from siammixer.training.model.operators import centre, correlate_channels


def by_groups(search: torch.Tensor, template: torch.Tensor) -> torch.Tensor:
    count, channels = search.shape[:2]
    maps = search.reshape(1, count * channels, *search.shape[2:])
    kernels = template.reshape(count * channels, 1, *template.shape[2:])
    return functional.conv2d(maps, kernels, groups=count * channels)[0].unflatten(0, (count, channels))


@pytest.mark.parametrize("side, tokens", [(9, 3), (7, 1), (8, 5)])
def test_products_and_gradients_are_those_of_a_convolution(side, tokens):
    generator = torch.Generator().manual_seed(side)
    maps = [torch.randn(2, 4, s, s, generator=generator, dtype=torch.float64) for s in (side, tokens)]
    maps = [one.requires_grad_() for one in maps]
    found, expected = correlate_channels(*maps), by_groups(*maps)
    torch.testing.assert_close(found, expected)
    upstream = torch.randn(found.shape, generator=generator, dtype=torch.float64)
    for one, other in zip(*(torch.autograd.grad(y, maps, upstream) for y in (found, expected)), strict=True):
        torch.testing.assert_close(one, other)


def test_a_map_that_is_no_contiguous_tensor_is_correlated_too():
    search = centre(torch.randn(1, 2, 9, 9).contiguous(memory_format=torch.channels_last), 7)
    template = torch.randn(1, 2, 3, 3)
    torch.testing.assert_close(correlate_channels(search, template), by_groups(search, template))
