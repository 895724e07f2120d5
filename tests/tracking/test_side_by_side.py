"""Work in several processes: its results, its errors, and its end."""

import os
from functools import partial

import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.side_by_side import side_by_side
from siammixer.tracking.threads import THREAD_COUNTS


def test_results_and_errors_by_their_keys(monkeypatch):
    """Each process computes with one thread; this one is as it was before."""
    for name in THREAD_COUNTS:
        monkeypatch.delenv(name, raising=False)
    work = {
        "power": partial(pow, 2, 5),
        "threads": partial(os.getenv, THREAD_COUNTS[0]),
        "bad": partial(int, "x"),
    }
    with side_by_side(work, 2) as ended:
        results = dict(ended)
    assert results.keys() == work.keys()
    assert (results["power"](), results["threads"]()) == (32, "1")
    with pytest.raises(ValueError, match="invalid literal"):
        results["bad"]()
    assert not any(name in os.environ for name in THREAD_COUNTS)


def test_a_process_that_is_ended_from_outside():
    with (
        pytest.raises(InputError, match="ended from outside"),
        side_by_side({"a": partial(os._exit, 9)}, 1) as ended,
    ):
        list(ended)
