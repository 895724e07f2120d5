"""A recipe says what a training run does: all that its result depends on, besides the crops."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field

from siammixer.ir.errors import InputError
from siammixer.training.data.box_dataset import SEARCHES, BoxMixture
from siammixer.training.data.dataset import TRIPLET, Mixture
from siammixer.training.loop.box_loss import BoxWeights
from siammixer.training.loop.loss import LossWeights
from siammixer.training.names import ACTIVATIONS, PRECISIONS, STAGES, TEACHERS, VARIANTS

LEARNING_RATES = {"float": 2e-3, "distil": 1e-3, "qat": 2e-4}
WARM_UP_SHARE = 0.03
DECAY_SHARE = 0.35
"""Of the steps of the stage distil, the last, over which the rate falls to zero."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A run.

    Parameters
    ----------
    pairs
        (template, search) pairs of the whole run.
    stage
        "float": the dense correlation; "distil": trunk and head, from labels and a teacher that tracks;
        "qat": training in golden's integers (:mod:`siammixer.training.quantise.qat`), from a float
        checkpoint.
    templates_per_step, searches_per_template
        Of all processes together.
    learning_rate
        Peak of the schedule; None: the stage's own.
    clip
        Largest norm of the gradient.
    freeze
        How many of the first operators stay as they are.
    whole_every
        In the stage distil they learn in every so-many-th step; 0: never.
    activation, variant
        A name of siammixer.training.model.model.ACTIVATIONS and of
        siammixer.training.model.variants.VARIANTS.
    teacher
        A name of siammixer.training.distillation.teacher.TEACHERS: whose features the stage float learns too.
    tracker
        Name of the teacher that tracks (:mod:`siammixer.training.distillation.tracker_teacher`).
    initial
        Digest of the file that the weights start from; "": random ones.
    every
        Steps between validations, each with its checkpoint.
    precision
        A name of :data:`PRECISIONS`: the type in which the float stage computes the embeddings; "auto"
        stands for the fastest one of the device (:mod:`siammixer.training.loop.precision`). The stage qat
        computes integers in float32, whatever the device.
    """

    pairs: int
    stage: str = "float"
    templates_per_step: int = 8
    searches_per_template: int = 3
    learning_rate: float | None = None
    weight_decay: float = 1e-2
    clip: float = 5.0
    seed: int = 1
    freeze: int = 0
    whole_every: int = 0
    activation: str = "relu"
    variant: str | None = None
    teacher: str = "none"
    tracker: str = "none"
    initial: str = ""
    every: int = 250
    validation_pairs: int = 400
    precision: str = "auto"
    mixture: Mixture = field(default_factory=Mixture)
    weights: LossWeights = field(default_factory=LossWeights)
    box_mixture: BoxMixture = field(default_factory=BoxMixture)
    box_weights: BoxWeights = field(default_factory=BoxWeights)

    def __post_init__(self) -> None:
        for name in ("pairs", "templates_per_step", "searches_per_template", "every", "validation_pairs"):
            if getattr(self, name) < 1:
                raise InputError(f"{_spoken(name)} must be at least 1, not {getattr(self, name)}")
        for name, value in (
            ("freeze", self.freeze),
            ("whole_every", self.whole_every),
            ("seed", self.seed),
            ("gap", self.mixture.gap),
            ("gap", self.box_mixture.gap),
        ):
            if value < 0:
                raise InputError(f"{_spoken(name)} must be at least 0, not {value}")
        for name, known in (
            ("stage", STAGES),
            ("activation", ACTIVATIONS),
            ("variant", (None, *VARIANTS)),
            ("teacher", TEACHERS),
            ("precision", PRECISIONS),
        ):
            if getattr(self, name) not in known:
                raise InputError(
                    f"{name} must be one of {', '.join(str(value) for value in known if value)}, not "
                    f"{getattr(self, name)!r}"
                )
        if self.learning_rate is None:
            object.__setattr__(self, "learning_rate", LEARNING_RATES[self.stage])
        if not 0 < self.learning_rate < math.inf:
            raise InputError(f"learning rate must be more than 0, not {self.learning_rate}")
        if self.mixture.triplet_share and self.searches_per_template != TRIPLET:
            raise InputError(
                f"searches per template must be {TRIPLET} with scale triplets, not "
                f"{self.searches_per_template}"
            )
        if self.stage == "distil" and (self.searches_per_template != SEARCHES or self.templates_per_step < 2):
            raise InputError(
                f"stage distil must have {SEARCHES} searches per template and at least 2 templates per step, "
                f"not {self.searches_per_template} and {self.templates_per_step}"
            )
        if self.stage == "qat" and self.precision not in ("auto", "float32"):
            raise InputError(
                f"stage qat must have the precision float32, not {self.precision}: it trains in "
                "golden's integers, which float32 holds exactly"
            )
        if self.stage == "qat" and (self.activation != "relu" or self.variant):
            raise InputError(
                "stage qat must have the activation relu and no variant: the integers and the hardware "
                "know no other"
            )

    @property
    def steps(self) -> int:
        """The optimiser steps of the whole run, at least one."""
        return max(1, self.pairs // (self.templates_per_step * self.searches_per_template))

    @property
    def pairs_per_step(self) -> int:
        """The (template, search) pairs of one step, of all processes together."""
        return self.templates_per_step * self.searches_per_template

    def rate(self, step: int) -> float:
        """Returns the share of ``learning_rate`` at a step: a linear warm-up, then a cosine to zero; in the
        stage distil level, then linear to zero.
        """
        warm_up = max(1, round(WARM_UP_SHARE * self.steps))
        if step < warm_up:
            return (step + 1) / warm_up
        if self.stage == "distil":
            return min(1.0, (self.steps - step) / max(1, round(DECAY_SHARE * self.steps)))
        return 0.5 + 0.5 * math.cos(math.pi * (step - warm_up) / max(1, self.steps - warm_up))

    def state(self) -> dict:
        """Returns every field as a plain value, for a checkpoint."""
        return asdict(self)

    def require_same(self, state: dict, name: str) -> None:
        """Refuses to go on with a run of another recipe, whose :meth:`state` ``state`` is: the result would
        be neither's.
        """
        ours, theirs = _flat(self.state()), _flat(state)
        for field_name in ours.keys() | theirs.keys():
            if ours.get(field_name) != theirs.get(field_name):
                raise InputError(
                    f"{name}: its run has {_spoken(field_name)} {_said(theirs.get(field_name))}, not "
                    f"{_said(ours.get(field_name))}; "
                    "go on with the same options or name another --out"
                )


def _flat(state: dict, before: str = "") -> dict:
    result = {}
    for name, value in state.items():
        result |= _flat(value, f"{before}{name} ") if isinstance(value, dict) else {before + name: value}
    return result


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _said(value) -> str:
    return "none" if value in (None, "") else str(value)
