"""A file of feature maps of crops, keyed by the crops' content; what is there survives an interruption."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from siammixer.ir.errors import InputError
from siammixer.ir.files import naming

KEY_BYTES = 16
Shape = tuple[int, ...]


class FeatureCache:
    """Records of float16 maps in ``<path>.f16``, one a crop, and their keys in ``<path>.keys``; a record
    counts once its key is written.

    Smaller maps than ``shapes`` lie in their record's first rows and columns, the rest is zero. The
    teacher's name and the shapes must be in ``path``: it is what tells caches apart.

    Parameters
    ----------
    path
        Without suffix; its folder is made.
    shapes
        (channels, side, side) of the maps of the largest crop.

    Raises
    ------
    InputError
        Where the folder cannot be written to.
    """

    def __init__(self, path: Path, shapes: list[Shape]):
        self.shapes, self.sizes = shapes, [int(np.prod(shape)) for shape in shapes]
        self.values, self.keys = path.with_name(path.name + ".f16"), path.with_name(path.name + ".keys")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            for file in (self.values, self.keys):
                file.touch()
        except OSError as error:
            raise InputError(f"{path.parent}: cannot be written ({error.strerror})") from None
        written = self.keys.read_bytes()
        count = min(len(written) // KEY_BYTES, self.values.stat().st_size // self.record_bytes)
        self.rows = {written[row * KEY_BYTES : (row + 1) * KEY_BYTES]: row for row in range(count)}
        self._mapped: np.ndarray | None = None

    @property
    def record_bytes(self) -> int:
        """Bytes of one image's maps, float16, in the file of the values."""
        return 2 * sum(self.sizes)

    @staticmethod
    def key(data: bytes) -> bytes:
        """Key of an image: the first bytes of the SHA-256 of its file."""
        return hashlib.sha256(data).digest()[:KEY_BYTES]

    def __contains__(self, key: bytes) -> bool:
        return key in self.rows

    def __len__(self) -> int:
        return len(self.rows)

    def row(self, data: bytes) -> int:
        """Returns the record of a crop's bytes."""
        return self.rows[self.key(data)]

    def append(self, data: bytes, maps: list[np.ndarray] | None) -> None:
        """Adds a crop's maps (channels, side, side); None, of a crop that cannot be decoded, are zeros."""
        record = [np.zeros(shape, np.float16) for shape in self.shapes]
        for place, values in zip(record, maps or [], strict=maps is not None):
            if any(side > room for side, room in zip(values.shape, place.shape, strict=True)):
                raise InputError(f"{self.values}: maps must be at most {place.shape}, not {values.shape}")
            place[tuple(map(slice, values.shape))] = values
        row = len(self.rows)
        for file, size, content in (
            (self.values, self.record_bytes, b"".join(part.tobytes() for part in record)),
            (self.keys, KEY_BYTES, self.key(data)),
        ):
            with naming(file), open(file, "r+b") as stream:
                # An interrupted run may have left part of a record behind.
                stream.seek(row * size)
                stream.write(content)
                stream.truncate()
        self.rows[self.key(data)] = row
        self._mapped = None

    def maps(self, row: int) -> list[np.ndarray]:
        """Returns the float32 maps of a record."""
        if self._mapped is None:
            self._mapped = np.memmap(self.values, np.float16, "r", shape=(len(self.rows), sum(self.sizes)))
        parts = np.split(self._mapped[row].astype(np.float32), np.cumsum(self.sizes)[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def __getstate__(self) -> dict:
        """Leaves out the mapped file: a process that loads samples maps it itself."""
        return self.__dict__ | {"_mapped": None}
