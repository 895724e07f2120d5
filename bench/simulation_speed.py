"""Measure the speed of the simulation of a search frame.

``python -m siammixer.bench.simulation_speed [NETWORK] [--accelerator NAME] [--rounds N]`` prints the seconds
of a search frame, which include loading the program and reading the response. It gives the best and the
median of the rounds for both harnesses, which take turns. Other processes should not run, because they take
cache and time.
"""

from __future__ import annotations

import statistics
import sys
from contextlib import closing

import numpy as np

from siammixer.arch.accelerator import DEFAULT_ACCELERATOR, Accelerator, find_accelerator
from siammixer.bench.arguments import parser, whole_number
from siammixer.driver.planner import plan_branches
from siammixer.driver.session import Session
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.weights import load_weights
from siammixer.sim.native import Simulator
from siammixer.sim.run import CocotbSimulator
from siammixer.sim.simulators import native_simulator, sample_passes, simulator

HARNESSES = ("C++", "cocotb")


def times(network: Network, accelerator: Accelerator, rounds: int) -> tuple[dict[str, list[float]], int]:
    """(seconds of the search frames by harness, cycles of a frame); AssertionError where the results
    differ.
    """
    weights = load_weights(network)
    plans = plan_branches(network, accelerator, None, weights)
    passes = sample_passes(network)
    cocotb = Session(plans, weights, CocotbSimulator(simulator(accelerator)))
    seconds: dict[str, list[float]] = {name: [] for name in HARNESSES}
    with closing(Session(plans, weights, Simulator(native_simulator(accelerator)))) as native:
        native.attempt_all(passes[:1])
        for _ in range(rounds):
            found, traced = native.attempt_all(passes[1:])[-1], cocotb.attempt_all(passes)[-1]
            assert np.array_equal(found.response, traced.response) and found.cycles == traced.cycles
            for name, outcome in zip(HARNESSES, (found, traced), strict=True):
                seconds[name].append(outcome.wall_seconds)
    return seconds, found.cycles


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    options = parser("simulation_speed", __doc__)
    options.add_argument("network", nargs="?", default="siammixer")
    options.add_argument("--accelerator", default=DEFAULT_ACCELERATOR)
    options.add_argument("--rounds", type=whole_number, default=10)
    given = options.parse_args(arguments)
    try:
        seconds, cycles = times(
            find_network(given.network), find_accelerator(given.accelerator), given.rounds
        )
    except InputError as error:
        print(f"simulation_speed: {error}", file=sys.stderr)
        return 2
    print(f"{cycles:,} cycles a search frame; seconds, best and median of {given.rounds}")
    for name, values in seconds.items():
        print(
            f"{name:8}{min(values):8.3f}{statistics.median(values):8.3f}   {cycles / min(values):12,.0f} "
            "cycles a second"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
