"""INT8 weights, biases, multipliers and exponents of a trained network.

Activations get the power-of-two scale with the least squared error on calibration crops; weights get, per
output channel, the scale that the 17-bit multiplier can express exactly (spec.numerics).
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

import numpy as np
import torch

from network.checkpoint import load_model
from network.correct import corrected
from network.fold import Folded, fold
from network.model import SiamMixer, to_input
from network.pairs import Pairs, validation_pairs
from network.tracks import read_tracks
from spec import numerics
from spec.errors import SpecError
from spec.network import BRANCHES, NETWORKS, Network, Operator, find_network
from spec.weights import OperatorWeights, Weights

CALIBRATION_PAIRS = 64
CALIBRATION_SEED = 3
SAMPLES_PER_IMAGE = 20_000
CANDIDATES = 6


def quantise(model: SiamMixer, crops: Pairs) -> Weights:
    """The integers of a trained model, calibrated on both crops of each pair."""
    network, folded = model.network, fold(model)
    exponents = choose_exponents(network, folded, sample_tensors(model, crops))
    operators = corrected(model, folded, exponents, crops.search, quantise_operator)
    return Weights(network, operators, exponents)


def sample_tensors(model: SiamMixer, crops: Pairs) -> dict[str, np.ndarray]:
    """Up to ``SAMPLES_PER_IMAGE`` evenly spaced values of every tensor and crop, float32, both branches together."""
    model.eval()
    samples: dict[str, list[np.ndarray]] = {name: [] for name in model.network.tensors()}
    with torch.inference_mode():
        for branch, images in zip(BRANCHES, (crops.template, crops.search), strict=True):
            for image in images:
                for name, values in model.tensors(to_input(torch.from_numpy(image[None])), branch).items():
                    if name in samples:
                        flat = values.flatten()
                        samples[name].append(flat[:: -(-len(flat) // SAMPLES_PER_IMAGE)].numpy())
    return {name: np.concatenate(parts) for name, parts in samples.items()}


def best_exponent(values: np.ndarray) -> int:
    """Exponent of the power-of-two scale with which INT8 represents float values with the least squared error."""
    largest = float(np.abs(values).max())
    if largest == 0:
        return numerics.PIXEL_EXPONENT
    plain = math.ceil(math.log2(largest / numerics.ACTIVATION_MAX))
    errors = {}
    for exponent in range(plain, plain - CANDIDATES, -1):
        scaled = values * 2.0**-exponent
        rounded = np.clip(np.rint(scaled), numerics.ACTIVATION_MIN, numerics.ACTIVATION_MAX)
        errors[exponent] = float(np.square(rounded - scaled).mean()) * 4.0**exponent
    return min(errors, key=errors.__getitem__)


def choose_exponents(network: Network, folded: dict[str, Folded], samples: dict[str, np.ndarray]) -> dict[str, int]:
    """Exponent of every INT8 tensor: the best for its values, made coarser where the arithmetic demands it."""
    exponents = {name: best_exponent(values) for name, values in samples.items()}
    exponents["image"] = numerics.PIXEL_EXPONENT
    settled: dict[str, int] = {}
    while settled != exponents:
        settled = dict(exponents)
        for operator in network.operators("search"):
            if operator.kind == "add":
                _settle_residual(operator, exponents)
            elif operator.name in folded:
                # A multiplier of 2**17 or more has no code: the output may not be finer than the products.
                finest_product = np.abs(folded[operator.name].weight).max() / numerics.WEIGHT_MAX * 2.0 ** exponents[operator.inputs[0]]
                limit = finest_product * 2**numerics.REQUANTISE_SHIFT / numerics.MULTIPLIER_MAX
                if limit > 2.0 ** exponents[operator.name]:
                    exponents[operator.name] = math.ceil(math.log2(limit))
    exponents["template"] = exponents[network.embedding]
    return exponents


def _settle_residual(operator: Operator, exponents: dict[str, int]) -> None:
    """Coarsens the three exponents of an "add" until its shifts are ones that the hardware has."""
    x, y = operator.inputs
    coarsest = max(exponents[x], exponents[y])
    finest = max(coarsest - numerics.ALIGN_LEFT_MAX, exponents[operator.name] - numerics.ALIGN_RIGHT_MAX)
    for name in (x, y):
        exponents[name] = max(exponents[name], finest)
    exponents[operator.name] = max(exponents[operator.name], min(exponents[x], exponents[y]))


def quantise_operator(operator: Operator, folded: Folded, exponents: dict[str, int]) -> OperatorWeights:
    """Multipliers first, rounded up; then the weights with the scale that the multiplier really has.

    The bias is clipped where even the largest opposing products leave the output saturated, which
    loses nothing and keeps the accumulator narrow.
    """
    unit = 2.0 ** (exponents[operator.name] - exponents[operator.inputs[0]] - numerics.REQUANTISE_SHIFT)
    rows = folded.weight.reshape(operator.outputs, -1)
    ideal = np.abs(rows).max(axis=1) / numerics.WEIGHT_MAX / unit
    multiplier = np.clip(np.ceil(ideal), numerics.SATURATING_MULTIPLIER_MIN, numerics.MULTIPLIER_MAX)
    scale = multiplier * unit
    weight = np.clip(np.rint(rows / scale[:, None]), -numerics.WEIGHT_MAX, numerics.WEIGHT_MAX)
    products = -numerics.ACTIVATION_MIN * np.abs(weight).sum(axis=1)
    saturated = np.ceil((numerics.ACTIVATION_MAX + 1) * 2**numerics.REQUANTISE_SHIFT / multiplier) + 1
    bias = np.rint(folded.bias / (scale * 2.0 ** exponents[operator.inputs[0]]))
    bias = np.clip(bias, -(products + saturated), products + saturated)
    return OperatorWeights(
        weight=weight.reshape(operator.weight_shape).astype(np.int8),
        bias=bias.astype(np.int32),
        multiplier=multiplier.astype(np.int32),
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m network.quantise", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--network", default="siammixer", help=f"one of {', '.join(NETWORKS)}")
    parser.add_argument("--checkpoint", type=Path, required=True, help="written by network.train")
    parser.add_argument("--images", type=Path, required=True, help="folder of training crops to calibrate on (layouts: network/pairs.py)")
    parser.add_argument("--out", type=Path, required=True, help="weights file to write, for example weights/siammixer.npz")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        network = find_network(given.network)
        if not given.out.parent.is_dir():
            raise SpecError(f"{given.out.parent}: no such folder to write to")
        model = load_model(network, given.checkpoint)
        weights = quantise(model, validation_pairs(network, read_tracks(given.images), CALIBRATION_PAIRS, CALIBRATION_SEED))
        weights.save(given.out)
    except SpecError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{given.out}: {network.name}, fingerprint {weights.fingerprint}, {network.parameter_bytes:,} B of parameters")
    return 0


if __name__ == "__main__":
    sys.exit(main())
