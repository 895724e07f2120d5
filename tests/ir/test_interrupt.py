"""Interrupts from the keyboard, from kill, and from a terminal that closes."""

import os
import signal
import threading
from itertools import count

import pytest

from siammixer.ir.interrupt import interruptible

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def handlers():
    before = [signal.getsignal(number) for number in SIGNALS]
    yield
    assert [signal.getsignal(number) for number in SIGNALS] == before


def send(number):
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_step_in_hand_is_finished(number):
    done = []
    with interruptible() as interrupted:
        assert not interrupted()
        for item in interrupted.until(count()):
            if item == 2:
                send(number)
            done.append(item)
        assert interrupted()
    assert done == [0, 1, 2]


def test_a_wait_ends_at_once():
    def items():
        yield 0
        send(signal.SIGTERM)
        raise AssertionError("too late")

    with interruptible() as interrupted:
        assert list(interrupted.until(items())) == [0] and interrupted()


@pytest.mark.parametrize("number", SIGNALS[:2])
def test_a_second_one_ends_the_block(number):
    with pytest.raises(KeyboardInterrupt), interruptible():
        send(number)
        send(number)


def test_a_closed_terminal_is_one_interrupt():
    """The kernel and the shell send SIGHUP both, and a session that ends SIGTERM too."""
    with interruptible() as interrupted:
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGHUP):
            send(number)
        assert interrupted()


def test_what_is_ignored_stays_so():
    """As SIGHUP is under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible() as interrupted:
            send(signal.SIGHUP)
            assert not interrupted()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_end_without_a_signal():
    with interruptible() as interrupted:
        items = interrupted.until(count())
        assert next(items) == 0
        interrupted.end()
        assert next(items, None) is None and not interrupted()


def test_in_another_thread():
    found = []

    def run():
        with interruptible() as interrupted:
            found.append(list(interrupted.until(iter([1, 2]))))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [[1, 2]]
