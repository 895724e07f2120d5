"""A run starts warm: from a weights file or a checkpoint, with the embedding fitted to the teacher and
logits of ordinary size.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from siammixer.ir import box_map
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.result import Result
from siammixer.ir.weights import load_weights
from siammixer.training.data.box_dataset import BoxDataset
from siammixer.training.data.dataset import TrainingDataset
from siammixer.training.data.loader import Batch, collate
from siammixer.training.data.pairs import validation_pairs
from siammixer.training.loop.box_loss import SCALES, BoxBatch, collate_boxes
from siammixer.training.loop.checkpoint import load_checkpoint, require_trained_head, restored
from siammixer.training.loop.loss import teacher_targets
from siammixer.training.loop.place import Place
from siammixer.training.loop.recipe import Recipe
from siammixer.training.model.beside import response_operator
from siammixer.training.model.dequantise import (
    calibrate_norms,
    correlated_with_itself,
    float_model,
    real_operators,
)
from siammixer.training.model.frozen import FrozenStage
from siammixer.training.model.model import SiamMixer, to_input
from siammixer.training.model.variants import find_variant
from siammixer.training.quantise.qat import QuantisedSiamMixer, quantised_model
from siammixer.training.quantise.quantise import CALIBRATION_PAIRS, CALIBRATION_SEED

RIDGE = 30.0
LOGIT_SPREAD, LOGIT_OFFSET = 2.0, -4.0
"""Standard deviation of a search's logits to its own template, and the logit of a response of zero."""


NORM_SAMPLES, EMBEDDING_SAMPLES, LOGIT_SAMPLES = 8, 12, 16
"""So many of the run's first samples are enough to settle each."""
CALIBRATION_TRACKS = 200
ANSWER_SPREAD, UNLIKELY = 0.01, -3.0
"""Deviation of a new answer's weights, and its first score, a logit."""

Model = SiamMixer | QuantisedSiamMixer


def digest_of(path: Path | None) -> str:
    """Returns the digest of a file's content that :attr:`Recipe.initial` keeps; "" without a file."""
    if path is None:
        return ""
    if not path.is_file():
        raise InputError(f"{path}: no such file to start from")
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def checkpoint_to_start_from(network: Network, path: Path | None) -> dict:
    """Returns a checkpoint's content; {} where the file is a weights file or there is none."""
    return load_checkpoint(network, path) if path and path.suffix != ".npz" else {}


def warm_start(
    network: Network, recipe: Recipe, dataset: TrainingDataset, place: Place, *, learnt: bool
) -> Model:
    """Returns the model before the first step of a run.

    Parameters
    ----------
    dataset
        The run's, which bring a teacher's features where there is a teacher.
    learnt
        The initial checkpoint's embedding was trained with this teacher.

    Raises
    ------
    InputError
        Where the initial file is not one for this recipe.
    """
    initial = place.initial
    if recipe.stage == "qat":
        return _quantised(network, dataset, initial)
    model = _new_model(network, recipe)
    if initial is not None:
        anew = take_over(model, initial_model(network, initial))
        if anew:
            place.tell(f"{initial}: {', '.join(anew)} start anew")
    if initial is None:
        settle_norms(model, _first(dataset, NORM_SAMPLES))
    elif initial.suffix == ".npz":
        calibrate_norms(model, [_crops(_first(dataset, NORM_SAMPLES))])
    # An embedding of unit variance is far longer than a teacher's features, whose cosines are compared.
    fit = dataset.describe is not None and not learnt
    if fit:
        left, before = fit_embedding(model, _first(dataset, EMBEDDING_SAMPLES))
        place.tell(f"embedding fitted to the teacher: {left:.3f} of {before:.3f} left")
    if fit or initial is None or initial.suffix == ".npz":
        fit_logits(model, _first(dataset, LOGIT_SAMPLES))
    return model


