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


def test_a_response_cell(monkeypatch):
    def wrong(*arguments, **options):
        tensors = run_golden(*arguments, **options)
        if "response" in tensors:
            tensors["response"][2, 1] += 1
        return tensors

    monkeypatch.setattr("siammixer.sim.check.run_golden", wrong)
    assert check().problem.startswith("search branch: response, row 2, column 1, channel 0: golden ")


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

    def short(self, branch, *arguments, **settings):
        run = right(self, branch, *arguments, **settings)
        return replace(run, pixels=run.pixels[:-1]) if branch == "search" else run

    monkeypatch.setattr(Planner, "run", short)
    assert check().problem.startswith(
        f"search branch: the accelerator reports {MESSAGES[Error.INPUT_SHORT]} (step "
    )


def test_a_network_that_does_not_fit_is_refused():
    network = find_network("siammixer")
    crops = random_image(network.template_side, 1), random_image(network.search_side, 2)
    with pytest.raises(InputError, match="does not fit accelerator tiny"):
        check_frame(network, random_weights(network, 1), ACCELERATOR, None, *crops)
