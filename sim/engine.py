"""The simulated accelerator as an engine: the tracker's crops through the RTL, frame after frame."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from queue import SimpleQueue

import numpy as np

from siammixer.arch.accelerator import DEFAULT_ACCELERATOR, Accelerator, find_accelerator
from siammixer.arch.errors import MESSAGES, Error
from siammixer.compiler.compile import compile_branch
from siammixer.compiler.program import BranchProgram
from siammixer.golden.accumulator import require, require_search
from siammixer.ir.errors import InputError
from siammixer.ir.network import BRANCHES, Network
from siammixer.ir.patches import Grid
from siammixer.ir.weights import Weights
from siammixer.sim.build import Binary, SimulationError
from siammixer.sim.frame import native_simulator, program_words, weight_words
from siammixer.sim.native import Simulator
from siammixer.sim.run import WRITE, Outcome, Run, no_writes


class RtlEngine:
    """A network on the simulated accelerator, as a host would drive the real one.

    Weights are loaded once, the template stays in the accelerator, and the program is rewritten only where
    the branch changes. Every response is checked against the peak that the hardware found.

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
        Simulators, each a process with the whole accelerator in it; the crops of a call are spread over
        them, and each computes every template.
    progress
        Told what is being built.

    Raises
    ------
    InputError
        Where the weights are another network's, the network does not fit the accelerator, or the system
        lacks a compiler.
    SimulationError
        Where the simulator cannot be built; from the methods, where a simulation does not finish, the
        accelerator reports an error, or its peak is not its response's.
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
        plans = {branch: compile_branch(network, accelerator, grid, branch, weights) for branch in BRANCHES}
        binary = native_simulator(accelerator, progress)
        self.network = network
        self.cycles: list[int] = []
        """Of each crop of the latest :meth:`responses`, from start to done."""
        self._has_template = False
        self._cores = [_Core(binary, plans, weights) for _ in range(processes)]
        self._threads = ThreadPoolExecutor(processes)

    def set_template(self, crop: np.ndarray) -> None:
        """Runs the template branch on a crop uint8 (template_side, template_side, 3) RGB in
        every simulator."""
        side = self.network.template_side
        require(crop, "template crop", np.uint8, (side, side, 3))
        self._has_template = False
        self._each(lambda core: core.execute("template", crop), self._cores)
        self._has_template = True

    def responses(self, crops: np.ndarray) -> np.ndarray:
        """INT32 (n, r, r): responses of search crops uint8 (n, search_side, search_side, 3) RGB to the kept
        template.

        Raises
        ------
        InputError
            Where the crops are of another type or shape, or no template is kept.
        """
        cells = self.network.response_side
        require_search(self.network, crops, self._has_template)
        free: SimpleQueue[_Core] = SimpleQueue()
        for core in self._cores:
            free.put(core)

        def search(crop: np.ndarray) -> Outcome:
            core = free.get()
            try:
                return core.execute("search", crop)
            finally:
                free.put(core)

        outcomes = self._each(search, crops)
        self.cycles = [outcome.cycles for outcome in outcomes]
        return np.array([outcome.response for outcome in outcomes], np.int32).reshape(
            len(crops), cells, cells
        )

    def close(self) -> None:
        """Ends the simulators; the engine is not used afterwards."""
        for core in self._cores:
            core.simulator.close()
        self._threads.shutdown()

    def _each(self, call: Callable, items) -> list:
        """``call`` of every item, as many at a time as there are processes; all have ended when this returns
        or raises.
        """
        futures = [self._threads.submit(call, item) for item in items]
        wait(futures)
        return [future.result() for future in futures]


class _Core:
    """One simulated accelerator, and what its memories hold."""

    def __init__(self, binary: Binary, plans: dict[str, BranchProgram], weights: Weights):
        self._plans, self._weights = plans, weights
        self._loaded: str | None = None  # the branch whose program it has
        self.simulator = Simulator(binary)

    def execute(self, branch: str, crop: np.ndarray) -> Outcome:
        """A branch on its crop; :class:`SimulationError` where something about it is not right."""
        plan = self._plans[branch]
        writes = self._writes(branch)
        run = Run(
            writes=writes,
            pixels=plan.pixels(crop),
            response_words=plan.network.response_side**2 if branch == "search" else 0,
            # Nothing pauses the run: one that takes twice as long as predicted does not end.
            watchdog_cycles=2 * (plan.predicted_cycles + len(writes)),
        )
        outcome = self.simulator.run(run)
        self._loaded = branch
        if outcome.error:
            raise SimulationError(
                f"{branch} branch: the accelerator reports {MESSAGES[Error(outcome.error)]}"
            )
        if branch == "search":
            check_peak(outcome)
        return outcome

    def _writes(self, branch: str) -> np.ndarray:
        """What the memories lack for a run of this branch."""
        if self._loaded == branch:
            return no_writes()
        program = program_words(self._plans[branch])
        return (
            program
            if self._loaded
            else np.concatenate([weight_words(self._plans[branch], self._weights), program], dtype=WRITE)
        )


def check_peak(outcome: Outcome) -> None:
    """:class:`SimulationError` where the peak is not the response's largest cell, the first of equal ones."""
    position = int(np.argmax(outcome.response))
    expected, found = (position, int(outcome.response[position])), (outcome.peak_position, outcome.peak_value)
    if expected != found:
        raise SimulationError(
            f"peak (cell, value): {expected} in the response, the accelerator reports {found}"
        )
