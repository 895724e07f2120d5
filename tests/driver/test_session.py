"""A session on a core that only notes what it is given: what is loaded when, what is refused, what is
checked.
"""

import re
from dataclasses import replace

import numpy as np
import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.errors import MESSAGES, Error
from siammixer.arch.link import Target
from siammixer.compiler.packing import pack_template
from siammixer.driver.core import Core, ListCore, RunOutcome
from siammixer.driver.engine import AcceleratorEngine
from siammixer.driver.errors import CoreError
from siammixer.driver.planner import Pass, Planner, plan_branches
from siammixer.driver.session import Session, execute_passes
from siammixer.driver.words import joined, program_words, weight_words
from siammixer.golden.network import run as run_golden
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.golden.response import cells, peak
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError

TINY, NETWORK = find_accelerator("tiny"), find_network("tiny")
WEIGHTS = random_weights(NETWORK, 5)
PLANS = plan_branches(NETWORK, TINY, None, WEIGHTS)
CROPS = {branch: random_image(NETWORK.side(branch), 1) for branch in PLANS}
PROGRAMS = {
    branch: program_words(plan.program, PLANS.entries[branch]) for branch, plan in PLANS.branches.items()
}
PROGRAMS["both"] = joined(*PROGRAMS.values())
MEMORY = weight_words(PLANS["search"].weight_memory(WEIGHTS))


class NotingCore(Core):
    """A core that keeps the runs it got; each ends with the latest of ``outcomes``, or raises it."""

    name = "noting"

    def __init__(self):
        self.runs, self.resets, self.closed = [], 0, False
        self.change = {}

    def execute(self, run):
        self.runs.append(run)
        if "raises" in self.change:
            raise self.change["raises"]
        response = np.arange(run.response_words, dtype=np.int32) % 7
        peak = int(np.argmax(response)) if len(response) else 0
        right = RunOutcome(
            cycles=9,
            response=response,
            peak_position=peak,
            peak_value=int(response[peak]) if len(response) else 0,
            error=0,
            step=0,
        )
        return replace(right, **self.change)

    def reset(self):
        self.resets += 1

    def close(self):
        self.closed = True


@pytest.fixture
def core():
    return NotingCore()


@pytest.fixture
def session(core):
    return Session(PLANS, WEIGHTS, core)


def loaded(core):
    """The program that each run loads, of a branch or of both, or None; with a plus where it loads the
    weights before.
    """
    names = []
    for run in core.runs:
        weights = run.writes[run.writes["target"] == Target.WEIGHTS]
        program = run.writes[run.writes["target"] == Target.PROGRAM]
        assert len(weights) == 0 or np.array_equal(weights, MEMORY)
        name = next((name for name, words in PROGRAMS.items() if np.array_equal(words, program)), None)
        assert (name is None) == (len(program) == 0)
        names.append(f"+{name}" if len(weights) else name)
    return names


TURNS = ("template", "search", "search", "template", "template", "search")


def test_weights_and_programs_are_loaded_once(core, session):
    for branch in TURNS:
        session.run(branch, CROPS[branch])
    assert loaded(core) == ["+both", None, None, None, None, None]
    words = len(PLANS["template"].program)
    assert [run.entry for run in core.runs] == [words * (branch == "search") for branch in TURNS]


@pytest.mark.parametrize("spare", [-1, 0])
def test_programs_without_room_for_both_are_loaded_where_the_branch_changes(core, spare):
    words = sum(len(plan.program) for plan in PLANS.branches.values())
    plans = plan_branches(NETWORK, replace(TINY, program_words=words + spare), None, WEIGHTS)
    session = Session(plans, WEIGHTS, core)
    for branch in TURNS:
        session.run(branch, CROPS[branch])
    programs = [run.writes[run.writes["target"] == Target.PROGRAM] for run in core.runs]
    if spare < 0:
        assert not plans.resident and {run.entry for run in core.runs} == {0}
        alone = {branch: program_words(plan.program) for branch, plan in plans.branches.items()}
        changes = [TURNS[0], TURNS[1], None, TURNS[3], None, TURNS[5]]
        for found, branch in zip(programs, changes, strict=True):
            assert np.array_equal(found, alone[branch] if branch else found[:0])
    else:
        assert plans.resident and [len(found) for found in programs] == [words, 0, 0, 0, 0, 0]


def test_a_run_gets_its_pixels_in_order_and_reads_the_response(core, session):
    for branch, crop in CROPS.items():
        session.run(branch, crop)
        assert np.array_equal(core.runs[-1].pixels, PLANS[branch].pixels(crop))
    assert [run.response_words for run in core.runs] == [0, np.prod(NETWORK.response_shape)]


