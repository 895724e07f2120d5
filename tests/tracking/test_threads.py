"""One thread a process, unless the user says otherwise."""

import os
import subprocess
import sys

import pytest

from siammixer.tracking.threads import THREAD_COUNTS, one_thread

# Tracks two frames as the command does, then asks the OpenBLAS that NumPy has loaded for its threads.
PROGRAM = """
import ctypes, re
from siammixer.cli.main import main
assert main(["track", "--network", "tiny", "--frames", "2"]) == 0
(path,) = set(re.findall(r"/\\S*scipy_openblas\\S*", open("/proc/self/maps").read()))
print(ctypes.CDLL(path).scipy_openblas_get_num_threads64_())
"""


def threads_of_track(**variables):
    """The threads of the matrix products of ``siammixer track`` in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in THREAD_COUNTS}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout.split()[-1])


def test_track_computes_with_one_thread():
    assert threads_of_track() == 1


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core: OpenBLAS takes no second thread")
def test_track_computes_with_the_threads_that_the_user_set():
    assert threads_of_track(OMP_NUM_THREADS="2") == 2


@pytest.mark.parametrize("named", [*THREAD_COUNTS, None])
def test_what_the_user_set_wins(named):
    environment = {} if named is None else {named: "3"}
    one_thread(environment)
    assert environment == (dict.fromkeys(THREAD_COUNTS, "1") if named is None else {named: "3"})


def test_an_empty_variable_is_none():
    environment = {"OMP_NUM_THREADS": ""}
    one_thread(environment)
    assert environment == dict.fromkeys(THREAD_COUNTS, "1")
