"""Standard output and error of a command, which may be full, closed, or of few letters; and its ending."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from typing import Any

from siammixer.ir.interrupt import Interrupted

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGXCPU")
"""Ctrl-C, kill, a terminal that closes, Ctrl-\\, and a limit of computing time."""


class Stream:
    """A stream that goes silent where it cannot be written any more, so that the command goes on and writes
    its files; all else is as the stream ``of`` has it.

    Parameters
    ----------
    of
        A text stream.
    """

    def __init__(self, of: Any):
        self.of = of
        self.error: OSError | None = None
        if isinstance(of, io.TextIOWrapper):
            of.reconfigure(errors="replace")  # a name may have letters that the terminal has not

    def write(self, text: str) -> int:
        """Writes the text, or nothing any more."""
        if self.error is None:
            try:
                self.of.write(text)
            except OSError as error:
                self._silence(error)
        return len(text)

    def flush(self) -> None:
        """Flushes the stream, where it still can be written."""
        if self.error is None:
            try:
                self.of.flush()
            except OSError as error:
                self._silence(error)

    def _silence(self, error: OSError) -> None:
        self.error = error
        with suppress(
            OSError, ValueError
        ):  # else Python's own last flush would fail, with a status of its own
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.of.fileno())
            os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.of, name)


@contextmanager
def sheltered_streams() -> Iterator[Stream | None]:
    """Yields the block's standard output, None where it is closed; both streams of the block go silent where
    they cannot be written. Whoever opened the block asks :attr:`Stream.error` at its end.
    """
    out, errors = (None if stream is None else Stream(stream) for stream in (sys.stdout, sys.stderr))
    with redirect_stdout(out), redirect_stderr(errors):  # type: ignore[type-var]
        try:
            yield out
        finally:
            for stream in (out, errors):
                if stream is not None:
                    stream.flush()


@contextmanager
def ended_like_an_interrupt() -> Iterator[list[int]]:
    """:data:`SIGNALS` end the block alike, by KeyboardInterrupt: files half written are removed.
    Yields a list, which gets the number of each that came.

    What is ignored, as SIGHUP is under nohup, stays so; a process forked from this one ends as ever.
    """
    came: list[int] = []
    ours = os.getpid()

    def end(number: int, frame: object) -> None:
        if os.getpid() != ours:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        came.append(number)
        raise Interrupted(number)

    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (getattr(signal, name) for name in SIGNALS if hasattr(signal, name)):
            if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                before[number] = signal.signal(number, end)
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
