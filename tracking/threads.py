"""One thread a process: the tracker's products are small, and threads that wait for each other cost more.

On two busy cores OpenBLAS's threads wait for each other at every product, and a search pass then takes
several times as long. Light: it loads nothing, because the libraries read the environment when they load.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping

THREAD_COUNTS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Environment variables by which the user says how many threads a process takes; the libraries read them."""


def one_thread(environment: MutableMapping[str, str] = os.environ) -> None:
    """Has libraries that are loaded from now on compute with one thread, here and in processes started
    here.

    Where the user set one of :data:`THREAD_COUNTS`, nothing changes.
    """
    if not any(environment.get(name) for name in THREAD_COUNTS):
        environment.update(dict.fromkeys(THREAD_COUNTS, "1"))
