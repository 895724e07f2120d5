"""The simulated accelerator as an engine of the tracker."""

from __future__ import annotations

from collections.abc import Callable

from siammixer.arch.accelerator import DEFAULT_ACCELERATOR, Accelerator, find_accelerator
from siammixer.driver.engine import AcceleratorEngine
from siammixer.driver.planner import plan_branches
from siammixer.driver.session import Session
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.patches import Grid
from siammixer.ir.weights import Weights
from siammixer.sim.native import Simulator
from siammixer.sim.simulators import native_simulator


class RtlEngine(AcceleratorEngine):
    """A network on the simulated accelerator, as a host would drive the real one.

    Parameters
    ----------
    network, weights
        What to run.
    accelerator
        By default siammixer.arch.accelerator.DEFAULT_ACCELERATOR. Its simulator is built on first use: a
        minute or two.
    grid
        Patches; by default the accelerator's.
    processes
        Simulators, each a process with the whole accelerator in it.
    progress
        Told what is being built.

    Raises
    ------
    InputError
        Where the weights are another network's, the network does not fit the accelerator, or the system
        lacks a compiler.
    SimulationError
        Where the simulator cannot be built; from the methods, where a simulation does not finish.
    CoreError
        From the methods, where the accelerator reports an error or a peak that is not its response's.
    """

    name = "rtl"

    def __init__(
        self,
        network: Network,
        weights: Weights,
        accelerator: Accelerator | None = None,
        grid: Grid | None = None,
        processes: int = 1,
        progress: Callable[[str], None] = lambda _: None,
    ):
        weights.require(network)
        if processes < 1:
            raise InputError(f"processes must be at least 1, not {processes}")
        accelerator = accelerator or find_accelerator(DEFAULT_ACCELERATOR)
        program = plan_branches(network, accelerator, grid, weights)
        binary = native_simulator(accelerator, progress)
        super().__init__(
            network, weights, [Session(program, weights, Simulator(binary)) for _ in range(processes)]
        )
