"""Work in a thread of its own, so that whoever waits for it can be interrupted.

A library that waits for a camera or for the network runs no handler of a signal until it comes back. The main
thread, which waits here instead, does at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")

PATIENCE = 2.0
"""Seconds that a thread is waited for at the end. One that hangs longer ends with the process."""


def wait_for(function: Callable[[], Item]) -> Item:
    """Returns what a function returns, computed in another thread, or raises what it raises."""
    results: list[Item] = []
    errors: list[Exception] = []
    done = threading.Event()

    def run() -> None:
        try:
            results.append(function())
        except Exception as error:
            errors.append(error)
        finally:
            done.set()

    threading.Thread(target=run, daemon=True).start()
    done.wait()
    if errors:
        raise errors[0]
    return results[0]


class Ahead(Iterator[Item], Generic[Item]):
    """Takes items in another thread, one ahead of whoever iterates over this.

    Parameters
    ----------
    items
        They are taken, and the generator is closed, in that thread alone.
    newest
        Whether an item that was not asked for before the next one came is left out, as with a live camera;
        else the thread waits.

    Attributes
    ----------
    left_out
        How many items were left out so far.
    """

    def __init__(self, items: Generator[Item, None, None], *, newest: bool):
        self.left_out = 0
        self._items, self._newest = items, newest
        self._slot: list[Item] = []
        self._error: Exception | None = None
        self._ended = self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __next__(self) -> Item:
        with self._changed:
            while not self._slot and not self._ended:
                self._changed.wait()
            if self._slot:
                item = self._slot.pop()
                self._changed.notify_all()
                return item
        if self._error is not None:
            raise self._error
        raise StopIteration

    def close(self) -> bool:
        """Ends the thread; returns whether it has ended, so that what it used can be closed too."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(PATIENCE)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            for item in self._items:
                if not self._put(item):
                    break
            self._items.close()
        except Exception as error:
            self._error = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _put(self, item: Item) -> bool:
        """Whether anybody still wants items."""
        with self._changed:
            while self._slot and not self._newest and not self._closed:
                self._changed.wait()
            self.left_out += len(self._slot)
            self._slot = [item]
            self._changed.notify_all()
            return not self._closed
