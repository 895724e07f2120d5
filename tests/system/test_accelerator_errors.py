"""The whole accelerator when something is wrong: error codes, the run after them, and reports that say
where.
"""

import re
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.errors import Error
from siammixer.arch.instruction import INSTRUCTION_WORDS, Kind, encode
from siammixer.driver.planner import Pass, Planner, plan_branches
from siammixer.driver.words import program_words
from siammixer.golden.network import run as run_golden
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import Weights
from siammixer.sim.frame import simulate_frames
from siammixer.sim.run import simulate
from siammixer.sim.simulators import simulator
from siammixer.sim.trace import compare

TINY, NETWORK = find_accelerator("tiny"), find_network("tiny")
SEED = 5
WEIGHTS = random_weights(NETWORK, SEED)
CROPS = [random_image(NETWORK.search_side, SEED + n) for n in range(2)]
frames = partial(
    simulate_frames, NETWORK, accelerator=TINY, grid=None, template_crop=CROPS[0], search_crops=[CROPS[1]]
)
# The template branch is a whole run too.
PLANS = plan_branches(NETWORK, TINY, None, WEIGHTS)
PLAN = PLANS["template"]
RIGHT = Planner(PLANS, WEIGHTS).run(Pass(branch="template", crop=CROPS[0]))


@pytest.fixture(scope="module")
def tensors() -> dict[str, np.ndarray]:
    """golden's, of RIGHT."""
    return run_golden(NETWORK, WEIGHTS, CROPS[0], "template", grid=PLAN.grid)


def short():
    return replace(RIGHT, pixels=RIGHT.pixels[:-1])


def shortest():
    return replace(RIGHT, pixels=RIGHT.pixels[:1])


def long():
    return replace(RIGHT, pixels=np.concatenate([RIGHT.pixels, RIGHT.pixels[:1]]))


def with_program(program: np.ndarray):
    """The run with other words in its program."""
    return replace(RIGHT, writes=program_words(program))


def with_fields(step: int, **fields):
    """The run with other fields in the instruction of a step, and the check that belongs to them."""
    program = PLAN.program.copy()
    program[(step + 1) * INSTRUCTION_WORDS :][:INSTRUCTION_WORDS] = encode(
        step + 1, **PLAN.steps[step].fields | fields
    )
    return with_program(program)


