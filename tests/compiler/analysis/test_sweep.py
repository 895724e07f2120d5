"""A sweep lists every combination with the program's figures, and marks the front."""

import pytest

from siammixer.compiler.analysis.sweep import sweep
from siammixer.compiler.compile import compile_branch
from siammixer.ir.catalogue import find_network
from siammixer.ir.patches import Grid
from siammixer.ir.widths import width_variant

TINY = find_network("tiny")
CLOCK_HZ = 50e6
POINTS = sweep(
    [TINY, width_variant(TINY, 0.5)],
    (4, 8, 16, 32),
    (Grid(1, 1), Grid(2, 2), Grid(16, 1)),
    CLOCK_HZ,
)


def test_every_combination_is_listed_and_those_that_do_not_fit_say_why():
    assert len(POINTS) == 2 * 4 * 3
    for point in POINTS:
        assert (point.reason is None) == (point.grid != Grid(16, 1)), point
        assert (point.cycles is None) == (point.reason is not None)
    assert "16 patches do not divide a map of 15" in POINTS[2].reason


@pytest.mark.parametrize(
    "point",
    [point for point in POINTS if not point.reason],
    ids=lambda p: f"{p.network.name}-{p.lanes}-{p.grid}",
)
def test_figures_are_the_schedules(point):
    plan = compile_branch(point.network, point.accelerator, point.grid)
    assert point.cycles == plan.predicted_cycles
    assert point.utilisation == point.network.macs / (point.cycles * 9 * point.lanes) < 1
    assert point.frames_per_second == pytest.approx(CLOCK_HZ / point.cycles)
    assert point.memory_bytes == plan.feature_map_bytes + 9 * point.lanes * point.accelerator.weight_words


def test_nothing_beats_the_front_and_something_beats_all_else():
    fitting = [point for point in POINTS if not point.reason]
    for point in fitting:
        beaten = any(
            other.network == point.network
            and (other.cycles, other.multipliers, other.memory_bytes)
            != (point.cycles, point.multipliers, point.memory_bytes)
            and other.cycles <= point.cycles
            and other.multipliers <= point.multipliers
            and other.memory_bytes <= point.memory_bytes
            for other in fitting
        )
        assert point.pareto is not beaten, point
    assert {point.pareto for point in fitting} == {True, False}
