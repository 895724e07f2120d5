"""Injects wrong bits into the memories of a simulated accelerator, and records which check finds them.

Between two correct frames, bits of the program, the weights or the template change. A wrong program runs
unchanged, and the core must refuse it by the check of the instruction. With wrong weights or a wrong template
a frame runs, whose response says whether the bits mattered, and then the memory checksum
(siammixer.compiler.memory_checksum). After that the memory is corrected, and the next frame must equal
golden's, with the predicted cycles.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from siammixer.arch.accelerator import TAPS, Accelerator
from siammixer.arch.errors import Error
from siammixer.arch.instruction import INSTRUCTION_WORDS
from siammixer.driver.compare import outcome_problem, response_difference
from siammixer.driver.core import RunOutcome
from siammixer.driver.planner import Planner, plan_branches
from siammixer.driver.session import Session
from siammixer.driver.words import program_words, weight_words
from siammixer.golden.random_weights import random_image
from siammixer.ir.network import BRANCHES, Network
from siammixer.ir.weights import Weights
from siammixer.sim.native import Simulator
from siammixer.sim.simulators import native_simulator

PLACES = ("program", "weights", "template")


@dataclass(frozen=True, kw_only=True)
class Flip:
    """The result of one fault.

    Parameters
    ----------
    place
        One of PLACES.
    bits
        Number of wrong bits, all in one instruction or in one lane's weight word.
    named
        The core's error, or the part of the memory that the checksum names. None where nothing found the
        fault.
    before
        Whether the fault was found before anything was computed with the wrong bits.
    harmful
        Whether a frame ended without an error and with a wrong response.
    problem
        The first difference in the next frame, or None.
    """

    place: str
    bits: int
    named: str | None
    before: bool
    harmful: bool
    problem: str | None


class FaultCampaign:
    """A network on a simulated accelerator with a stored template, for faults. :meth:`close` ends the
    simulation.

    Parameters
    ----------
    seed
        Seed of the crops and of every fault.

    Raises
    ------
    InputError
        The network or its checksum program does not fit the accelerator.
    SimulationError
        A run does not finish. The methods raise it too.
    """

    def __init__(
        self,
        network: Network,
        weights: Weights,
        accelerator: Accelerator,
        seed: int,
        progress: Callable[[str], None] = lambda _: None,
    ):
        self._dice = np.random.default_rng(seed)
        plans = plan_branches(network, accelerator, None, weights)
        crops = {
            branch: random_image(network.side(branch), int(self._dice.integers(2**31))) for branch in BRANCHES
        }
        self._checksum = Planner(plans, weights).checksum()  # refuses before anything is built
        self._session = Session(plans, weights, Simulator(native_simulator(accelerator, progress)))
        *before, self._branch = BRANCHES
        self._plan, self._crop = plans[self._branch], crops[self._branch]
        reference = self._session.reference
        for branch in before:
            self._session.run(branch, crops[branch])
            reference.tensors(branch, crops[branch])
        self._tensors = reference.tensors(self._branch, self._crop)
        self._template = reference.template
        self._memory = self._session.memory(self._template)

    def close(self) -> None:
        """Ends the simulation."""
        self._session.close()

    def frame(self, writes: np.ndarray | None = None) -> str | None:
        """Writes these words, loads the program, runs a frame and returns its first difference, or None."""
        return outcome_problem(self._plan, self._run(writes), self._tensors)

    def wrong_memory(self) -> list[str]:
        """The parts of the weight memories that the checksum finds wrong."""
        return self._session.wrong_memory(self._template)

    def flip(self, place: str, bits: int = 1) -> Flip:
        """Makes ``bits`` wrong bits in a random instruction or word of a memory."""
        return self._flip_program(bits) if place == "program" else self._flip_word(place, bits)

    def reset(self, cycle: int | None = None) -> str | None:
        """Resets in a cycle of a frame, by default a random one, and returns the first difference in the next
        frame, or None.
        """
        random = int(self._dice.integers(self._plan.predicted_cycles))
        self._session.attempt(self._branch, self._crop, reset_cycle=random if cycle is None else cycle)
        return self.frame()

    def _flip_program(self, bits: int) -> Flip:
        program = self._plan.program.copy()
        start = INSTRUCTION_WORDS * int(self._dice.integers(len(program) // INSTRUCTION_WORDS))
        for bit in self._dice.choice(32 * INSTRUCTION_WORDS, bits, replace=False):
            program[start + bit // 32] ^= np.uint32(1 << bit % 32)
        outcome = self._run(program_words(program, self._session.program.entries[self._branch]))
        error = Error(outcome.error)
        named = error.name if error else None
        return Flip(
            place="program",
            bits=bits,
            named=named,
            before=error == Error.BAD_CHECK,
            harmful=self._harmful(outcome),
            problem=self.frame(),
        )

    def _flip_word(self, place: str, bits: int) -> Flip:
        stop = self._checksum.template_words
        word = int(
            self._dice.integers(stop)
            if place == "template"
            else self._dice.integers(stop, self._checksum.end)
        )
        lane = int(self._dice.integers(len(self._memory)))
        right = self._memory[:, word : word + 1]
        wrong = right.copy()
        for bit in self._dice.choice(8 * TAPS, bits, replace=False):
            wrong.view(np.uint8)[lane, 0, bit // 8] ^= np.uint8(1 << bit % 8)
        harmful = self._harmful(self._run(weight_words(wrong, word)))
        named = ", ".join(self.wrong_memory()) or None
        return Flip(
            place=place,
            bits=bits,
            named=named,
            before=False,
            harmful=harmful,
            problem=self.frame(weight_words(right, word)),
        )

    def _run(self, writes: np.ndarray | None = None) -> RunOutcome:
        """Loads the program and then these words, and runs a frame."""
        self._session.forget()
        extra = {} if writes is None else {"extra": writes}
        return self._session.attempt(self._branch, self._crop, **extra)

    def _harmful(self, outcome: RunOutcome) -> bool:
        return not outcome.error and response_difference(self._plan, outcome, self._tensors) is not None


def fault_campaign(
    network: Network,
    weights: Weights,
    accelerator: Accelerator,
    flips: int,
    resets: int,
    seed: int,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[list[Flip], list[str]]:
    """Makes ``flips`` faults of one bit, as many of two bits, and ``resets`` resets. The places take turns.

    Returns
    -------
    tuple
        The results of the faults, and the differences after resets.

    Raises
    ------
    InputError, SimulationError
        See :class:`FaultCampaign`.
    """
    with closing(FaultCampaign(network, weights, accelerator, seed, progress)) as broken:
        found = []
        for number in range(2 * flips):
            found.append(broken.flip(PLACES[number % len(PLACES)], 1 + number // flips))
            progress(f"{number + 1} of {2 * flips} faults")
        problems = [problem for _ in range(resets) if (problem := broken.reset())]
    return found, problems