def with_flips(seed: int):
    """The run with one or two wrong bits in an instruction of its program."""
    dice = np.random.default_rng(seed)
    program = PLAN.program.copy()
    first = INSTRUCTION_WORDS * int(dice.integers(len(PLAN.steps) + 1))
    for bit in dice.choice(32 * INSTRUCTION_WORDS, dice.integers(1, 3), replace=False):
        program[first + bit // 32] ^= np.uint32(1 << bit % 32)
    return with_program(program)


def step_of(kind: Kind) -> int:
    return next(index for index, step in enumerate(PLAN.steps) if step.fields["kind"] == kind)


FAULTS = {
    "pixels end early": (short, Error.INPUT_SHORT),
    "pixels end at once": (shortest, Error.INPUT_SHORT),
    "pixels go on": (long, Error.INPUT_LONG),
    "unknown kind first": (lambda: with_fields(-1, kind=0), Error.BAD_INSTRUCTION),
    "unknown kind inside": (lambda: with_fields(3, kind=15), Error.BAD_INSTRUCTION),
    **{
        f"step of no {count}": (partial(with_fields, 4, **{count: 0}), Error.BAD_INSTRUCTION)
        for count in ("slots", "blocks", "columns", "rows")
    },
    "residual of a template": (
        lambda: with_fields(step_of(Kind.STORE_TEMPLATE), residual=1),
        Error.BAD_INSTRUCTION,
    ),
    **{f"wrong bits {seed}": (partial(with_flips, seed), Error.BAD_CHECK) for seed in range(8)},
    "write past the maps": (lambda: with_fields(4, write_base=TINY.map_words - 1), Error.BAD_ADDRESS),
    "read past the maps": (
        lambda: with_fields(step_of(Kind.POINTWISE), read_base=TINY.map_words),
        Error.BAD_ADDRESS,
    ),
    "window past the maps": (
        lambda: with_fields(step_of(Kind.DEPTHWISE), read_base=TINY.map_words - 2),
        Error.BAD_ADDRESS,
    ),
    "weight past its memory": (
        lambda: with_fields(step_of(Kind.POINTWISE), weight_base=TINY.weight_words - 1),
        Error.BAD_ADDRESS,
    ),
    "constant past its memory": (
        lambda: with_fields(step_of(Kind.POINTWISE), constant_base=TINY.weight_words),
        Error.BAD_ADDRESS,
    ),
    "template past its memory": (
        lambda: with_fields(step_of(Kind.STORE_TEMPLATE), weight_base=TINY.weight_words - 1),
        Error.BAD_ADDRESS,
    ),
    "too many constants": (
        lambda: with_fields(step_of(Kind.POINTWISE), blocks=TINY.constants + 1),
        Error.BAD_ADDRESS,
    ),
    "map wider than the line buffers": (
        lambda: with_fields(step_of(Kind.DEPTHWISE), columns=TINY.line_width + 1),
        Error.BAD_ADDRESS,
    ),
    "tile wider than its line buffers": (
        lambda: with_fields(step_of(Kind.CONVOLUTION), columns=TINY.pixel_width),
        Error.BAD_ADDRESS,
    ),
    "tile too wide to count": (
        lambda: with_fields(step_of(Kind.CONVOLUTION), columns=513, stride_2=1),
        Error.BAD_ADDRESS,
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_an_error_ends_the_run_and_leaves_no_trace(name, tensors):
    fault, error = FAULTS[name]
    good, bad, again = simulate(simulator(TINY, lambda _: None), [RIGHT, fault(), RIGHT])
    assert (good.error, bad.error, again.error) == (Error.NONE, error, Error.NONE)
    assert bad.cycles <= 2 * good.cycles
    for result in (good, again):
        assert compare(PLAN, result, tensors) == {}
        assert result.cycles == PLAN.predicted_cycles
    assert np.array_equal(good.trace_data, again.trace_data)


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
def test_a_pausing_pixel_stream_changes_nothing_but_cycles(seed):
    (steady,), (pausing,) = (frames(weights=WEIGHTS, stall=stall, seed=seed) for stall in (0.0, 0.5))
    for report in (steady, pausing):
        assert report.mismatch is None
        assert all(step.equal for step in (*report.steps, *report.template_steps))
    assert steady.cycles == steady.predicted_cycles < pausing.cycles
    assert np.array_equal(steady.response, pausing.response) and steady.peak == pausing.peak
    assert [step.cycles for step in steady.steps if step.kind != "convolution"] == [
        step.cycles for step in pausing.steps if step.kind != "convolution"
    ]


def test_a_wrong_element_is_named(tensors):
    """One element of each of three tensors, as golden has it, differs: layer, place and both values are
    told.
    """
    (result,) = simulate(simulator(TINY, lambda _: None), [RIGHT])
    for name, (row, column, channel) in {
        "D1.pw": (3, 1, 11),
        "M1.local": (0, 4, 9),
        "M1.token": (2, 2, 0),
    }.items():
        wrong = tensors[name].copy()
        right = int(wrong[row, column, channel])
        wrong[row, column, channel] ^= 1
        problems = compare(PLAN, result, tensors | {name: wrong})
        place = f"row {row}, column {column}, channel {channel}: golden {right ^ 1}, accelerator {right}"
        assert any(f"layer {name}, {place}" in problem for problem in problems.values()), problems
        assert {PLAN.steps[index].name for index in problems} <= {name, f"{name}.columns", "M1.token.columns"}


def test_a_wrong_weight_is_found_in_its_layer(monkeypatch):
    """The accelerator's weights differ from golden's in one output of E: the report names E and that
    channel.
    """
    other = dict(WEIGHTS.operators)
    weight = other["E"].weight.copy()
    weight[13] = -weight[13]
    other["E"] = replace(other["E"], weight=weight)
    broken = Weights(NETWORK, other, WEIGHTS.exponents)
    monkeypatch.setattr(
        "siammixer.driver.reference.run_golden",
        lambda network, _, *rest, **named: run_golden(network, WEIGHTS, *rest, **named),
    )
    (report,) = frames(weights=broken)
    found = re.fullmatch(
        r"layer E, row \d+, column \d+, channel 13: golden (-?\d+), accelerator (-?\d+) \(step E\)",
        report.mismatch,
    )
    assert found and found[1] != found[2]
    assert {step.name: step.equal for step in report.template_steps} | {"E": True} == {
        step.name: True for step in report.template_steps
    }
