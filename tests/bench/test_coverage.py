"""The committed report is complete, holds what is required, and fails where it does not."""

import copy
import json
from contextlib import closing

import numpy as np
import pytest

from siammixer.arch.errors import Error
from siammixer.arch.instruction import INSTRUCTION_WORDS
from siammixer.bench.coverage import CAMPAIGN, COMMAND, DOCUMENT, FILE, REQUIRED, good, table, wrong_runs
from siammixer.bench.document import DOCS, mark
from siammixer.sim.native import Simulator
from siammixer.sim.simulators import native_simulator
from siammixer.verify.fuzz.accelerators import fuzz_accelerator
from siammixer.verify.fuzz.coverage import BINS
from siammixer.verify.fuzz.generate import random_case
from siammixer.verify.fuzz.verdict import prepare

CONTENT = json.loads(FILE.read_text())
FUZZ = json.loads(CAMPAIGN.read_text())


def test_the_campaign():
    assert FUZZ["checked"] >= 200 and FUZZ["equal"] and FUZZ["mismatches"] == 0 == len(FUZZ["failures"])
    assert set(FUZZ["bins"]) == set(BINS), "run siammixer fuzz --count 480 --seed 1 --json bench/fuzz.json"
    assert FUZZ["empty_bins"] == CONTENT["functional"]["empty"]


def test_the_report():
    assert good(CONTENT)
    for kind in ("functional", "lines", "branches", "toggles"):
        assert CONTENT[kind]["covered"] >= REQUIRED * CONTENT[kind]["total"] > 0


def test_an_unexplained_line_an_empty_bin_and_too_few_lines_are_seen():
    content = copy.deepcopy(CONTENT)
    content["lines"]["not_executed"].append({"module": "a", "lines": ["b"], "reason": None})
    assert not good(content)
    content = copy.deepcopy(CONTENT)
    content["lines"]["covered"] = int(0.94 * content["lines"]["total"])
    assert not good(content)
    content = copy.deepcopy(CONTENT)
    content["functional"]["empty"].append("ChannelMLP: channels whole, one word")
    assert not good(content)


def test_the_document_shows_the_report_and_its_campaign():
    text, campaign = (DOCS / DOCUMENT).read_text(), json.loads(CAMPAIGN.read_text())
    assert mark(COMMAND) + table(CONTENT) in text
    assert (
        f"{campaign['checked']} networks, {campaign['predicted_cycles']:,} cycles, "
        f"{campaign['mismatches']} mismatches" in " ".join(text.split())
    )


@pytest.mark.parametrize(("seed", "head"), [(2, 0), (15, 3)], ids=["without a head", "with a head"])
def test_wrong_runs_end_in_their_errors_and_leave_no_trace(seed, head):
    tiny = fuzz_accelerator("tiny")
    one = prepare(random_case(seed, tiny))
    assert len(one.case.head_layers) == head
    with closing(Simulator(native_simulator(tiny, lambda _: None))) as simulator:
        right = [simulator.execute(run) for run in one.runs]
        wrong = [(simulator.execute(run).error, error) for run, error in wrong_runs(one)]
        again = simulator.execute(one.runs[0])
    assert [outcome.error for outcome in (*right, again)] == [Error.NONE] * 4
    assert [found for found, _ in wrong] == [error for _, error in wrong]
    assert {error for _, error in wrong} == set(Error) - {
        Error.NONE,
        Error.START_WHILE_BUSY,
        Error.PIXELS_MISSING,
        Error.WRITE_WHILE_BUSY,
    }
    assert again.cycles == one.plans[0].predicted_cycles


def changed_steps(run, plan):
    """Names of the steps whose instructions in a run's program differ from those of its plan."""
    words = run.writes["data"][:, :4].copy().view("<u4").reshape(-1, INSTRUCTION_WORDS)
    different = (words != plan.program.reshape(-1, INSTRUCTION_WORDS)).any(axis=1)
    return {step.name for step, one in zip(plan.steps, different[1:], strict=True) if one}


@pytest.mark.parametrize(
    ("seed", "names"), [(2, {"M0", "response"}), (10, {"H1", "response"})], ids=["no head", "a head"]
)
def test_the_response_and_the_last_map_before_it_are_broken(seed, names):
    one = prepare(random_case(seed, fuzz_accelerator("tiny")))
    right = one.runs[1]
    searches = [run for run, _ in wrong_runs(one) if np.array_equal(run.pixels, right.pixels)]
    assert set().union(*(changed_steps(run, one.plans[1]) for run in searches)) == names
    last = one.case.network.response.inputs[0]
    assert names == {last, "response"} and bool(one.case.head_layers) == last.startswith("H")
