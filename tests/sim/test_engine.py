"""The simulated accelerator as an engine: golden's responses, crop after crop, and every refusal named."""

import os
import signal
from contextlib import closing

import numpy as np
import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.driver import planner as planner_module
from siammixer.driver.errors import CoreError
from siammixer.golden.engine import GoldenEngine
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError
from siammixer.ir.patches import Grid
from siammixer.ir.weights import load_weights
from siammixer.sim.build import SimulationError
from siammixer.sim.engine import RtlEngine

TINY, NETWORK = find_accelerator("tiny"), find_network("tiny")
SEED = 21
WEIGHTS = random_weights(NETWORK, SEED)


def crops(network, branch, *seeds) -> np.ndarray:
    return np.array([random_image(network.side(branch), seed) for seed in seeds])


def agree(engine, golden, network, turns) -> None:
    """Responses of both engines to ``crops`` search crops each turn, after a template of that turn's."""
    for turn, count in enumerate(turns):
        (template,) = crops(network, "template", 100 + turn)
        search = crops(network, "search", *range(10 * turn, 10 * turn + count))
        for either in (engine, golden):
            either.set_template(template)
        for _ in range(2):  # the same again from the template that is still there
            found, expected = engine.responses(search), golden.responses(search)
            assert found.dtype == expected.dtype == np.int32
            assert np.array_equal(found, expected)
            assert len(engine.cycles) == count and len(set(engine.cycles)) == 1


@pytest.fixture
def engine():
    with closing(RtlEngine(NETWORK, WEIGHTS, TINY)) as engine:
        yield engine


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("grid", [None, Grid(4, 4)], ids=str)
def test_equals_golden_on_the_tiny_accelerator(grid, processes):
    with closing(RtlEngine(NETWORK, WEIGHTS, TINY, grid, processes)) as engine:
        agree(engine, GoldenEngine(NETWORK, WEIGHTS), NETWORK, [3, 1, 4])
        none = engine.responses(crops(NETWORK, "search", 1)[:0])
        assert none.shape == (0, *NETWORK.response_shape)


@pytest.mark.long
@pytest.mark.parametrize("name", ["siammixer", "siammixer-local"])
def test_equals_golden_on_the_default_accelerator(name):
    network = find_network(name)
    weights = load_weights(network) if name == "siammixer" else random_weights(network, SEED)
    with closing(RtlEngine(network, weights)) as engine:
        agree(engine, GoldenEngine(network, weights), network, [3, 1])


def test_two_engines_side_by_side_do_not_share_anything():
    other_weights = random_weights(NETWORK, SEED + 1)
    with (
        closing(RtlEngine(NETWORK, WEIGHTS, TINY)) as one,
        closing(RtlEngine(NETWORK, other_weights, TINY)) as two,
    ):
        (template,), search = crops(NETWORK, "template", 1), crops(NETWORK, "search", 2, 3)
        for engine, weights in ((one, WEIGHTS), (two, other_weights)):
            engine.set_template(template)
            golden = GoldenEngine(NETWORK, weights)
            golden.set_template(template)
            for crop in search:
                assert np.array_equal(engine.responses(crop[np.newaxis]), golden.responses(crop[np.newaxis]))


def test_a_killed_process_ends_in_one_line(engine):
    engine.set_template(crops(NETWORK, "template", 1)[0])
    os.kill(engine._sessions[0].core.pid, signal.SIGKILL)
    with pytest.raises(SimulationError, match="SIGKILL"):
        engine.responses(crops(NETWORK, "search", 2, 3))


def test_an_error_of_the_accelerator_ends_in_one_line(engine, monkeypatch):
    """A program with a wrong word in its first instruction."""
    right = planner_module.program_words

    def wrong(program, first) -> np.ndarray:
        words = right(program, first)
        words["data"][0, :4] = 0
        return words

    monkeypatch.setattr(planner_module, "program_words", wrong)
    with pytest.raises(
        CoreError,
        match=r"the simulator, template: the accelerator reports an instruction does not match its check.*"
        r"\(step 0\)",
    ):
        engine.set_template(crops(NETWORK, "template", 1)[0])
    with pytest.raises(InputError, match="a template must be set"):
        engine.responses(crops(NETWORK, "search", 2))


def test_bad_input_is_named(engine):
    template, search = crops(NETWORK, "template", 1)[0], crops(NETWORK, "search", 2)
    with pytest.raises(InputError, match="a template must be set before"):
        engine.responses(search)
    for wrong in (template[1:], template.astype(np.int16), search):
        with pytest.raises(InputError, match=r"template crop must be uint8 \(\d+, \d+, 3\), not"):
            engine.set_template(wrong)
    engine.set_template(template)
    for wrong in (search[0], search[:, 1:], search.astype(np.float32)):
        with pytest.raises(InputError, match=r"search crops must be uint8 \(n, \d+, \d+, 3\), not"):
            engine.responses(wrong)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"network": find_network("siammixer")}, "weights must be those of siammixer, not of tiny"),
        ({"processes": 0}, "processes must be at least 1, not 0"),
    ],
)
def test_bad_settings_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        RtlEngine(**({"network": NETWORK, "weights": WEIGHTS, "accelerator": TINY} | change))
