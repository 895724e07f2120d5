"""The running mean follows a model: quickly at first, slowly later."""

import torch
from torch import nn

from siammixer.training.loop.average import LONGEST, RunningMean


def moved(model: nn.Module, value: float) -> nn.Module:
    with torch.no_grad():
        for tensor in (model.weight, model.running_mean):
            tensor.fill_(value)
    return model


def test_it_is_the_mean_of_weights_and_statistics():
    model = nn.BatchNorm1d(2)
    mean = RunningMean(moved(model, 0.0))
    mean.update(moved(model, 1.0), 0)
    first = 1 - 1 / 20
    for values in (mean.model.weight, mean.model.running_mean):
        torch.testing.assert_close(values, torch.full((2,), first))
    mean.update(moved(model, 2.0), 1_000_000)
    torch.testing.assert_close(mean.model.weight, torch.full((2,), first + (2 - first) * (1 - LONGEST)))
    assert not mean.model.training and not mean.model.weight.requires_grad and model.training
