"""Processes that prepare samples: signals to the whole group pass them by, and only the parent ends them.

``timeout``, a terminal and batch systems send a signal to every process of a command. A worker that ended by
it would end the training with an error, before the checkpoint that the signal asks for is written.
"""

from __future__ import annotations

import signal
from multiprocessing.context import ForkContext, ForkProcess
from multiprocessing.popen_fork import Popen
from multiprocessing.process import BaseProcess

IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class _Process(Popen):
    """A process that is ended by what it cannot ignore."""

    def _launch(self, process_obj: BaseProcess) -> None:
        # Blocked before it begins, so that there is no moment at which it could be hit; it runs to its end in
        # here.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, IGNORED)
        try:
            super()._launch(process_obj)  # type: ignore[misc]
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def terminate(self) -> None:
        self.kill()


class _Worker(ForkProcess):
    @staticmethod
    def _Popen(process_obj: _Worker) -> _Process:  # noqa: N802 - multiprocessing's own name
        return _Process(process_obj)


class WorkerContext(ForkContext):
    """How multiprocessing starts workers, and ends those that do not end when they are told to."""

    Process = _Worker  # type: ignore[assignment]
