"""The lesson of a box head: trunk and head together learn scores and boxes, from labels and from a teacher
that tracks.
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.training.data.box_dataset import BoxDataset
from siammixer.training.data.pairs import Pairs
from siammixer.training.data.tracks import Track
from siammixer.training.distillation.tracker_teacher import open_tracker
from siammixer.training.loop.average import RunningMean
from siammixer.training.loop.box_loss import (
    BOX_PARTS,
    SCALES,
    BoxBatch,
    box_losses,
    collate_boxes,
    dense_losses,
    feature_loss,
    score_losses,
)
from siammixer.training.loop.checkpoint import restored
from siammixer.training.loop.place import Place
from siammixer.training.loop.precision import AUTOCAST
from siammixer.training.loop.recipe import Recipe
from siammixer.training.loop.validate import response_hits, score_maps
from siammixer.training.loop.warm_start import Model, box_start, freeze
from siammixer.training.model.beside import Beside, response_operator
from siammixer.training.model.frozen import FrozenStage
from siammixer.training.model.model import SiamMixer, to_input
from siammixer.training.quantise.qat import QuantisedSiamMixer

NORM_MOMENTUM = 0.03
PATCH_RATE = 0.3
"""Of the rate, for the patch stage: it has seen more than this run will show it."""
ANSWER_RATE = float(SCALES.mean())
"""Of the rate, for parameters in units of the box map instead of logits, cells and logarithms."""


class BoxObjective(nn.Module):
    """A model, and what stands beside it, with their loss.

    Parameters
    ----------
    precision
        What autocast computes the embeddings in; None: float32. The head is computed in float32.
    """

    def __init__(self, model: Model, beside: Beside, recipe: Recipe, precision: torch.dtype | None):
        super().__init__()
        self.model, self.beside, self.recipe, self.precision = model, beside, recipe, precision
        self.register_buffer("scales", SCALES[:, None, None].clone(), persistent=False)

    def forward(self, batch: BoxBatch, step: int) -> tuple[Tensor, Tensor]:
        """Returns the loss, and its parts (len(BOX_PARTS),) without gradients."""
        parts, weights = self.losses(batch, step), asdict(self.recipe.box_weights)
        total = sum(weights[name] * value for name, value in parts.items())
        nothing = torch.zeros((), device=total.device)
        return total, torch.stack([parts.get(name, nothing).detach().float() for name in BOX_PARTS])

    def losses(self, batch: BoxBatch, step: int) -> dict[str, Tensor]:
        """Returns the parts, by their names, that this batch and this model have."""
        model, network, count = self.model, self.model.network, len(batch.template)
        maps = self.maps(to_input(torch.cat([batch.template, batch.search.flatten(0, 1)])), step)
        embedding = maps[network.embedding]
        template, search = model.template_of(embedding[:count]), embedding[count:]
        # Every second search once more with a template that is not its target's.
        strange = torch.arange(0, len(search), 2, device=search.device)
        own, other = batch.own, (batch.own[strange] + 1) % count
        answered = model.after(
            {network.embedding: torch.cat([search, search[strange]])},
            "search",
            template[torch.cat([own, other])],
        )
        found = answered[response_operator(network).name] / self.scales
        extents = self.beside.extents(answered)[: len(search)]
        scores = found[:, 0].float()
        result = score_losses(network, scores[: len(search)], scores[len(search) :], batch)
        result |= box_losses(network, found[: len(search)], extents, batch)
        if isinstance(model, SiamMixer):
            # The integers' embedding is equalised, so its dense correlation says nothing.
            logits = model.logits(functional.conv2d(search, template))
            result |= dense_losses(network, logits, batch)
        if batch.features is not None and self.beside.project is not None:
            mixed = {self.beside.mixed: maps[self.beside.mixed][count:]}
            result["features"] = feature_loss(self.beside.features(mixed), batch.features.float())
        return result

    def maps(self, images: Tensor, step: int) -> dict[str, Tensor]:
        """Returns the last mixer's output and the embedding, float32."""
        model, recipe = self.model, self.recipe
        whole = recipe.freeze == 0 or (recipe.whole_every > 0 and step % recipe.whole_every == 0)
        with torch.autocast(images.device.type, self.precision, enabled=self.precision is not None):
            if whole or not isinstance(model, SiamMixer):
                tensors = model.tensors(images, "search")
            else:
                stage = FrozenStage(model, recipe.freeze, learning=recipe.whole_every > 0)
                tensors = model.after(stage(images), "search")
        return {name: tensors[name].float() for name in (self.beside.mixed, model.network.embedding)}


