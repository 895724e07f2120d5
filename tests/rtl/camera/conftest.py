"""A camera of small frames and crops, and video as a block takes it."""

from collections.abc import Callable

import numpy as np
import pytest

from siammixer.arch.camera import Camera, Strips


@pytest.fixture(scope="session")
def camera() -> Camera:
    return Camera(frame_width=13, frame_height=11, side=9, exemplar_side=5, source_rows=4, crop_rows=4)


@pytest.fixture(scope="session")
def strips() -> Strips:
    """Strips that share two rows, the last one three."""
    return Strips(columns=9, rows=4, advance=2, last_top=5)


@pytest.fixture(scope="session")
def colours() -> Callable[[np.ndarray], list[dict[str, int]]]:
    """Pixels uint8 (..., 3) as payloads."""
    return lambda pixels: [
        dict(zip(("red", "green", "blue"), pixel, strict=True)) for pixel in pixels.reshape(-1, 3).tolist()
    ]


@pytest.fixture(scope="session")
def video(colours) -> Callable[[np.ndarray], list[dict[str, int]]]:
    """A frame uint8 (height, width, 3) as payloads of a video stream."""

    def marked(frame: np.ndarray) -> list[dict[str, int]]:
        width = frame.shape[1]
        return [
            {**pixel, "first": int(number == 0), "last": int(number % width == width - 1)}
            for number, pixel in enumerate(colours(frame))
        ]

    return marked


@pytest.fixture(scope="session")
def settled() -> Callable:
    """Sets ports and passes a cycle, after which pulses among them are low again."""

    async def set_ports(ctx, block, pulse: str, **values) -> None:
        for name, value in values.items():
            ctx.set(getattr(block, name), value)
        ctx.set(getattr(block, pulse), 1)
        await ctx.tick()
        ctx.set(getattr(block, pulse), 0)

    return set_ports
