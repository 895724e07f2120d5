"""The interface of everything that runs the accelerator: a core that executes one run after the other."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np

from siammixer.arch.interface import ENTRY_BITS, RESET_CYCLES, RESPONSE_ADDRESS_BITS, WRITE_FIELDS
from siammixer.driver.words import WRITE, no_words
from siammixer.ir.errors import InputError

_MOST_CELLS = 1 << RESPONSE_ADDRESS_BITS
_WRITE_BITS = dict(WRITE_FIELDS)

NO_RESET = 2**32 - 1
"""As the cycle of a reset: none."""


@dataclass(frozen=True, kw_only=True)
class CoreRun:
    """The input of one run: words to load, pixels, and how much of the response is read.

    Parameters
    ----------
    writes
        Words to load before the start, dtype :data:`siammixer.driver.words.WRITE`. Memories keep what earlier
        runs of the same core loaded.
    pixels
        ``(n, 3)`` bytes red, green, blue in the order of the stream.
    response_words
        How many words of the response are read back.
    entry
        Address of the program's first word in the program memory.
    stall
        Simulations only: probability that a cycle offers no word on the write and pixel streams, at least 0
        and below 1.
    seed
        Simulations only: of the stalls, and of the noise on payloads that are not offered.
    watchdog_cycles
        Limit of the loading and of the execution, each.
    reset_cycle
        The C++ simulator only: a reset breaks the execution off in this cycle, and the outcome is that of a
        core that has done nothing since. None, or a cycle after the run's end, is no reset.
    reset_cycles
        How many cycles that reset lasts, at least 1.
    """

    writes: np.ndarray = field(default_factory=no_words)
    pixels: np.ndarray
    response_words: int
    entry: int = 0
    stall: float = 0.0
    seed: int = 0
    watchdog_cycles: int = 20_000_000
    reset_cycle: int | None = None
    reset_cycles: int = RESET_CYCLES

    def __post_init__(self) -> None:
        if self.writes.dtype != WRITE or self.writes.ndim != 1:
            raise InputError(
                f"writes must be one row of siammixer.driver.words.WRITE, not {self.writes.ndim} dimensions "
                f"of {self.writes.dtype}"
            )
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 2 or self.pixels.shape[1] != 3:
            raise InputError(f"pixels must be (n, 3) uint8, not {self.pixels.shape} {self.pixels.dtype}")
        if not 0 <= self.stall < 1:
            raise InputError(f"stall must be at least 0 and below 1, not {self.stall}")
        if not 1 <= self.watchdog_cycles < 1 << 32:
            raise InputError(f"watchdog_cycles must be 1 to 2**32 - 1, not {self.watchdog_cycles}")
        if not 0 <= self.response_words <= _MOST_CELLS:
            raise InputError(f"response_words must be 0 to {_MOST_CELLS}, not {self.response_words}")
        if not 0 <= self.entry < 1 << ENTRY_BITS:
            raise InputError(f"entry must be 0 to {(1 << ENTRY_BITS) - 1}, not {self.entry}")
        if not RESET_CYCLES <= self.reset_cycles < NO_RESET:
            raise InputError(f"reset_cycles must be {RESET_CYCLES} to 2**32 - 2, not {self.reset_cycles}")
        for name in ("target", "address"):
            bits = _WRITE_BITS[name]
            if self.writes.size and self.writes[name].max() >= 1 << bits:
                raise InputError(
                    f"writes must have values below 2**{bits} as {name}, not {self.writes[name].max()}"
                )
        if self.reset_cycle is not None and not 0 <= self.reset_cycle < NO_RESET:
            raise InputError(f"reset_cycle must be 0 to 2**32 - 2 or none, not {self.reset_cycle}")

    def require_no_reset(self, name: str) -> None:
        """:class:`InputError` where a reset breaks the run off, which the core of that name cannot do."""
        if self.reset_cycle is not None:
            raise InputError(f"{name}: a run with a reset_cycle must be executed by the C++ simulator")


@dataclass(frozen=True, kw_only=True)
class RunOutcome:
    """The results of a run that every core gives (:mod:`siammixer.arch.interface` defines its cycles).

    Parameters
    ----------
    cycles
        Cycles from start to done.
    response
        INT32 ``(response_words,)``, read after done.
    peak_position, peak_value
        The cell of the response that the core found largest, and its value.
    error
        A code of :class:`siammixer.arch.errors.Error`.
    step
        Number of the step in which the run ended.
    """

    cycles: int
    response: np.ndarray
    peak_position: int
    peak_value: int
    error: int
    step: int


Outcome = TypeVar("Outcome", bound=RunOutcome, covariant=True)
"""The outcome that a core gives: some simulators tell more than a board does."""


class Core(Protocol[Outcome]):
    """An accelerator that executes runs, one at a time: a simulator or a board.

    Parameters
    ----------
    name
        How messages call it.
    keeps_memories
        Whether its memories hold from one call to the next what runs have loaded and computed. Within a call
        of :meth:`execute_all` they do so from run to run in any case.
    """

    name: str
    keeps_memories: bool = True

    def execute(self, run: CoreRun) -> Outcome:
        """Loads the run's words, starts, sends the pixels, waits for the end and reads the response.

        Raises
        ------
        CoreError
            Where the run does not finish. One that ends with an error code does finish.
        InputError
            Where the core cannot break the run off as it asks.
        """
        ...

    def execute_all(self, runs: Sequence[CoreRun]) -> Sequence[Outcome]:
        """:meth:`execute` of each run, one after the other; nothing is returned where one does not finish."""
        return [self.execute(run) for run in runs]

    def reset(self) -> None:
        """Ends whatever is going on; what the memories hold is then unknown."""
        ...

    def close(self) -> None:
        """Gives up the core, also in the middle of a run; it is not used afterwards."""
        ...


class ListCore(Core[Outcome]):
    """A core that takes a whole list of runs and forgets everything after it: subclasses implement
    :meth:`execute_all` alone. Its memories are empty at the begin of every list.
    """

    keeps_memories: bool = False

    def execute(self, run: CoreRun) -> Outcome:
        """A list of this run alone."""
        return self.execute_all([run])[0]

    @abstractmethod
    def execute_all(self, runs: Sequence[CoreRun]) -> Sequence[Outcome]:
        """See :meth:`Core.execute_all`."""

    def reset(self) -> None:
        """There is nothing to end: between two lists nothing goes on."""

    def close(self) -> None:
        """There is nothing to give up."""
