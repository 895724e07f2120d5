"""INT8 weights, biases, multipliers and exponents of a trained network: post-training quantisation, and the
rule that siammixer.training.quantise.qat trains with.

Activations get the power-of-two scale with the least squared error on calibration crops; weights get, per
output channel, the scale that the 17-bit multiplier can express exactly (siammixer.ir.numerics).
"""

from __future__ import annotations

import argparse
import copy
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from siammixer.ir import numerics
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.ir.files import whole_file, write_draft
from siammixer.ir.named import OWN_NETWORK, open_network
from siammixer.ir.network import Network
from siammixer.ir.operators import (
    IMAGE,
    TEMPLATE,
    AlignedOperator,
    RequantisedOperator,
)
from siammixer.ir.result import Result
from siammixer.ir.table import Table
from siammixer.ir.weights import OperatorWeights, Weights
from siammixer.training.data.pairs import Pairs, validation_pairs
from siammixer.training.data.tracks import read_tracks
from siammixer.training.loop.checkpoint import load_checkpoint, load_model, require_trained_head
from siammixer.training.model.fold import Folded, fold
from siammixer.training.model.model import SiamMixer, to_input
from siammixer.training.quantise.bias_correction import bias_corrected
from siammixer.training.quantise.equalise import correlated, equalise
from siammixer.training.quantise.operators import Integers, arithmetic

CALIBRATION_PAIRS = 64
CALIBRATION_SEED = 3
EQUALISING_PAIRS = 16
"""Of these, enough to choose one exponent by."""
SAMPLES_PER_IMAGE = 20_000
CANDIDATES = 6


def quantise(model: SiamMixer, crops: Pairs) -> Weights:
    """The integers of a trained model, calibrated on both crops of each pair."""
    folded, exponents = calibrated(model, crops)
    operators = {
        operator.name: quantise_operator(operator, folded[operator.name], exponents)
        for operator in model.network.weighted()
    }
    return Weights(model.network, operators, exponents)


def calibrated(model: SiamMixer, crops: Pairs) -> tuple[dict[str, Folded], dict[str, int]]:
    """The folded operators with corrected biases, and the exponent of every INT8 tensor.

    The float network runs in float64, so that the order in which a CPU adds products does not decide a
    rounding. Weights and biases come as float32 numbers (in float64 arrays): those are the masters that QAT
    moves, and :func:`quantise` gives the integers of exactly the same numbers.
    """
    exact = copy.deepcopy(model).double()
    correlation = correlated(exact)
    if correlation is not None:
        few = Pairs(*(part[:EQUALISING_PAIRS] for part in (crops.template, crops.search, crops.target)))
        equalise(exact, best_exponent(sample_tensors(exact, few)[correlation.name]))
    folded = fold(exact)
    exponents = choose_exponents(model.network, folded, sample_tensors(exact, crops))
    masters = {
        name: Folded(_as_float32(layer.weight), _as_float32(layer.bias))
        for name, layer in bias_corrected(exact, folded, exponents, crops, quantise_operator).items()
    }
    return masters, exponents


def _as_float32(values: np.ndarray) -> np.ndarray:
    """The nearest float32 numbers, as float64."""
    return values.astype(np.float32).astype(np.float64)


def quantise_checkpoint(
    network: Network, checkpoint: Path | str, crops: Path | str, out: Path | str
) -> Weights:
    """As :func:`quantised_checkpoint`, and writes the weights file ``out``.

    Raises
    ------
    InputError
        Also where ``out`` cannot be written.
    """
    with whole_file(out) as draft:  # refused before the work
        weights = quantised_checkpoint(network, checkpoint, crops)
        write_draft(draft, weights.archive())
    return weights


def quantised_checkpoint(network: Network, checkpoint: Path | str, crops: Path | str) -> Weights:
    """Quantises a checkpoint of :func:`siammixer.training.loop.train.train`, calibrated on a folder of
    training crops.

    Raises
    ------
    InputError
        Where the checkpoint or the crops are missing, damaged or of another network.
    """
    require_trained_head(network, load_checkpoint(network, checkpoint), checkpoint)
    model = load_model(network, checkpoint)
    return quantise(model, validation_pairs(network, read_tracks(crops), CALIBRATION_PAIRS, CALIBRATION_SEED))


