"""Reading ahead in a thread: every item, or the newest alone; errors and ends come through."""

import os
import signal
import threading
import time
from itertools import count

import pytest

from siammixer.tracking.ahead import Ahead, wait_for


def test_every_item_comes_in_order():
    ahead = Ahead((index for index in range(50)), newest=False)
    assert list(ahead) == list(range(50)) and ahead.left_out == 0 and ahead.close()


def test_the_newest_alone():
    """While nobody asks, items pass by; they are counted."""
    passed = threading.Event()

    def items():
        for index in range(6):
            if index == 5:
                passed.set()
            yield index

    ahead = Ahead(items(), newest=True)
    assert passed.wait(5)
    while ahead.left_out < 5:
        time.sleep(0.001)
    assert list(ahead) == [5] and ahead.left_out == 5


def test_an_error_comes_after_the_items_before_it():
    def items():
        yield 1
        raise ValueError("broken")

    ahead = Ahead(items(), newest=False)
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="broken"):
        next(ahead)


def test_closing_closes_the_items():
    closed = []

    def items():
        try:
            yield from count()
        finally:
            closed.append(threading.current_thread())

    ahead = Ahead(items(), newest=False)
    assert next(ahead) == 0 and ahead.close()
    assert closed and closed[0] is not threading.current_thread()


@pytest.mark.parametrize(
    "waiting", [lambda: wait_for(lambda: time.sleep(30)), lambda: next(Ahead(hanging(), newest=True))]
)
def test_a_signal_ends_the_wait(waiting):
    """A library that hangs would keep a handler from running."""
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        waiting()
    assert time.monotonic() - start < 10


def hanging():
    time.sleep(30)
    yield 0


def test_wait_for():
    assert wait_for(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        wait_for(lambda: 1 / 0)
