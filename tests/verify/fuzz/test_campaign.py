"""Random networks agree on every engine; what does not is found, shrunk to little, and comes back from its
seed.
"""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from siammixer.cli.main import main
from siammixer.compiler.program import BranchProgram
from siammixer.driver.session import execute_passes
from siammixer.golden.operators import residual as golden_residual
from siammixer.ir.errors import InputError
from siammixer.verify.fuzz import verdict as fuzz_verdict
from siammixer.verify.fuzz.accelerators import fuzz_accelerator
from siammixer.verify.fuzz.campaign import run_cases, run_seeds
from siammixer.verify.fuzz.generate import random_case, refusal
from siammixer.verify.fuzz.shrink import simpler

TINY = fuzz_accelerator("tiny")
PLACE = r"row \d+, column \d+, channel \d+: golden -?\d+, {} -?\d+"


@pytest.mark.parametrize("seed", [1, 1000], ids="seed={}".format)
def test_a_dozen_networks_agree(seed):
    campaign = run_seeds(range(seed, seed + 12), TINY)
    assert [failure.problem for failure in campaign.failures] == []
    assert campaign.checked == 12


def test_a_seed_is_a_case():
    assert [random_case(seed, TINY) for seed in (4, 5)] == [random_case(seed, TINY) for seed in (4, 5)]
    assert random_case(4, TINY) != random_case(5, TINY)


def test_heads_have_residuals():
    """They have every kind of layer that can stand behind the similarity, and agree on every engine."""
    cases = [case for seed in range(60) if len((case := random_case(seed, TINY)).head_layers) > 1]
    kinds = [type(layer).__name__ for case in cases for layer in case.head_layers]
    assert {"TemplateCorrelation", "TemplateSimilarity", "Pointwise", "ChannelMLP", "TokenMLP"} <= set(kinds)
    assert any(case.network.response_shape[2] > TINY.lanes for case in cases)
    assert any(getattr(layer, "residual", False) for case in cases for layer in case.head_layers)
    campaign = run_cases(cases)
    assert (campaign.checked, campaign.failures) == (len(cases), ())


def rounds_half_up(monkeypatch):
    """golden's residual addition rounds ties up."""
    monkeypatch.setattr(
        golden_residual, "round_half_even", lambda total, shift: (total + (1 << shift >> 1)) >> shift
    )


def inverts_a_lane(monkeypatch):
    """The last lane's weight memory holds its first layer's weights with the wrong sign."""
    right = BranchProgram.weight_memory

    def wrong(self, weights):
        memory = right(self, weights)
        base = self.weight_layout.weight["P0"]
        memory[-1, base : base + 3] *= -1
        return memory

    monkeypatch.setattr(BranchProgram, "weight_memory", wrong)


def test_a_wrong_golden_is_found_shrunk_and_replayed(monkeypatch, tmp_path, capsys):
    rounds_half_up(monkeypatch)
    report = tmp_path / "report.json"
    assert main(["fuzz", "--count", "12", "--accelerator", "tiny", "--json", str(report)]) == 1
    printed = capsys.readouterr().out
    first = re.search(r"seed (\d+): (onnxruntime, (template|search) branch: layer .*)", printed)
    assert re.search(PLACE.format("onnxruntime"), first[2])
    replay = re.search(r"again: siammixer (fuzz --replay \d+ --accelerator tiny)", printed)[1].split()
    assert main(replay) == 1
    assert first[0] in capsys.readouterr().out
    assert main(["fuzz", "--replay", str(report)]) == 1
    capsys.readouterr()
    monkeypatch.undo()
    assert main(replay) == main(["fuzz", "--replay", str(report)]) == 0
    assert json.loads(report.read_text())["mismatches"] == printed.count("again: ")


def test_of_a_wrong_residual_a_residual_is_left(monkeypatch):
    rounds_half_up(monkeypatch)
    failure = run_seeds(range(1, 13), TINY).failures[0]
    case, problem = failure.shrunk
    assert len(case.network.layers) <= 4 < len(failure.case.network.layers) and case.stall == 0
    assert [operator.kind for operator in case.network.operators("search")].count("add") == 1
    assert problem.startswith("onnxruntime, ")
    smaller = [one for one in simpler(case) if refusal(one) is None]
    assert all(verdict.problem is None for verdict in fuzz_verdict.judge(smaller, simulated=False))


