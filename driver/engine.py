"""An accelerator as an engine: the tracker's crops on one core or several, as
:mod:`siammixer.tracking.engine` describes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from queue import SimpleQueue

import numpy as np

from siammixer.driver.compare import named_responses
from siammixer.driver.core import RunOutcome
from siammixer.driver.errors import ChecksumError
from siammixer.driver.session import Session
from siammixer.golden.accumulator import require, require_search
from siammixer.golden.network import run as run_golden
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.weights import Weights


class AcceleratorEngine:
    """A network on accelerators, each with a session of its own.

    Every core computes every template and keeps it; the search crops of a call go to whichever core is free.

    Parameters
    ----------
    network, weights
        What runs.
    sessions
        At least one; closed with the engine.

    Raises
    ------
    CoreError
        From the methods: see :meth:`siammixer.driver.session.Session.run`.
    """

    name = "accelerator"

    def __init__(self, network: Network, weights: Weights, sessions: Sequence[Session]):
        self.network, self._weights, self._sessions = network, weights, list(sessions)
        self.cycles: list[int] = []
        """Of each crop of the latest :meth:`responses`, from start to done."""
        self._template: np.ndarray | None = None  # the crop whose template the cores keep
        self._threads = ThreadPoolExecutor(len(self._sessions))

    def set_template(self, crop: np.ndarray) -> None:
        """Runs the template branch on a crop uint8 (template_side, template_side, 3) RGB on every core."""
        side = self.network.template_side
        require(crop, "template crop", np.uint8, (side, side, 3))
        self._template = None
        self._each(lambda session: session.run("template", crop), self._sessions)
        self._template = crop.copy()

    def responses(self, crops: np.ndarray) -> np.ndarray:
        """INT32 (n, r, r, c): responses to the kept template of search crops uint8 (n, search_side,
        search_side, 3) RGB.

        Raises
        ------
        InputError
            Where the crops are of another type or shape, or no template is kept.
        """
        require_search(self.network, crops, self._template is not None)
        free: SimpleQueue[Session] = SimpleQueue()
        for session in self._sessions:
            free.put(session)

        def search(crop: np.ndarray) -> RunOutcome:
            session = free.get()
            try:
                return session.run("search", crop)
            finally:
                free.put(session)

        outcomes = self._each(search, crops)
        self.cycles = [outcome.cycles for outcome in outcomes]
        program, (name,) = self._sessions[0].program["search"], self.network.outputs("search")
        found = [named_responses(program, outcome.response)[name] for outcome in outcomes]
        return np.array(found, np.int32).reshape(-1, *self.network.response_shape)

    def wrong_memory(self) -> list[str]:
        """The parts of the cores' weight memories that hold wrong bits, the template's too, in words; an
        empty list where all are right.

        Raises
        ------
        InputError
            Where no template is kept, or the checksum does not fit the accelerator.
        """
        if self._template is None:
            raise InputError("a template must be set before the memories are checked")
        template = run_golden(self.network, self._weights, self._template, "template")["template"]
        parts = self._each(lambda session: session.wrong_memory(template), self._sessions)
        return list(dict.fromkeys(part for found in parts for part in found))

    def require_intact(self) -> None:
        """:class:`ChecksumError` where :meth:`wrong_memory` finds wrong bits: in which parts."""
        if wrong := self.wrong_memory():
            name = self._sessions[0].core.name
            raise ChecksumError(f"{name}: the checksum finds wrong bits in {', '.join(wrong)}")

    def close(self) -> None:
        """Gives up the cores; the engine is not used afterwards."""
        for session in self._sessions:
            session.close()
        self._threads.shutdown()

    def _each(self, call: Callable, items: Iterable) -> list:
        """``call`` of every item, as many at a time as there are cores; all have ended when this returns or
        raises.
        """
        if len(self._sessions) == 1:
            return [call(item) for item in items]
        futures = [self._threads.submit(call, item) for item in items]
        wait(futures)
        return [future.result() for future in futures]
