"""An interrupt that waits for the step in hand: Ctrl-C, SIGTERM (kill) and SIGHUP (the terminal closed)."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
"""The signals that are one and the same interrupt, where the system has them."""


class Interrupted(KeyboardInterrupt):
    """A signal raises it; its argument is the signal's number.

    It is a kind of its own, because Python ends by SIGINT at last where a plain KeyboardInterrupt has gone
    through code in a string, as dataclasses are made of, whoever caught it then.
    """


class Interruption:
    """Knows whether an interrupt has come. Calling it answers that.

    Attributes
    ----------
    number
        The signal that came last.
    """

    def __init__(self) -> None:
        self._came: set[int] = set()
        self.number = int(signal.SIGINT)
        self._waiting = self._ended = False

    def __call__(self) -> bool:
        return bool(self._came)

    def end(self) -> None:
        """Ends :meth:`until` before its next item, without a signal."""
        self._ended = True

    def until(self, items: Iterator[Item]) -> Iterator[Item]:
        """Yields the items until an interrupt comes; it ends a wait for the next one at once."""
        while not (self._came or self._ended):
            try:
                self._waiting = True
                item = next(items)
            except (StopIteration, KeyboardInterrupt):
                return
            finally:
                self._waiting = False
            yield item

    def _remember(self, number: int, frame: object) -> None:
        again = number in self._came
        self._came.add(number)
        self.number = number
        # A terminal that closes and its shell both send SIGHUP: it means no more when it is repeated.
        if self._waiting or (again and number != getattr(signal, "SIGHUP", None)):
            raise Interrupted(number)


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Yields what knows whether one of :data:`SIGNALS` has come; one that comes a second time ends the block
    at once, by :class:`Interrupted`.

    What is ignored, as SIGHUP is under nohup, stays so. Outside the main thread no signal arrives.
    """
    interruption = Interruption()
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (getattr(signal, name) for name in SIGNALS if hasattr(signal, name)):
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, interruption._remember)
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
