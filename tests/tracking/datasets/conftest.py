"""Trees of small data sets. A frame's grey is its number, so that a test sees which frame it got."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.datasets import open_dataset


@pytest.fixture
def frames():
    """frames(folder, numbers, name="{:04d}.jpg"): writes 16 x 12 images of those numbers."""

    def write(folder: Path, numbers, name: str = "{:04d}.jpg") -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for number in numbers:
            encoded = cv2.imencode(
                ".jpg", np.full((12, 16, 3), number % 256, np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 100]
            )[1]
            (folder / name.format(number)).write_bytes(encoded.tobytes())
        return folder

    return write


@pytest.fixture
def text():
    """text(path, *lines): writes a text file."""

    def write(path: Path, *lines) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    return write


@pytest.fixture
def numbers():
    """numbers(sequence): of its frames, modulo 256, read back from the decoded images."""
    return lambda sequence: [int(sequence.image(index)[0, 0, 0]) for index in range(len(sequence))]


@pytest.fixture
def refused():
    """refused(message, kind, root, split=None): open_dataset says so."""

    def check(message: str, *arguments) -> None:
        with pytest.raises(InputError, match=message):
            open_dataset(*arguments)

    return check
