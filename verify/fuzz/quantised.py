"""Weights from PyTorch: a model with random parameters is folded and quantised as a trained one."""

from __future__ import annotations

import numpy as np
import torch

from siammixer.golden.random_weights import random_image
from siammixer.ir.network import Network
from siammixer.ir.weights import Weights
from siammixer.training.data.pairs import Pairs
from siammixer.training.model.model import SiamMixer
from siammixer.training.quantise.quantise import quantise

PAIRS = 2


def quantised_weights(network: Network, seed: int) -> Weights:
    """The integers of a random model of ``network``, calibrated on random crops. The same seed gives the same
    weights.
    """
    torch.manual_seed(seed)
    model = SiamMixer(network).eval()
    for name, tensor in model.state_dict().items():
        # Statistics of BatchNorm as a training might leave them, wide apart.
        if name.endswith("running_mean"):
            tensor.uniform_(-0.5, 0.5)
        elif name.endswith("running_var"):
            tensor.uniform_(0.2, 2)
    crops = [
        np.stack([random_image(side, seed + n) for n in range(PAIRS)])
        for side in (network.template_side, network.search_side)
    ]
    return quantise(model, Pairs(*crops, target=np.zeros((PAIRS, 2), np.int64)))