def box_start(network: Network, recipe: Recipe, dataset: BoxDataset, place: Place) -> Model:
    """Returns the model before the first step of a run that learns boxes.

    Raises
    ------
    InputError
        Where the initial file is not one for this recipe.
    """
    initial = place.initial
    if recipe.stage == "qat":
        return _quantised(network, dataset, initial)
    model, first = _new_model(network, recipe), _first(dataset, NORM_SAMPLES)
    answer, anew = response_operator(model.network).name, []
    if initial is None:
        settle_norms(model, first)
    else:
        source = initial_model(network, initial)
        anew = take_over(model, source)
        if anew:
            place.tell(f"{initial}: {', '.join(anew)} start anew")
        if initial.suffix == ".npz":
            calibrate_norms(model, [_crops(first)])
    if initial is None or answer in anew or _untrained(network, initial):
        start_answer(model)
    natural_units(model)
    if initial is None or initial.suffix == ".npz":
        fit_logits(model, first)
    return model


def _untrained(network: Network, initial: Path) -> bool:
    """Whether the head of a checkpoint has not been trained."""
    return checkpoint_to_start_from(network, initial).get("stage") == "float"


@torch.no_grad()
def start_answer(model: SiamMixer) -> None:
    """Lets the head begin as unlikely everywhere, with boxes of the template's size in the cells' middles."""
    module = model[response_operator(model.network).name]
    nn.init.normal_(module.linear.weight, std=ANSWER_SPREAD)
    module.norm.reset_running_stats()
    module.norm.weight.copy_(SCALES)
    module.norm.bias.zero_()
    module.norm.bias[box_map.SCORE] = UNLIKELY * SCALES[box_map.SCORE]


@torch.no_grad()
def natural_units(model: SiamMixer) -> None:
    """Gives the answer's linear part weights in logits, cells and logarithms, which learn as fast as other
    weights, and its BatchNorm the units of the box map; the function stays.
    """
    module = model[response_operator(model.network).name]
    weight, bias = module.folded()
    norm = module.norm
    norm.reset_running_stats()
    norm.running_var.fill_(1 - norm.eps)
    norm.weight.copy_(SCALES)
    norm.bias.copy_(bias)
    module.linear.weight.copy_(module.from_rows(weight / SCALES.double()[:, None]))


def freeze(model: Model, count: int) -> FrozenStage | None:
    """Freezes the first operators; what computes them, where they need not be computed as training does."""
    if not count:
        return None
    if isinstance(model, SiamMixer):
        return FrozenStage(model, count)
    patch = [operator for operator in model.network.weighted() if operator.patch]
    if count != len(patch):
        raise InputError(
            f"freeze of the stage qat must be 0 or the {len(patch)} operators of the patch stage, not {count}"
        )
    for operator in patch:
        model[operator.name].requires_grad_(False)
    return None


def _new_model(network: Network, recipe: Recipe) -> SiamMixer:
    """Returns a model of random weights that depend on the seed alone."""
    actual, options = find_variant(network, recipe.variant)
    torch.manual_seed(recipe.seed)
    return SiamMixer(actual, recipe.activation, **options)


