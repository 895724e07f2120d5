"""The runs of a network's branches on one core: each loads what the core's memories lack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.interface import RESET_CYCLES
from siammixer.compiler.compile import compile_network
from siammixer.compiler.memory_checksum import MemoryChecksum, memory_checksum
from siammixer.compiler.packing import pack_template
from siammixer.compiler.program import Program
from siammixer.driver.core import CoreRun
from siammixer.driver.words import joined, no_words, program_words, weight_words
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.patches import Grid
from siammixer.ir.weights import Weights

_SPARE_CYCLES = 1000


def plan_branches(network: Network, accelerator: Accelerator, grid: Grid | None, weights: Weights) -> Program:
    """The program of each branch, by its name; the grid is by default the accelerator's.

    Raises
    ------
    InputError
        Where the weights are another network's, or the network does not fit the accelerator.
    """
    weights.require(network)
    return compile_network(network, accelerator, grid, weights)


def resident_words(program: Program, weights: Weights, who: str) -> np.ndarray:
    """The words of a core that keeps everything: all weights, then the programs of both branches.

    Parameters
    ----------
    who
        Needs them, in the words of an error.

    Raises
    ------
    InputError
        The program memory has no room for both programs at once.
    """
    accelerator = program.accelerator
    if not program.resident:
        count = sum(len(program[branch].program) for branch in program)
        raise InputError(
            f"{who} needs the programs of both branches loaded: {count} words, accelerator "
            f"{accelerator.name} has {accelerator.program_words}"
        )
    return joined(
        weight_words(program.weight_memory(weights)),
        *(program_words(program[branch].program, program.entries[branch]) for branch in program),
    )


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One pass of a branch over a crop.

    Parameters
    ----------
    branch
        Its name.
    crop
        uint8 (side, side, 3) RGB.
    stall, seed, reset_cycle, reset_cycles
        See :class:`siammixer.driver.core.CoreRun`.
    watchdog_cycles
        As there; None allows twice the cycles that are predicted, more where the streams pause.
    extra
        Words to load after those that the memories lack, dtype :data:`siammixer.driver.words.WRITE`: wrong
        ones, where faults are put in. The planner does not know what they overwrite.
    """

    branch: str
    crop: np.ndarray
    stall: float = 0.0
    seed: int = 0
    watchdog_cycles: int | None = None
    reset_cycle: int | None = None
    reset_cycles: int = RESET_CYCLES
    extra: np.ndarray = field(default_factory=no_words)


class Planner:
    """Makes the runs of a core whose memories begin empty, and knows what they then hold.

    The weights are loaded once, and so are the programs of both branches, one behind the other; where the
    program memory has no room for both, a program is loaded where the branch changes. A run that was made
    counts as executed; where it was not, :meth:`forget` must be called.

    Parameters
    ----------
    program
        The program of each branch, from :func:`plan_branches`.
    weights
        The network's.
    """

    def __init__(self, program: Program, weights: Weights):
        self.program, self.weights = program, weights
        self.has_weights = False
        self._loaded: tuple[str, ...] = ()  # the branches whose programs are loaded

    def run(self, one: Pass) -> CoreRun:
        """The run of a pass."""
        chosen = self.program[one.branch]
        writes = joined(self._writes(one.branch), one.extra)
        patience = round((2 * (chosen.predicted_cycles + len(writes)) + _SPARE_CYCLES) / (1 - one.stall))
        return CoreRun(
            writes=writes,
            pixels=chosen.pixels(one.crop),
            response_words=chosen.response_cells,
            entry=self.program.entries[one.branch],
            stall=one.stall,
            seed=one.seed,
            watchdog_cycles=patience if one.watchdog_cycles is None else one.watchdog_cycles,
            reset_cycle=one.reset_cycle,
            reset_cycles=one.reset_cycles,
        )

    def runs(self, passes: Iterable[Pass]) -> list[CoreRun]:
        """The runs of passes, one after the other."""
        return [self.run(one) for one in passes]

    def checksum(self) -> MemoryChecksum:
        """The checksum of the weight memories that the branches run on.

        Raises
        ------
        InputError
            Where it does not fit the accelerator.
        """
        return memory_checksum(self.program["search"])

    def checksum_run(self, sums: MemoryChecksum) -> CoreRun:
        """The run of a checksum, which takes the place of the programs; its response holds the sums."""
        self.forget()
        return CoreRun(
            writes=joined(weight_words(sums.operand_words, sums.end), program_words(sums.program)),
            pixels=np.zeros((0, 3), np.uint8),
            response_words=len(sums.parts),
            watchdog_cycles=2 * sums.predicted_cycles + _SPARE_CYCLES,
        )

    def memory(self, template: np.ndarray) -> np.ndarray:
        """INT8 (lanes, words, 9): what the weight memories hold once the template branch has run.

        Parameters
        ----------
        template
            golden's template of the crop, INT8 (rows, columns, channels).
        """
        chosen = self.program["search"]
        memory = chosen.weight_memory(self.weights)
        words = pack_template(chosen.accelerator, template)
        memory[:, : words.shape[1]] = words
        return memory

    def forget(self, *, weights: bool = False) -> None:
        """The program memory no longer holds what was loaded, with ``weights`` neither do the weight
        memories.
        """
        self._loaded = ()
        self.has_weights &= not weights

    def _writes(self, branch: str) -> np.ndarray:
        """The words that the memories lack for a run of this branch; they count as loaded."""
        if branch in self._loaded:
            return no_words()
        parts = []
        if not self.has_weights:
            parts.append(weight_words(self.program[branch].weight_memory(self.weights)))
        loaded = tuple(self.program) if self.program.resident else (branch,)
        parts += [program_words(self.program[one].program, self.program.entries[one]) for one in loaded]
        self.has_weights, self._loaded = True, loaded
        return joined(*parts)