def test_a_wrong_accelerator_is_found_and_shrunk(monkeypatch):
    inverts_a_lane(monkeypatch)
    failure = run_seeds(range(30, 34), TINY).failures[0]
    case, problem = failure.shrunk
    assert re.fullmatch(
        rf"accelerator, template branch: layer P0, {PLACE.format('accelerator')} \(step P0\)", problem
    )
    assert int(re.search(r"channel (\d+)", problem)[1]) % TINY.lanes == TINY.lanes - 1
    assert len(case.patch_layers) == 1 and not case.mixer_layers
    assert case.patch_layers[0].channels == TINY.lanes and (case.search_map, case.template_map) == (3, 3)


FOREIGN = "must be a report that siammixer fuzz --json wrote"
BROKEN = "failure 0 must hold a case as this version of siammixer fuzz writes it"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"cannot be read \(No such file or directory\)"),
        ("words", FOREIGN),
        (b"\xff\xfe", FOREIGN),
        ("{}", FOREIGN),
        ("[1]", FOREIGN),
        ("3", FOREIGN),
        ('{"failures": 3}', FOREIGN),
        ('{"failures": [1]}', FOREIGN),
        ('{"failures": []}', "must hold a network that failed, and holds none"),
        ('{"failures": [{"case": {"seed": 1}}]}', BROKEN),
        ('{"failures": [{"case": 1}]}', BROKEN),
    ],
)
def test_a_bad_report_is_refused(content, message, tmp_path, capsys):
    path = tmp_path / "report.json"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert main(["fuzz", "--replay", str(path)]) == 2
    assert re.fullmatch(rf"siammixer: error: \S+report\.json:? {message}\n", capsys.readouterr().err)


def test_a_bad_value_in_a_report_is_named(tmp_path, capsys):
    path = tmp_path / "report.json"
    case = {**random_case(1, TINY).description, "style": "wild"}
    path.write_text(json.dumps({"failures": [{"case": case}]}, default=list))
    assert main(["fuzz", "--replay", str(path)]) == 2
    printed = capsys.readouterr().err
    assert f"{path}: failure 0: style, image and stall must be" in printed and "not wild" in printed


@pytest.mark.parametrize(("option", "value"), [("--count", "0"), ("--seed", "-1"), ("--accelerator", "none")])
def test_bad_options_are_refused(option, value, capsys):
    assert main(["fuzz", option, value]) == 2
    assert value in capsys.readouterr().err


@pytest.mark.parametrize("name", ["random", "random-", "random-x", "random--1", "random-\N{SUPERSCRIPT TWO}"])
def test_an_unknown_accelerator_is_told_of_the_random_ones(name):
    with pytest.raises(
        InputError,
        match=rf"unknown accelerator '{name}'; known: ecp5-85f, .*, tiny and random-SEED such as random-5$",
    ):
        fuzz_accelerator(name)


def test_peaks_and_cycles_count_too(monkeypatch):
    """A peak of one more, and a step of one cycle more."""
    prepared = fuzz_verdict.prepare(random_case(10, TINY))
    core = fuzz_verdict.CocotbSimulator(fuzz_verdict.simulator(TINY, lambda _: None))
    (results,) = execute_passes(core, [(prepared.planner, prepared.passes)])
    assert fuzz_verdict.accelerator_problem(prepared, results) is None
    peak = replace(results[1], peak_value=results[1].peak_value + 1)
    late = replace(
        results[0], step_cycle=np.append(results[0].step_cycle[:-1], results[0].step_cycle[-1] + 1)
    )
    assert "peak (cell, value)" in fuzz_verdict.accelerator_problem(prepared, [results[0], peak, results[2]])
    assert "predicted" in fuzz_verdict.accelerator_problem(prepared, [late, *results[1:]])
