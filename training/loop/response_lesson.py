"""The lesson of the dense correlation: the embedding learns where its response must peak, and a teacher's
features. A head does not take part.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import torch
from torch import Tensor, nn

from siammixer.ir.network import Network
from siammixer.training.data.dataset import TrainingDataset
from siammixer.training.data.loader import Batch, collate
from siammixer.training.data.pairs import Pairs
from siammixer.training.data.tracks import Track
from siammixer.training.distillation.distil import open_distillation
from siammixer.training.loop.checkpoint import restored
from siammixer.training.loop.loss import Losses, losses
from siammixer.training.loop.place import Place
from siammixer.training.loop.precision import AUTOCAST
from siammixer.training.loop.recipe import Recipe
from siammixer.training.loop.validate import float_responses, response_hits
from siammixer.training.loop.warm_start import Model, freeze, warm_start
from siammixer.training.model.frozen import FrozenStage


class Objective(nn.Module):
    """A model with its loss, as one module: DistributedDataParallel watches calls of a module."""

    def __init__(
        self, model: Model, recipe: Recipe, stage: FrozenStage | None, precision: torch.dtype | None
    ):
        super().__init__()
        self.model, self.recipe, self.stage, self.precision = model, recipe, stage, precision

    def forward(self, batch: Batch, step: int) -> tuple[Tensor, Tensor]:
        """Returns the loss, and its parts (parts,) without gradients."""
        parts = losses(self.model, batch, self.stage, self.precision)
        names = ResponseLesson.parts
        return parts.total(self.recipe.weights), torch.stack(
            [getattr(parts, name).detach().float() for name in names]
        )


class ResponseLesson:
    """The dense response is learnt: a :class:`siammixer.training.loop.lesson.Lesson`."""

    parts = tuple(field.name for field in fields(Losses))
    collate = staticmethod(collate)

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
        self.recipe = recipe
        self.projection, describe = open_distillation(actual, recipe, tracks, start, place)
        self.dataset = TrainingDataset(
            actual,
            tracks,
            searches=recipe.searches_per_template,
            length=recipe.steps * recipe.templates_per_step,
            seed=recipe.seed,
            mixture=recipe.mixture,
            describe=describe,
        )
        self.model: Model = (
            restored(network, start)
            if resumed
            else warm_start(network, recipe, self.dataset, place, learnt="projection" in start)
        ).to(place.processes.device)
        for operator in _behind_the_embedding(actual):
            self.model[operator].requires_grad_(False)
        stage = freeze(self.model, recipe.freeze)
        self.objective: nn.Module = Objective(self.model, recipe, stage, AUTOCAST[recipe.precision])

    @property
    def kept(self) -> Model:
        """The model that is validated and saved."""
        return self.model

    def train(self) -> None:
        """Makes the model ready for the next step."""
        self.model.train()

    def groups(self) -> list[dict]:
        """Returns the parameter groups: weight matrices decay; vectors and the two scalars of the loss do
        not.
        """
        trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        return [
            {"params": [p for p in trained if p.ndim > 1], "weight_decay": self.recipe.weight_decay},
            {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
        ]

    def learned(self, step: int) -> None:
        """Is told that a step was taken."""

    def total(self, means: list[float]) -> float:
        """Returns the loss of the parts."""
        return float(Losses(*map(torch.tensor, means)).total(self.recipe.weights))

    def hits(self, pairs: Pairs) -> np.ndarray:
        """Returns whether each pair's response peaks on the target, bool (n,)."""
        network = self.model.network
        return response_hits(network, float_responses(self.model, pairs), pairs.target)

    def state(self) -> dict:
        """Returns what a checkpoint holds beside the model."""
        return {"projection": self.projection.state()} if self.projection else {}


def _behind_the_embedding(network: Network) -> list[str]:
    """The weighted operators of the head."""
    names = [operator.name for operator in network.weighted()]
    return names[names.index(network.embedding) + 1 :]