class BoxLesson:
    """Scores and boxes are learnt: a :class:`siammixer.training.loop.lesson.Lesson`."""

    parts = BOX_PARTS
    collate = staticmethod(collate_boxes)

    def __init__(
        self,
        network: Network,
        actual: Network,
        recipe: Recipe,
        tracks: list[Track],
        start: dict,
        resumed: bool,
        place: Place,
    ):
        if place.processes.count > 1:
            raise InputError(f"a run that learns boxes must be one process, not {place.processes.count}")
        self.recipe, self.network, self.answer = recipe, actual, response_operator(actual).name
        teacher = open_tracker(place.teachers)
        self.dataset = BoxDataset(
            actual,
            tracks,
            length=recipe.steps * recipe.templates_per_step,
            seed=recipe.seed,
            mixture=recipe.box_mixture,
            teacher=teacher,
        )
        model = (
            restored(network, start | {"model": start["trained"]})
            if resumed
            else box_start(network, recipe, self.dataset, place)
        )
        self.model: Model = model.to(place.processes.device)
        torch.manual_seed(recipe.seed)
        self.beside = Beside(actual, teacher.channels if teacher else 0).to(place.processes.device)
        if "beside" in start:
            _take_over(self.beside, start["beside"])
        self.mean = RunningMean(self.model)
        if resumed:
            self.mean.model.load_state_dict(start["model"])
        if recipe.whole_every == 0 or isinstance(self.model, QuantisedSiamMixer):
            freeze(self.model, recipe.freeze)
        for module in self.model.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.momentum = NORM_MOMENTUM
        precision = AUTOCAST[recipe.precision]
        self.objective: nn.Module = BoxObjective(self.model, self.beside, recipe, precision)

    @property
    def kept(self) -> Model:
        """The model that is validated and saved: the running mean."""
        return self.mean.model

    def train(self) -> None:
        """Makes the model ready for the next step: the answer's normalisation and the frozen operators' keep
        their statistics.
        """
        self.objective.train()
        if isinstance(self.model, SiamMixer):
            early = self.network.operators("search")[: self.recipe.freeze]
            for name in (self.answer, *(operator.name for operator in early)):
                self.model[name].norm.eval()

    def groups(self) -> list[dict]:
        """Returns the parameter groups, each with its share of the rate."""
        rates = {operator.name: PATCH_RATE for operator in self.network.weighted() if operator.patch}
        groups: dict[tuple[float, float], list[nn.Parameter]] = {}
        for operator in self.network.weighted():
            for name, parameter in self.model[operator.name].named_parameters():
                rate = rates.get(operator.name, 1.0)
                in_units = name != "linear.weight" if isinstance(self.model, SiamMixer) else True
                if operator.name == self.answer and in_units:
                    rate = ANSWER_RATE
                _sorted(groups, rate, self.recipe.weight_decay, parameter)
        others = [*self.beside.parameters(), self.model.gain, self.model.offset]
        for parameter in others:
            _sorted(groups, 1.0, self.recipe.weight_decay, parameter)
        return [
            {"params": parameters, "rate": rate, "weight_decay": decay}
            for (rate, decay), parameters in groups.items()
        ]

    def learned(self, step: int) -> None:
        """Is told that a step was taken."""
        self.mean.update(self.model, step)

    def total(self, means: list[float]) -> float:
        """Returns the loss of the parts."""
        weights = asdict(self.recipe.box_weights)
        return sum(weights[name] * value for name, value in zip(self.parts, means, strict=True))

    def hits(self, pairs: Pairs) -> np.ndarray:
        """Returns whether each pair's score is the highest on the target, bool (n,)."""
        return response_hits(self.network, score_maps(self.kept, pairs), pairs.target)

    def state(self) -> dict:
        """Returns what a checkpoint holds beside the model."""
        return {"trained": self.model.state_dict(), "beside": self.beside.state_dict()}


def _sorted(groups: dict, rate: float, decay: float, parameter: nn.Parameter) -> None:
    """Adds a parameter to its group; a larger rate does not make a matrix decay faster."""
    if parameter.requires_grad:
        share = decay / max(rate, 1.0) if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, share), []).append(parameter)


def _take_over(beside: Beside, state: dict[str, Tensor]) -> None:
    """Copies what has the same shape: a run may go on with another teacher."""
    own = beside.state_dict()
    same = {name: value for name, value in state.items() if name in own and own[name].shape == value.shape}
    beside.load_state_dict(own | same)