def test_the_watchdog_leaves_room_for_loading_and_pauses(core, session):
    session.run("template", CROPS["template"], stall=0.9, seed=4)
    session.run("template", CROPS["template"])
    pausing, steady = core.runs
    assert (pausing.stall, pausing.seed) == (0.9, 4)
    assert steady.watchdog_cycles > 2 * PLANS["template"].predicted_cycles
    assert pausing.watchdog_cycles > 10 * (2 * PLANS["template"].predicted_cycles + len(pausing.writes))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"error": Error.INPUT_SHORT, "step": 3},
            f"noting, search: the accelerator reports {MESSAGES[Error.INPUT_SHORT]} (step 3)",
        ),
        ({"error": 99}, "noting, search: the accelerator reports the unknown error 99 (step 0)"),
        (
            {"peak_value": 5},
            "noting, search: peak (cell, value): (6, 6) in the response, the accelerator reports (6, 5)",
        ),
        (
            {"peak_position": 13},
            "noting, search: peak (cell, value): (6, 6) in the response, the accelerator reports (13, 6)",
        ),
        ({"raises": CoreError("the line has gone")}, "the line has gone"),
    ],
)
def test_what_goes_wrong_is_one_line_and_the_program_is_loaded_again(core, session, change, message):
    session.run("template", CROPS["template"])
    session.run("search", CROPS["search"])
    core.change = change
    with pytest.raises(CoreError, match=f"^{re.escape(message)}$"):
        session.run("search", CROPS["search"])
    core.change = {}
    session.run("search", CROPS["search"])
    # Without the weights, among which the template's place is zero.
    assert loaded(core) == ["+both", None, None, "both"]


def test_weights_that_may_not_have_arrived_are_loaded_again(core, session):
    core.change = {"raises": CoreError("the line has gone")}
    with pytest.raises(CoreError):
        session.run("template", CROPS["template"])
    core.change = {}
    session.run("template", CROPS["template"])
    assert loaded(core) == ["+both", "+both"]


def test_after_a_reset_everything_is_loaded_again(core, session):
    session.run("template", CROPS["template"])
    session.reset()
    session.run("template", CROPS["template"])
    assert core.resets == 1 and loaded(core) == ["+both", "+both"]
    session.close()
    assert core.closed


def test_an_audit_takes_the_programs_place_and_names_the_parts_that_differ(core, session):
    planner = Planner(PLANS, WEIGHTS)
    template = run_golden(NETWORK, WEIGHTS, CROPS["template"], "template")["template"]
    sums, memory = planner.checksum(), PLANS["search"].weight_memory(WEIGHTS)
    words = pack_template(TINY, template)
    assert words.any() and not memory[:, : sums.template_words].any()
    memory[:, : words.shape[1]] = words
    right = sums.sums(memory)
    session.run("template", CROPS["template"])
    core.change = {"response": right, "cycles": sums.predicted_cycles}
    assert session.wrong_memory(template) == []
    core.change["response"] = right + (np.arange(len(right)) == 1)
    assert session.wrong_memory(template) == ["weight words 2 to 33"]
    core.change = {"error": Error.BAD_CHECK}
    with pytest.raises(CoreError, match="noting, checksum: the accelerator reports"):
        session.wrong_memory(template)
    core.change = {"response": right, "cycles": sums.predicted_cycles + 1}
    with pytest.raises(CoreError, match=r"noting, checksum: \d+ cycles, \d+ predicted"):
        session.wrong_memory(template)
    core.change = {}
    session.run("template", CROPS["template"])
    del core.runs[1:5]
    assert loaded(core) == ["+both", "both"]


def test_another_networks_weights_and_accelerators_that_are_too_small_are_refused():
    other = find_network("siammixer")
    with pytest.raises(InputError, match="weights must be those of siammixer, not of tiny"):
        plan_branches(other, TINY, None, WEIGHTS)
    with pytest.raises(InputError, match="does not fit accelerator tiny"):
        plan_branches(other, TINY, None, random_weights(other, 1))


def test_an_engine_spreads_crops_over_its_cores_and_keeps_the_template_on_each():
    cores = [NotingCore(), NotingCore()]
    engine = AcceleratorEngine(NETWORK, WEIGHTS, [Session(PLANS, WEIGHTS, core) for core in cores])
    engine.set_template(CROPS["template"])
    found = engine.responses(np.array([CROPS["search"]] * 5))
    assert found.shape == (5, *NETWORK.response_shape) and engine.cycles == [9] * 5
    # Cell n of the memory is n % 7; the first channel's cells come first.
    assert found[2, 0].tolist() == [
        [(column + 25 * channel) % 7 for channel in range(5)] for column in range(5)
    ]
    assert [loaded(core)[0] for core in cores] == ["+both"] * 2
    assert sum(len(core.runs) for core in cores) == 2 + 5
    cores[1].change = {"error": Error.BAD_CHECK}
    with pytest.raises(CoreError):
        engine.set_template(CROPS["template"])
    with pytest.raises(InputError, match="a template must be set"):
        engine.responses(np.array([CROPS["search"]]))
    engine.close()
    assert all(core.closed for core in cores)