def sample_tensors(model: SiamMixer, crops: Pairs) -> dict[str, np.ndarray]:
    """Up to ``SAMPLES_PER_IMAGE`` evenly spaced values of every tensor and crop, float32, both branches
    together.
    """
    model.eval()
    samples: dict[str, list[np.ndarray]] = {name: [] for name in model.network.tensors()}

    def crop(image: np.ndarray) -> torch.Tensor:
        return to_input(torch.from_numpy(image[None])).to(model.gain.dtype)

    def add(tensors: dict[str, torch.Tensor]) -> None:
        for name in tensors.keys() & samples.keys():
            flat = tensors[name].flatten()
            samples[name].append(flat[:: -(-len(flat) // SAMPLES_PER_IMAGE)].float().numpy())

    with torch.inference_mode():
        templates = []
        for image in crops.template:
            tensors = model.tensors(crop(image), "template")
            templates.append(tensors[TEMPLATE])
            add(tensors)
        for image, template in zip(crops.search, templates, strict=True):
            add(model.tensors(crop(image), "search", template))
    return {name: np.concatenate(parts) for name, parts in samples.items()}


def best_exponent(values: np.ndarray) -> int:
    """Exponent of the power-of-two scale with which INT8 represents float values with the least squared
    error.
    """
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


def choose_exponents(
    network: Network, folded: dict[str, Folded], samples: dict[str, np.ndarray]
) -> dict[str, int]:
    """Exponent of every INT8 tensor: the best for its values, made coarser where the
    arithmetic demands it."""
    exponents = {name: best_exponent(values) for name, values in samples.items()}
    exponents |= {IMAGE: numerics.PIXEL_EXPONENT, **network.fixed_exponents}
    settled: dict[str, int] = {}
    while settled != exponents:
        settled = dict(exponents)
        for operator in network.operators("search"):
            SETTLE[operator.result](operator, folded, exponents)
    exponents[TEMPLATE] = exponents[network.embedding]
    for name, fixed in network.fixed_exponents.items():
        if exponents[name] != fixed:
            raise InputError(
                f"exponent of {name} must be {fixed}, not {exponents[name]}: its weights are too large for "
                "its multipliers"
            )
    return exponents


def _settle_multiplier(
    operator: RequantisedOperator, folded: dict[str, Folded], exponents: dict[str, int]
) -> None:
    """Coarsens the output until its multipliers have codes, which those of 2**17 and more have not: the
    output may not be finer than the products. A correlation's input is coarsened until the products are not
    too fine for its multipliers.
    """
    how, weight, source = arithmetic(operator), folded[operator.name].weight, operator.inputs[0]
    exponents[source] = max(exponents[source], how.finest_input(weight, exponents))
    finest_product = how.finest_product(weight, exponents)
    limit = finest_product * 2**numerics.REQUANTISE_SHIFT / numerics.MULTIPLIER_MAX
    if limit > 2.0 ** exponents[operator.name]:
        exponents[operator.name] = math.ceil(math.log2(limit))


def _settle_shifts(operator: AlignedOperator, folded: dict[str, Folded], exponents: dict[str, int]) -> None:
    """Coarsens the three exponents of an "add" until its shifts are ones that the hardware has."""
    x, y = operator.inputs
    coarsest = max(exponents[x], exponents[y])
    finest = max(coarsest - numerics.ALIGN_LEFT_MAX, exponents[operator.name] - numerics.ALIGN_RIGHT_MAX)
    for name in (x, y):
        exponents[name] = max(exponents[name], finest)
    exponents[operator.name] = max(exponents[operator.name], min(exponents[x], exponents[y]))


SETTLE: Table[Result, Callable[[Any, dict[str, Folded], dict[str, int]], None]] = Table(
    "exponents of trained networks",
    {
        Result.REQUANTISED: _settle_multiplier,
        Result.ALIGNED: _settle_shifts,
        Result.ACCUMULATED: lambda operator, folded, exponents: None,  # it has no exponent
    },
)
"""Result of an operator of the search branch -> what makes its exponents coarser where its arithmetic demands
it.
"""


def quantise_operator(
    operator: RequantisedOperator, folded: Folded, exponents: dict[str, int]
) -> OperatorWeights:
    """The integers of a folded operator, by the rule of :func:`quantise_tensors`."""
    weight, bias, multiplier = quantise_tensors(
        operator, torch.from_numpy(folded.weight), torch.from_numpy(folded.bias), exponents
    )
    return OperatorWeights(
        weight=weight.numpy().astype(np.int8),
        bias=bias.numpy().astype(np.int32),
        multiplier=multiplier.numpy().astype(np.int32),
    )


def quantise_tensors(
    operator: RequantisedOperator, weight: torch.Tensor, bias: torch.Tensor, exponents: dict[str, int]
) -> Integers:
    """The integers of one operator: :meth:`siammixer.training.quantise.operators.Arithmetic.quantise`.

    Parameters
    ----------
    weight, bias
        As :class:`siammixer.training.model.fold.Folded` has them, on any device; computed in float64.
    """
    return arithmetic(operator).quantise(weight, bias, exponents)


def main(arguments: list[str] | None = None) -> int:
    """Quantises the checkpoint that the arguments name; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m siammixer.training.quantise.quantise",
        description=__doc__,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--network", default="siammixer", help=f"{', '.join(NETWORKS)}, {OWN_NETWORK}")
    parser.add_argument(
        "--checkpoint", type=Path, required=True, help="written by siammixer.training.loop.train"
    )
    parser.add_argument(
        "--images",
        type=Path,
        required=True,
        help="folder of training crops to calibrate on (layouts: training/data/pairs.py)",
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="weights file to write, for example weights/siammixer.npz"
    )
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        network = open_network(given.network)
        weights = quantise_checkpoint(network, given.checkpoint, given.images, given.out)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(
        f"{given.out}: {network.name}, fingerprint {weights.fingerprint}, {network.parameter_bytes:,} B "
        "of parameters"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
