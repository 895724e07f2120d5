"""The interface of everything that runs the accelerator: a core that executes one run after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from siammixer.arch.interface import RESPONSE_ADDRESS_BITS, WRITE_FIELDS
from siammixer.driver.words import WRITE, no_words
from siammixer.ir.errors import InputError

_MOST_CELLS = 1 << RESPONSE_ADDRESS_BITS
_WRITE_BITS = dict(WRITE_FIELDS)


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
    stall
        Simulations only: probability that a cycle offers no word on the write and pixel streams, at least 0
        and below 1.
    seed
        Simulations only: of the stalls, and of the noise on payloads that are not offered.
    watchdog_cycles
        Limit of the loading and of the execution, each.
    """

    writes: np.ndarray = field(default_factory=no_words)
    pixels: np.ndarray
    response_words: int
    stall: float = 0.0
    seed: int = 0
    watchdog_cycles: int = 20_000_000

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
        for name in ("target", "address"):
            bits = _WRITE_BITS[name]
            if self.writes.size and self.writes[name].max() >= 1 << bits:
                raise InputError(
                    f"writes must have values below 2**{bits} as {name}, not {self.writes[name].max()}"
                )


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


class Core(Protocol):
    """An accelerator that executes runs, one at a time, and keeps its memories between them: a simulator that
    stays, or a board.

    Simulators that take a whole list of runs and forget everything after it, such as
    :func:`siammixer.sim.run.simulate`, are no cores: a :class:`siammixer.driver.planner.Planner` makes their
    list.
    """

    @property
    def name(self) -> str:
        """How messages call it."""
        ...

    def execute(self, run: CoreRun) -> RunOutcome:
        """Loads the run's words, starts, sends the pixels, waits for the end and reads the response.

        Raises
        ------
        CoreError
            Where the run does not finish. One that ends with an error code does finish.
        """
        ...

    def reset(self) -> None:
        """Ends whatever is going on; what the memories hold is then unknown."""
        ...

    def close(self) -> None:
        """Gives up the core, also in the middle of a run; it is not used afterwards."""
        ...