class ListNotingCore(ListCore):
    """The same, but it takes lists of runs and forgets."""

    name = "list"

    def __init__(self):
        self.inner, self.lists = NotingCore(), []

    def execute_all(self, runs):
        self.lists.append(len(runs))
        return [self.inner.execute(run) for run in runs]


class GoldenCore(NotingCore):
    """A core that gives golden's response and peak of the search crop, and the predicted cycles."""

    def execute(self, run):
        outcome, plan = super().execute(run), PLANS["search" if run.response_words else "template"]
        if "cycles" not in self.change:
            outcome = replace(outcome, cycles=plan.predicted_cycles)
        if not run.response_words or "response" in self.change:
            return outcome
        template = run_golden(NETWORK, WEIGHTS, CROPS["template"], "template")["template"]
        response = run_golden(NETWORK, WEIGHTS, CROPS["search"], "search", template)["response"]
        at, value = peak(cells(response))
        return replace(outcome, response=cells(response), peak_position=at, peak_value=value)


def passes(*branches):
    return [Pass(branch=branch, crop=CROPS[branch]) for branch in branches]


def test_an_attempt_is_not_checked_and_loads_no_more_than_a_run(core, session):
    core.change = {"error": Error.BAD_CHECK}
    assert session.attempt("template", CROPS["template"]).error == Error.BAD_CHECK
    found = session.attempt_all(passes("template", "search", "search"))
    assert [outcome.error for outcome in found] == [Error.BAD_CHECK] * 3
    assert loaded(core) == ["+both", None, None, None]
    session.forget()
    session.attempt("search", CROPS["search"])
    assert loaded(core)[-1] == "both"


def test_words_besides_come_after_those_that_the_memories_lack(core, session):
    session.attempt("template", CROPS["template"])
    wrong = program_words(np.array([1, 2, 3], np.uint32))
    session.forget()
    for expected in (joined(PROGRAMS["both"], wrong), wrong):
        session.attempt("search", CROPS["search"], extra=wrong)
        assert np.array_equal(core.runs[-1].writes, expected)


def test_a_run_that_is_broken_off_has_loaded(core, session):
    session.attempt("template", CROPS["template"], reset_cycle=7)
    session.attempt("template", CROPS["template"])
    assert [run.reset_cycle for run in core.runs] == [7, None] and loaded(core) == ["+both", None]


def test_a_core_that_takes_lists_is_given_all_passes_at_once_and_forgets():
    core = ListNotingCore()
    session = Session(PLANS, WEIGHTS, core)
    session.attempt_all(passes("template", "search", "search"))
    session.run("template", CROPS["template"])
    assert core.lists == [3, 1]
    assert loaded(core.inner) == ["+both", None, None, "+both"]
    session.reset()
    session.close()


def test_several_planners_share_one_call_each_with_memories_of_its_own():
    core = ListNotingCore()
    batches = [(Planner(PLANS, WEIGHTS), passes("template", "search")) for _ in range(3)]
    outcomes = execute_passes(core, batches)
    assert core.lists == [6] and [len(some) for some in outcomes] == [2] * 3
    assert loaded(core.inner) == ["+both", None] * 3
    core.inner.change = {"raises": CoreError("watchdog")}
    with pytest.raises(CoreError, match="watchdog"):
        execute_passes(core, batches)
    assert not any(planner.has_weights for planner, _ in batches)


def test_a_run_is_judged_by_golden_and_the_predicted_cycles():
    core = GoldenCore()
    session = Session(PLANS, WEIGHTS, core)
    assert [session.judge(branch, crop).problem for branch, crop in CROPS.items()] == [None, None]
    assert session.reference.template.shape == NETWORK.template_shape
    core.change = {"cycles": PLANS["search"].predicted_cycles + 1}
    assert session.judge("search", CROPS["search"]).problem.endswith(" predicted")
    assert session.judge("search", CROPS["search"], stall=0.5).problem is None
    core.change = {"response": np.full(np.prod(NETWORK.response_shape), 999, np.int32)}
    judged = session.judge("search", CROPS["search"])
    assert judged.problem.startswith("search branch: response, row 0, column 0, channel 0: golden ")
    assert np.any(judged.tensors["response"]) and (judged.outcome.response == 999).all()
    core.change = {"error": Error.BAD_CHECK}
    assert "the accelerator reports" in session.judge("search", CROPS["search"]).problem


def test_a_search_cannot_be_judged_before_a_template():
    with pytest.raises(InputError, match="template"):
        Session(PLANS, WEIGHTS, GoldenCore()).judge("search", CROPS["search"])
