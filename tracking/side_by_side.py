"""Work in processes side by side, each with one thread, that end with the one that started them."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import cv2

from siammixer.ir.errors import InputError
from siammixer.tracking.threads import THREAD_COUNTS, one_thread

GROUP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

Key = TypeVar("Key")
Result = TypeVar("Result")


@contextmanager
def side_by_side(
    work: Mapping[Key, Callable[[], Result]], jobs: int
) -> Iterator[Iterator[tuple[Key, Callable[[], Result]]]]:
    """Yields the work as it ends, with what returns its result or raises its error.

    A signal that the keyboard, a terminal or ``timeout`` sends to all processes reaches this one alone.
    Where the block ends in an error, nobody waits: work under way is ended with its process.

    Parameters
    ----------
    work
        What is called, begun in this order; picklable.
    jobs
        How many processes work.

    Raises
    ------
    InputError
        From a result, where a process was ended from outside.
    """
    before = set(multiprocessing.active_children())
    with ExitStack() as stack:
        stack.enter_context(_single_threaded())
        # Also around the pool, which starts a process that keeps count of what they share.
        with _interrupts_later():
            context = multiprocessing.get_context("spawn")
            pool = stack.enter_context(ProcessPoolExecutor(jobs, context, _quiet_threads))
        with _interrupts_later():
            tasks = {pool.submit(call): key for key, call in work.items()}
        try:
            yield ((tasks[task], _result_of(task)) for task in as_completed(tasks))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in set(multiprocessing.active_children()) - before:
                process.kill()  # what else ends a process reaches it no more
            raise


def _result_of(task: Future[Result]) -> Callable[[], Result]:
    if isinstance(task.exception(), BrokenProcessPool):
        raise InputError(
            "a process that worked was ended from outside, perhaps for want of memory; fewer jobs take less"
        )
    return task.result


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """A signal to the whole group reaches every process; those started inside never see it, and this one does
    after the block.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, GROUP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _single_threaded() -> Iterator[None]:
    """Processes started inside compute with one thread each, where the user has not said otherwise: more
    would fight for the cores.
    """
    before = {name: os.environ.get(name) for name in THREAD_COUNTS}
    one_thread()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _quiet_threads() -> None:
    cv2.setNumThreads(1)
