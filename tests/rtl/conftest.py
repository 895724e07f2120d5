"""Helpers of the tests of blocks without streams: a value per cycle in, a value per cycle out; words of
INT8.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest
from amaranth.hdl import Cat
from amaranth.lib.wiring import Component

from siammixer.arch.accelerator import Accelerator
from siammixer.sim.block import simulate


def _clocked(
    component: Component, inputs: Mapping[str, Sequence], outputs: Sequence[str], cycles: int
) -> dict[str, list]:
    """The outputs' values in each of the cycles; each input has a value per cycle and then keeps its last
    one.

    Outputs are as a register would take them at the end of the cycle; an array is one word. Cycle 0 is the
    first.
    """
    seen: dict[str, list] = {name: [] for name in outputs}
    ports = [
        Cat(port) if isinstance(port, list) else port
        for port in (getattr(component, name) for name in outputs)
    ]

    async def bench(ctx) -> None:
        for cycle in range(cycles):
            for name, values in inputs.items():
                if cycle < len(values):
                    value = values[cycle]
                    ctx.set(getattr(component, name), int(value) if isinstance(value, np.generic) else value)
            _, _, *values = await ctx.tick().sample(*ports)
            for name, value in zip(outputs, values, strict=True):
                seen[name].append(value)

    simulate(component, [bench], watchdog=cycles + 1)
    return seen


@pytest.fixture(scope="session")
def clocked() -> Callable[..., dict[str, list]]:
    return _clocked


@pytest.fixture(scope="session")
def word() -> Callable[[np.ndarray], int]:
    """INT8 elements as one word, the first in the lowest byte."""
    return lambda elements: int.from_bytes(np.asarray(elements, np.int8).tobytes(), "little")


@pytest.fixture(scope="session")
def skewed(word) -> Callable[[np.ndarray], list[int]]:
    """INT8 (words, bytes) as the words of as many cycles and as many more as there are bytes: byte n of each
    comes n cycles late.
    """

    def staircase(elements: np.ndarray) -> list[int]:
        count, width = elements.shape
        late = np.zeros((count + width, width), np.int8)
        for index in range(width):
            late[index : index + count, index] = elements[:, index]
        return list(map(word, late))

    return staircase


@pytest.fixture(scope="session")
def aligned(elements) -> Callable[[Sequence[int], int], np.ndarray]:
    """Words of so many bytes, byte n of which comes n cycles late, as INT8 (words, bytes): of those that are
    complete.
    """

    def straight(words: Sequence[int], count: int) -> np.ndarray:
        late = elements(words, count)
        return np.stack([late[index : len(words) - count + index + 1, index] for index in range(count)], 1)

    return straight


@pytest.fixture(scope="session")
def elements() -> Callable[[Sequence[int], int], np.ndarray]:
    """Words of so many bytes as INT8 (words, bytes)."""
    return lambda words, count: np.frombuffer(
        b"".join(value.to_bytes(count, "little") for value in words), np.int8
    ).reshape(-1, count)


@pytest.fixture(scope="session")
def small() -> Accelerator:
    """As small as the catalogue's rules allow."""
    return Accelerator(
        name="small",
        lanes=4,
        map_words=64,
        weight_words=16,
        program_words=36,
        constants=4,
        line_width=8,
        line_width_5=8,
        pixel_width=8,
        pixel_windows=4,
        response_words=16,
    )
