"""Random accelerators that are small enough to build."""

from __future__ import annotations

import numpy as np

from siammixer.arch.accelerator import ACCELERATORS, Accelerator
from siammixer.arch.named import open_accelerator
from siammixer.ir.described import is_file_name
from siammixer.ir.errors import InputError

# Which accelerators a run draws from, and how often: a random one costs a build of its own. The seeds give
# 16, 32 and 4 lanes.
POOL = {"tiny": 0.55, "random-5": 0.2, "random-7": 0.15, "random-11": 0.1}
_PREFIX = "random-"


def fuzz_accelerator(name: str) -> Accelerator:
    """The accelerator of that name or file, or for "random-SEED" one drawn with that seed;
    :class:`InputError` names what is known.
    """
    if name in ACCELERATORS or is_file_name(name):
        return open_accelerator(name)
    seed = name.removeprefix(_PREFIX)
    if not name.startswith(_PREFIX) or not (seed.isascii() and seed.isdecimal()):
        raise InputError(
            f"unknown accelerator {name!r}; known: {', '.join(ACCELERATORS)} and {_PREFIX}SEED such as "
            f"{_PREFIX}5"
        )
    return random_accelerator(int(seed))


def random_accelerator(seed: int) -> Accelerator:
    """An accelerator with valid sizes, few of them powers of two, whose memories hold small networks."""
    random = np.random.default_rng(seed)
    lanes = int(random.choice((4, 8, 16, 32)))

    def between(low: int, high: int) -> int:
        return int(random.integers(low, high + 1))

    return Accelerator(
        name=f"{_PREFIX}{seed}",
        lanes=lanes,
        map_words=between(4_000, 20_000) // lanes,
        weight_words=between(3_000, 6_000) // lanes,
        program_words=between(300, 900),
        constants=between(6, 63),
        line_width=between(19, 70),
        line_width_5=between(11, 30),
        pixel_width=between(31, 99),
        pixel_windows=between(4, 20),
        response_words=between(90, 400),
        accumulator_bits=between(22, 28),
    )