def _quantised(
    network: Network, dataset: TrainingDataset | BoxDataset, initial: Path | None
) -> QuantisedSiamMixer:
    if initial is None:
        raise InputError("stage qat must start from a trained network: --initial FILE")
    if initial.suffix == ".npz":
        weights = load_weights(network, initial)
        model = QuantisedSiamMixer(network, real_operators(weights), weights.exponents)
        fit_logits(model, _first(dataset, LOGIT_SAMPLES))
        return model
    require_trained_head(network, load_checkpoint(network, initial), initial)
    tracks = dataset.tracks[:: -(-len(dataset.tracks) // CALIBRATION_TRACKS)]
    return quantised_model(
        initial_model(network, initial),
        validation_pairs(network, tracks, CALIBRATION_PAIRS, CALIBRATION_SEED),
    )


def initial_model(network: Network, path: Path) -> SiamMixer:
    """Returns the float model of a weights file (.npz) or of a checkpoint of the stage float, or of a variant
    of the network.

    Raises
    ------
    InputError
        Where the file is missing, damaged, or of another network or stage.
    """
    if path.suffix == ".npz":
        return float_model(load_weights(network, path))
    state = load_checkpoint(network, path)
    if state["stage"] == "qat":
        raise InputError(
            f"{path}: a run must start from a weights file or a checkpoint of the stage float or distil, not "
            f"{state['stage']}"
        )
    return restored(network, state)


def take_over(model: SiamMixer, source: SiamMixer) -> list[str]:
    """Copies every operator that both have in the same shape, and the scale of the logits; names those that
    start anew.
    """
    known, anew = {operator.name: operator for operator in source.network.weighted()}, []
    for operator in model.network.weighted():
        if operator.name in known and operator.weight_shape == known[operator.name].weight_shape:
            model[operator.name].load_state_dict(source[operator.name].state_dict())
        else:
            anew.append(operator.name)
    model.gain.data.copy_(source.gain.data)
    model.offset.data.copy_(source.offset.data)
    return anew


@torch.no_grad()
def settle_norms(model: SiamMixer, batch: Batch | BoxBatch) -> None:
    """Gives every BatchNorm of a new model the statistics of a batch; scale and shift stay."""
    norms = [model[operator.name].norm for operator in model.network.weighted()]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    correlated_with_itself(model.train(), _crops(batch))
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum


@torch.no_grad()
def fit_embedding(model: SiamMixer, batch: Batch) -> tuple[float, float]:
    """Replaces the last operator by the ridge regression from its input to the teacher's features.

    Returns
    -------
    tuple[float, float]
        The squared distance that is left, and that of the features from zero.
    """
    operator = model.network.operator(model.network.embedding)
    if operator.result is not Result.REQUANTISED or not model[operator.name].matrix or operator.relu:
        raise InputError(
            f"the embedding of {model.network.name} must be a pointwise operator without ReLU for a "
            f"teacher, not {operator.kind}"
        )
    wanted, counted = teacher_targets(batch)
    source = model.eval().tensors(_crops(batch), "search")[operator.inputs[0]]
    x, y = (values.permute(0, 2, 3, 1)[counted].double() for values in (source, wanted))
    x = torch.cat([x, x.new_ones(len(x), 1)], 1)
    solution = torch.linalg.solve(x.T @ x + RIDGE * torch.eye(x.shape[1], dtype=x.dtype), x.T @ y)
    weight, bias = solution[:-1], solution[-1]
    product = x[:, :-1] @ weight
    mean, variance = product.mean(0), product.var(0)
    module = model[operator.name]
    module.linear.weight.copy_(weight.T[:, :, None])
    module.norm.running_mean.copy_(mean)
    module.norm.running_var.copy_(variance)
    module.norm.weight.copy_((variance + module.norm.eps).sqrt())
    module.norm.bias.copy_(bias + mean)
    return float((x @ solution - y).square().sum(1).mean()), float(y.square().sum(1).mean())


@torch.no_grad()
def fit_logits(model: Model, batch: Batch | BoxBatch) -> None:
    """Sets gain and offset of the logits so that a search's own response has an ordinary spread and begins
    as unlikely.
    """
    count, searches = batch.search.shape[:2]
    maps = model.eval().embed(_crops(batch), "search")
    response = functional.conv2d(maps[count:], model.template_of(maps[:count])).unflatten(
        0, (count, searches)
    )
    own = response[torch.arange(count), :, torch.arange(count)]
    model.gain.fill_(LOGIT_SPREAD * model.network.correlation.reduction**0.5 / own.std().clamp(min=1e-6))
    model.offset.fill_(LOGIT_OFFSET)


def _first(dataset: TrainingDataset | BoxDataset, count: int) -> Batch | BoxBatch:
    """Returns the first samples; a short run has fewer, but sample k is defined for any k."""
    join = collate_boxes if isinstance(dataset, BoxDataset) else collate
    return join([dataset[k] for k in range(count)])


def _crops(batch: Batch | BoxBatch) -> torch.Tensor:
    return to_input(torch.cat([batch.template, batch.search.flatten(0, 1)]))
