"""Schedule, and recipes that are refused."""

import pytest

from siammixer.ir.errors import InputError
from siammixer.training.data.dataset import Mixture
from siammixer.training.loop.loss import LossWeights
from siammixer.training.loop.recipe import Recipe


def test_the_rate_rises_then_falls_to_zero():
    recipe = Recipe(pairs=24_000)
    rates = [recipe.rate(step) for step in range(recipe.steps)]
    assert recipe.steps == 1000 and rates[0] == pytest.approx(1 / 30) and max(rates) == rates[29] == 1
    assert rates[30:] == sorted(rates[30:], reverse=True) and rates[-1] < 1e-4


def test_each_stage_has_its_learning_rate():
    assert Recipe(pairs=1).learning_rate == 2e-3 and Recipe(pairs=1, stage="qat").learning_rate == 2e-4
    assert Recipe(pairs=1, learning_rate=0.5).learning_rate == 0.5


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"pairs": 0}, "pairs must be at least 1, not 0"),
        ({"templates_per_step": 0}, "templates per step must be at least 1, not 0"),
        ({"freeze": -1}, "freeze must be at least 0"),
        ({"learning_rate": float("nan")}, "learning rate must be more than 0, not nan"),
        ({"stage": "int4"}, "stage must be one of float, distil, qat, not 'int4'"),
        ({"activation": "tanh"}, "activation must be one of relu, .* not 'tanh'"),
        ({"variant": "no-patches"}, "variant must be one of no-global, .* not 'no-patches'"),
        ({"teacher": "me"}, "teacher must be one of efficientnet-lite0, none, not 'me'"),
        ({"searches_per_template": 2}, "must be 3 with scale triplets, not 2"),
        ({"precision": "int8"}, "precision must be one of auto, float32, bfloat16, float16, not 'int8'"),
        (
            {"stage": "qat", "precision": "bfloat16"},
            "stage qat must have the precision float32, not bfloat16",
        ),
        ({"stage": "qat", "activation": "gelu"}, "stage qat must have the activation relu"),
    ],
)
def test_what_is_refused(fields, message):
    with pytest.raises(InputError, match=message):
        Recipe(**({"pairs": 24} | fields))


@pytest.mark.parametrize(
    "change, message",
    [
        ({"learning_rate": 1e-3}, "run.pt: its run has learning rate 0.001, not 0.002"),
        ({"mixture": Mixture(gap=7)}, "has mixture gap 7, not 100"),
        ({"weights": LossWeights(scale=0.5)}, "has weights scale 0.5, not 0.25"),
        ({"initial": "0123"}, "has initial 0123, not none"),
    ],
)
def test_another_recipe_is_named_field_by_field(change, message):
    recipe = Recipe(pairs=24)
    recipe.require_same(Recipe(pairs=24).state(), "run.pt")
    with pytest.raises(InputError, match=message):
        recipe.require_same(Recipe(**({"pairs": 24} | change)).state(), "run.pt")
