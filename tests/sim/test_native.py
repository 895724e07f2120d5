"""The C++ harness: the same numbers as under cocotb, and every way to fail named."""

import os
import signal
from contextlib import closing
from dataclasses import replace
from threading import Timer

import numpy as np
import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.errors import Error
from siammixer.driver.core import CoreRun
from siammixer.driver.planner import Pass, Planner, plan_branches
from siammixer.driver.words import WRITE
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.catalogue import find_network
from siammixer.sim.build import SimulationError
from siammixer.sim.native import Simulator, build_native
from siammixer.sim.run import simulate
from siammixer.sim.simulators import native_simulator, simulator
from siammixer.sim.verilog import verilog

TINY, NETWORK = find_accelerator("tiny"), find_network("tiny")
SEED = 11
WEIGHTS = random_weights(NETWORK, SEED)
PLANNER = Planner(plan_branches(NETWORK, TINY, None, WEIGHTS), WEIGHTS)
FIRST = PLANNER.run(Pass(branch="template", crop=random_image(NETWORK.template_side, SEED)))
SECOND, AGAIN = (
    PLANNER.run(Pass(branch="search", crop=random_image(NETWORK.search_side, seed)))
    for seed in (SEED, SEED + 1)
)


@pytest.fixture
def native():
    with closing(Simulator(native_simulator(TINY, lambda _: None))) as simulation:
        yield simulation


def numbers(outcome) -> dict[str, int]:
    names = ("cycles", "error", "peak_position", "peak_value", "pixels_taken", "identity")
    return {name: getattr(outcome, name) for name in names}


def test_the_same_as_under_cocotb(native):
    """Also the cycles of a run whose pixels pause: both harnesses throw the same dice."""
    runs = [FIRST, SECOND, AGAIN, replace(AGAIN, stall=0.5, seed=SEED)]
    for expected, run in zip(simulate(simulator(TINY, lambda _: None), runs), runs, strict=True):
        found = native.execute(run)
        assert numbers(found) == numbers(expected)
        assert np.array_equal(found.response, expected.response)
        assert found.identity == int(TINY.fingerprint, 16)


def test_what_has_no_initial_value_begins_as_anything():
    """The response before any search: zeros as the Verilog says, or by the seed of the power-up (Verilator
    draws one word for a whole memory).
    """
    words = []
    for power_up in (None, 5, 6, 6):
        binary = native_simulator(TINY, lambda _: None, power_up=power_up is not None)
        with closing(Simulator(binary, power_up=power_up)) as simulation:
            words.append(simulation.execute(replace(FIRST, response_words=8)).response)
    zeros, first, second, again = words
    assert not zeros.any() and first.all()
    assert np.array_equal(second, again) and not np.array_equal(first, second)


def test_an_error_of_the_accelerator_is_told_and_the_next_run_is_good(native):
    native.execute(FIRST)
    good, short, again = (
        native.execute(run)
        for run in (SECOND, replace(AGAIN, pixels=AGAIN.pixels[:-1]), replace(SECOND, writes=AGAIN.writes))
    )
    assert (good.error, short.error, again.error) == (Error.NONE, Error.INPUT_SHORT, Error.NONE)
    assert numbers(again) == numbers(good)
    assert np.array_equal(again.response, good.response)


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        (9, f"watchdog after 9 cycles of loading: 9 of {len(FIRST.writes)} words written"),
        (
            1000,
            r"watchdog after 1000 cycles of execution: (\d+) of \1 words written, step 1, busy 1, error "
            r"0, \d+ of",
        ),
    ],
)
def test_watchdog_names_where_it_stands_and_ends_the_simulator(native, limit, message):
    native.execute(FIRST)
    for _ in range(2):
        with pytest.raises(SimulationError, match=message):
            writes = FIRST.writes if limit < 1000 else SECOND.writes
            native.execute(replace(SECOND, writes=writes, watchdog_cycles=limit))


def test_killed_between_and_within_runs(native):
    native.execute(FIRST)
    os.kill(native.pid, signal.SIGKILL)
    for _ in range(2):
        with pytest.raises(SimulationError, match=r"the simulator stopped \(signal SIGKILL\): no output"):
            native.execute(SECOND)
    with closing(Simulator(native_simulator(TINY, lambda _: None))) as other:
        # A program that waits for pixels that do not come, and a limit far beyond the test's patience.
        endless = replace(FIRST, pixels=FIRST.pixels[:0], watchdog_cycles=2**32 - 1)
        timer = Timer(0.3, os.kill, (other.pid, signal.SIGTERM))
        timer.start()
        with pytest.raises(SimulationError, match="SIGTERM"):
            other.execute(endless)
        timer.join()


def test_an_interrupt_at_the_terminal_is_not_for_it(native):
    """It goes to the whole foreground group; we alone answer it, and may finish the frame in hand first."""
    assert os.getpgid(native.pid) != os.getpgid(0)


def test_closed(native):
    native.close()
    native.close()
    with pytest.raises(SimulationError, match="closed"):
        native.execute(FIRST)


def test_a_failed_assertion_of_the_design_is_told(dummy):
    words = np.zeros(1, FIRST.writes.dtype)
    words["target"], words["data"][0, 0] = 2, 3
    with closing(Simulator(build_native(verilog(dummy(), "siammixer")))) as simulation:
        with pytest.raises(
            SimulationError,
            match=r"the simulator stopped \(exit status 1\): fault 3.*design\.v.*Assertion failed",
        ):
            simulation.execute(CoreRun(writes=words, pixels=np.zeros((48, 3), np.uint8), response_words=0))


def test_runs_to_train_with_change_no_result(dummy):
    """And are part of what a simulator is known by; one that fails in training is none."""
    text, dice = verilog(dummy(), "siammixer"), np.random.default_rng(SEED)
    # Bytes between the fields of a write are nobody's, and must not tell one simulator from another.
    writes = [
        np.full(8, fill, np.dtype(("V", WRITE.itemsize))).view(WRITE) for fill in (bytes(16), b"\xff" * 16)
    ]
    for words in writes:
        words["target"], words["address"], words["data"] = 1, range(8), 5
    run = CoreRun(writes=writes[0], pixels=dice.integers(0, 256, (48, 3), np.uint8), response_words=20)
    training = [replace(run, pixels=run.pixels // 2), run]
    plain, trained = (build_native(text, training=runs) for runs in ([], training))
    assert plain.folder != trained.folder
    assert (
        build_native(text, training=[replace(one, writes=writes[1]) for one in training]).build_seconds == 0
    )
    assert training[0].writes.tobytes() != writes[1].tobytes()
    assert {file.name for file in trained.folder.iterdir()} == {file.name for file in plain.folder.iterdir()}
    results = []
    for binary in (plain, trained):
        with closing(Simulator(binary)) as simulation:
            results.append(simulation.execute(run))
    assert numbers(results[0]) == numbers(results[1])
    assert np.array_equal(results[0].response, results[1].response)
    with pytest.raises(SimulationError, match=r"could not be built: .*watchdog after 9 cycles"):
        build_native(text, training=[replace(run, watchdog_cycles=9)])


def test_a_design_that_does_not_compile_names_the_error():
    with pytest.raises(SimulationError, match=r"%Error.*siammixer.*whole log: .*failed\.log"):
        build_native("module other(); endmodule\n")
