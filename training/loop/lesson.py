"""A lesson says what a run learns: samples, a loss, what counts as a hit, and which model is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from torch import nn

from siammixer.ir.network import Network
from siammixer.training.data.pairs import Pairs
from siammixer.training.data.tracks import Track
from siammixer.training.loop.box_lesson import BoxLesson
from siammixer.training.loop.place import Place
from siammixer.training.loop.recipe import Recipe
from siammixer.training.loop.response_lesson import ResponseLesson
from siammixer.training.loop.warm_start import Model


class Lesson(Protocol):
    """A lesson is what a run learns.

    Attributes
    ----------
    parts
        Names of the loss's parts.
    dataset, collate
        Samples by number, and what joins them to a batch.
    model, objective
        The model that learns; a module: (batch, step) -> (loss, parts (len(parts),)).
    """

    parts: tuple[str, ...]
    dataset: Any
    collate: Callable
    model: Model
    objective: nn.Module

    @property
    def kept(self) -> Model:
        """The model that is validated and saved."""

    def train(self) -> None:
        """Puts the model into training, with what is frozen kept still."""

    def groups(self) -> list[dict]:
        """The optimiser's groups of parameters."""

    def learned(self, step: int) -> None:
        """Notes that the optimiser has made a step."""

    def total(self, means: list[float]) -> float:
        """The loss of the parts' means."""

    def hits(self, pairs: Pairs) -> np.ndarray:
        """bool (n,): the validation pairs whose target the kept model finds."""

    def state(self) -> dict:
        """The part of a checkpoint that is the lesson's own."""


def learns_boxes(network: Network, recipe: Recipe) -> bool:
    """Whether a run trains the head: in the stage distil, and in integers where there is one."""
    return recipe.stage == "distil" or (recipe.stage == "qat" and bool(network.head_layers))


def open_lesson(
    network: Network,
    actual: Network,
    recipe: Recipe,
    tracks: list[Track],
    start: dict,
    resumed: bool,
    place: Place,
) -> Lesson:
    """Returns the lesson of a recipe, its model as it is before the next step.

    Parameters
    ----------
    actual
        The network, or the variant of it that is trained.
    start
        The checkpoint that the run goes on (``resumed``) or starts from; {} for none.
    """
    kind = BoxLesson if learns_boxes(actual, recipe) else ResponseLesson
    return kind(network, actual, recipe, tracks, start, resumed, place)
