"""The differences that check_frame finds, on the tiny accelerator."""

from dataclasses import replace

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.errors import MESSAGES, Error
from siammixer.driver.planner import Planner
from siammixer.golden.network import run as run_golden
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError
from siammixer.sim.check import check_frame

TINY, ACCELERATOR = find_network("tiny"), find_accelerator("tiny")
CROPS = random_image(TINY.template_side, 1), random_image(TINY.search_side, 2)


def check():
    return check_frame(TINY, random_weights(TINY, 3), ACCELERATOR, None, *CROPS)


def test_nothing():
    found = check()
    assert found.problem is None
    assert found.cycles == found.predicted_cycles and list(found.cycles) == ["template", "search"]


def wrong_cell(name):
    """golden with a wrong cell in the tensor of that name."""

    def wrong(*arguments, **options):
        tensors = run_golden(*arguments, **options)
        if name in tensors:
            tensors[name][2, 1] += 1
        return tensors

    return wrong


def test_a_response_cell(monkeypatch):
    monkeypatch.setattr("siammixer.driver.reference.run_golden", wrong_cell("response"))
    assert check().problem.startswith("search branch: response, row 2, column 1, channel 0: golden ")


def test_an_output_of_another_name(monkeypatch):
    """The name of the network's output is said in the network alone."""
    monkeypatch.setattr("siammixer.ir.network.RESPONSE", "likeness")
    network = replace(TINY, name="renamed")
    weights = random_weights(network, 3)
    assert network.outputs("search") == ("likeness",)
    assert check_frame(network, weights, ACCELERATOR, None, *CROPS).problem is None
    monkeypatch.setattr("siammixer.driver.reference.run_golden", wrong_cell("likeness"))
    found = check_frame(network, weights, ACCELERATOR, None, *CROPS)
    assert found.problem.startswith("search branch: likeness, row 2, column 1, channel 0: golden ")


def test_the_peak(monkeypatch):
    monkeypatch.setattr("siammixer.driver.compare.peak", lambda response: (0, 1, 7))
    assert check().problem.startswith(
        "search branch: peak (cell, value): (1, 7) in golden's response, the accelerator reports ("
    )


def test_cycles(monkeypatch):
    monkeypatch.setattr("siammixer.compiler.program.RUN_DONE_CYCLES", 3)
    found = check()
    assert (
        found.problem
        == f"template branch: {found.cycles['template']} cycles, {found.cycles['template'] + 2} predicted"
    )


def test_an_error_code(monkeypatch):
    right = Planner.run

    def short(self, one):
        run = right(self, one)
        return replace(run, pixels=run.pixels[:-1]) if one.branch == "search" else run

    monkeypatch.setattr(Planner, "run", short)
    assert check().problem.startswith(
        f"search branch: the accelerator reports {MESSAGES[Error.INPUT_SHORT]} (step "
    )


def test_a_network_that_does_not_fit_is_refused():
    network = find_network("siammixer")
    crops = random_image(network.template_side, 1), random_image(network.search_side, 2)
    with pytest.raises(InputError, match="does not fit accelerator tiny"):
        check_frame(network, random_weights(network, 1), ACCELERATOR, None, *crops)
