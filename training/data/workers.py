"""Processes that prepare samples: signals to the whole group pass them by, and only the parent ends them.

``timeout``, a terminal and batch systems send a signal to every process of a command. A worker that ended by it
would end the training with an error, before the checkpoint that the signal asks for is written.
"""

from __future__ import annotations

import signal
from multiprocessing.context import ForkContext, ForkProcess
from multiprocessing.popen_fork import Popen

IGNORED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")


def ignore_signals(worker: int) -> None:
    """Has a worker, the process that calls this, ignore what is meant for its parent."""
    for name in IGNORED:
        signal.signal(getattr(signal, name), signal.SIG_IGN)


class _Killed(Popen):
    """A process that is ended by what it cannot ignore."""

    def terminate(self) -> None:
        self.kill()


class _Worker(ForkProcess):
    @staticmethod
    def _Popen(process_obj: _Worker) -> _Killed:  # multiprocessing's own name
        return _Killed(process_obj)


class WorkerContext(ForkContext):
    """How multiprocessing starts workers, and ends those that do not end when they are told to."""

    Process = _Worker  # type: ignore[assignment]
