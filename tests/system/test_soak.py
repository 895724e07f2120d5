"""Frames without a pause between them, or with pauses and resets in the middle: always golden's responses.
siammixer.bench.soak runs many.
"""

import re
from dataclasses import replace

import numpy as np
import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.compiler.compile import compile_branch
from siammixer.golden.network import run as run_golden
from siammixer.golden.random_weights import random_weights
from siammixer.ir.catalogue import find_network
from siammixer.sim.native import Simulator
from siammixer.sim.simulators import generated_verilog
from siammixer.sim.soak import soak

TINY, NETWORK = find_accelerator("tiny"), find_network("tiny")
TEMPLATE_CYCLES = compile_branch(NETWORK, TINY, branch="template").predicted_cycles


def test_the_tiny_network():
    """Registers and memories begin as anything, and not as zeros."""
    result = soak(NETWORK, random_weights(NETWORK, 3), TINY, 60, seed=60, power_up=60)
    assert result.problem is None
    assert result.frames == 60
    assert min(result.resets, result.stalled, result.templates) > 1
    assert result.steady_cycles == {compile_branch(NETWORK, TINY).predicted_cycles}


@pytest.mark.long
def test_registers_without_reset_are_seen_from_power_up(monkeypatch):
    """With zeros in them, and no reset in mid-run, nothing would be seen. One register is not enough: what
    lacks its own reset is put right by the flush.
    """
    text = generated_verilog(TINY, lambda _: None)
    broken = re.sub(r"    if \(rst\) begin\n      \S+ <= [^;]*;\n    end\n", "", text)
    assert broken != text
    monkeypatch.setattr("siammixer.sim.simulators.generated_verilog", lambda *_: broken)
    weights = random_weights(NETWORK, 3)
    for power_up in range(3):
        assert soak(NETWORK, weights, TINY, 1, seed=2, power_up=power_up).problem is not None
    zeros = soak(NETWORK, weights, TINY, 1, seed=2)
    assert (zeros.problem, zeros.resets) == (None, 0)


def test_resets_break_runs_off_in_their_cycle(monkeypatch):
    """And the run is made again, from the same seed, with nothing loaded anew."""
    right, made = Simulator.execute, []

    def noting(self, run):
        made.append((run, right(self, run)))
        return made[-1][1]

    monkeypatch.setattr(Simulator, "execute", noting)
    result = soak(NETWORK, random_weights(NETWORK, 3), TINY, 20, seed=60)
    broken = [index for index, (run, _) in enumerate(made) if run.reset_cycle is not None]
    assert len(broken) == result.resets > 1 and len(made) == result.frames + result.templates + len(broken)
    for index in broken:
        run, outcome = made[index]
        again = made[index + 1][0]
        assert outcome.cycles == run.reset_cycle
        assert not len(again.writes) and (again.seed, again.stall) == (run.seed, run.stall)
        assert np.array_equal(again.pixels, run.pixels)
    assert result.clocks == sum(outcome.clocks for _, outcome in made)


def test_a_wrong_response_and_a_run_broken_off_are_seen(monkeypatch):
    """golden has other weights; then the first template run is broken off in cycle 10."""
    weights, other = (random_weights(NETWORK, seed) for seed in (3, 4))
    with monkeypatch.context() as patched:
        patched.setattr(
            "siammixer.driver.reference.run_golden",
            lambda network, _, *rest, **named: run_golden(network, other, *rest, **named),
        )
        assert re.match(
            r"frame 1: search branch: response, row \d+, column \d+, channel 0: golden -?\d+, accelerator",
            soak(NETWORK, weights, TINY, 3, seed=1).problem,
        )
    right = Simulator.execute

    def cut(run):
        return replace(run, reset_cycle=10 if run.reset_cycle is None else run.reset_cycle)

    monkeypatch.setattr(Simulator, "execute", lambda self, run: right(self, cut(run)))
    assert (
        soak(NETWORK, weights, TINY, 3, seed=1).problem
        == f"frame 0: template branch: 10 cycles, {TEMPLATE_CYCLES} predicted"
    )
