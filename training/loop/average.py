"""A running mean of a model's weights, which is a better model than any of them."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

LONGEST = 0.999
"""Share of the mean that stays at a step, once there have been many."""


class RunningMean:
    """Keeps a copy of a model, in evaluation mode, whose weights and statistics are means over the steps."""

    def __init__(self, model: nn.Module):
        self.model = copy.deepcopy(model).eval()
        self.model.requires_grad_(False)

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Takes in the model after step number ``step``; the mean is short at first."""
        share = 1 - min(LONGEST, (1 + step) / (20 + step))
        ours, theirs = _numbers(self.model), _numbers(model)
        torch._foreach_lerp_(list(ours.values()), [theirs[name] for name in ours], share)


def _numbers(model: nn.Module) -> dict[str, Tensor]:
    """The tensors of a model's state that have a mean."""
    return {
        name: value
        for name, value in model.state_dict().items()
        if isinstance(value, Tensor) and value.is_floating_point()
    }
