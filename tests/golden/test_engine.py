import numpy as np
import pytest

from siammixer.golden.engine import GoldenEngine
from siammixer.golden.network import run
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.ir.patches import Grid
from siammixer.tracking.engine import Engine

TINY = NETWORKS["tiny"]
WEIGHTS = random_weights(TINY, 8)
CROPS = np.stack([random_image(63, seed) for seed in range(3)])


def test_it_has_what_the_tracker_asks_of_an_engine():
    engine = GoldenEngine(TINY, WEIGHTS)
    members = {name for name in (*vars(Engine), *Engine.__annotations__) if not name.startswith("_")}
    assert members == {"network", "name", "set_template", "responses", "close"} and all(
        hasattr(engine, name) for name in members
    )
    assert (engine.name, engine.network) == ("golden", TINY)


@pytest.mark.parametrize("grid", [None, Grid(2, 2)], ids=str)
def test_responses_are_those_of_the_search_branch(grid):
    engine = GoldenEngine(TINY, WEIGHTS, grid)
    for seed in (50, 51):  # a second template replaces the first
        image = random_image(63, seed)
        engine.set_template(image)
        template = run(TINY, WEIGHTS, image, "template")["template"]
        wanted = np.stack([run(TINY, WEIGHTS, crop, "search", template)["response"] for crop in CROPS])
        found = engine.responses(CROPS)
        assert found.dtype == np.int32
        np.testing.assert_array_equal(found, wanted)
    assert engine.responses(CROPS[:0]).shape == (0, *TINY.response_shape)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda engine: engine.responses(CROPS), "a template must be set before"),
        (
            lambda engine: engine.set_template(CROPS),
            r"image of the template branch must be uint8 \(63, 63, 3\), not uint8 \(3, 63, 63, 3\)",
        ),
        (
            lambda engine: engine.responses(CROPS[0]),
            r"search crops must be uint8 \(n, 63, 63, 3\), not uint8 \(63, 63, 3\)",
        ),
        (lambda engine: engine.responses(CROPS.astype(np.int32)), r"not int32 \(3, 63, 63, 3\)"),
        (lambda engine: engine.responses(list(CROPS)), "not list"),
        (
            lambda engine: GoldenEngine(NETWORKS["siammixer"], WEIGHTS),
            "weights must be those of siammixer, not of tiny",
        ),
        (lambda engine: GoldenEngine(TINY, WEIGHTS, Grid(16, 1)), "grid 16x1 does not suit network tiny"),
    ],
)
def test_bad_input_is_refused_with_what_is_accepted(call, message):
    with pytest.raises(InputError, match=message):
        call(GoldenEngine(TINY, WEIGHTS))


def test_a_closed_engine_has_no_template():
    engine = GoldenEngine(TINY, WEIGHTS)
    engine.set_template(CROPS[0])
    engine.close()
    with pytest.raises(InputError, match="a template must be set"):
        engine.responses(CROPS)
