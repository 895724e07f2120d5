"""Teachers that track: other trackers' answers to learn from, computed by onnxruntime.

Any tracker with NanoTrack's interface (HonglinChu/SiamTrackers) or with FEAR's (PinataFarms/FEARTracker) can
teach. Crops are uint8 RGB in pixels of a 127-pixel exemplar; positions are (x, y) from a crop's middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.training.data.pairs import pixels

SIDE, EXEMPLAR = 255, 127
STRIDE = 16
"""Of both interfaces' cells, in pixels of their own searches."""


@dataclass(frozen=True, kw_only=True)
class TeacherAnswer:
    """A teacher's answer to one search.

    Attributes
    ----------
    logits
        float32 (r, r): at the cells of the network's dense response.
    box
        float64 (4,): dx, dy, width, height where the score is the highest, in pixels of the crop.
    certainty
        The highest score, 0 to 1.
    features
        float32 (c, f, f) at every second cell of the network's embedding, or None.
    """

    logits: np.ndarray
    box: np.ndarray
    certainty: float
    features: np.ndarray | None = None


class TrackerTeacher(Protocol):
    """A teacher answers where the target of a template is in a search, both ``side`` pixels square."""

    name: str
    side: int
    channels: int
    """Of its features; 0 where it gives none."""

    def template(self, crop: np.ndarray, at: np.ndarray, size: np.ndarray) -> object:
        """Returns what :meth:`answer` needs to know of a crop (side, side, 3) with a target of that place and
        size.
        """

    def answer(self, known: object, crop: np.ndarray, network: Network) -> TeacherAnswer:
        """Returns the answer to a search crop (side, side, 3), at the cells of a network."""


def open_tracker(folder: Path | str | None) -> TrackerTeacher | None:
    """Returns the teacher of a folder of ONNX files: ``*_backbone.onnx`` and ``*_head.onnx`` of NanoTrack's
    interface, or else ``*_template.onnx`` and ``*_search.onnx`` of FEAR's. None without a folder.

    Raises
    ------
    InputError
        Where the folder holds no such pair, or more than one of a kind, where a file is not of its interface,
        and where onnxruntime is not installed.
    """
    if folder is None:
        return None
    if not Path(folder).is_dir():
        raise InputError(f"{folder}: no such folder of teachers")
    for teacher, (first, second) in ((NanoTrack, ("backbone", "head")), (Fear, ("template", "search"))):
        found = sorted(Path(folder).glob(f"*_{first}.onnx"))
        if len(found) > 1:
            names = ", ".join(path.name for path in found)
            raise InputError(f"{folder}: must hold one tracker of an interface, not {names}")
        if found:
            return teacher(found[0], found[0].with_name(found[0].name.replace(first, second)))
    raise InputError(
        f"{folder}: must hold *_backbone.onnx and *_head.onnx of NanoTrack's interface, or "
        "*_template.onnx and *_search.onnx of FEAR's"
    )


class _Session:
    """One ONNX file in onnxruntime, on one thread.

    Parameters
    ----------
    inputs, outputs
        The names that it must have.
    """

    def __init__(self, path: Path, inputs: tuple[str, ...], outputs: tuple[str, ...]):
        try:
            import onnxruntime
        except ImportError:
            raise InputError(
                "a teacher that tracks needs onnxruntime: pip install siammixer[distill]"
            ) from None
        if not path.is_file():
            raise InputError(f"{path}: no such file, which the teacher needs")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(str(path), options)
        except Exception as error:  # onnxruntime has a class of its own for each cause
            raise InputError(f"{path}: not a readable ONNX network ({type(error).__name__})") from None
        for kind, wanted, found in (
            ("inputs", inputs, self._session.get_inputs()),
            ("outputs", outputs, self._session.get_outputs()),
        ):
            names = tuple(one.name for one in found)
            if sorted(names) != sorted(wanted):
                raise InputError(f"{path}: {kind} must be {', '.join(wanted)}, not {', '.join(names)}")
        self.path, self._inputs, self._outputs = path, inputs, list(outputs)

    def run(self, *values: np.ndarray) -> list[np.ndarray]:
        """Returns the outputs for the inputs, in the order of the names."""
        try:
            return self._session.run(self._outputs, dict(zip(self._inputs, values, strict=True)))
        except Exception as error:
            raise InputError(f"{self.path}: must take {[v.shape for v in values]} ({error})") from None


class NanoTrack(TrackerTeacher):
    """A tracker of NanoTrack's interface: 127-pixel templates, 255-pixel searches, BGR 0..255."""

    side = SIDE

    def __init__(self, backbone: Path, head: Path):
        self.name = backbone.name.removesuffix("_backbone.onnx")
        self._backbone = _Session(backbone, ("input",), ("output",))
        self._head = _Session(head, ("input1", "input2"), ("output1", "output2"))
        blank = np.zeros((SIDE, SIDE, 3), np.uint8)
        features = self._features(blank)
        self.channels = features.shape[1]
        scores, sides = self._head.run(self.template(blank, np.zeros(2), np.ones(2)), features)
        cells = scores.shape[-1]
        if scores.shape != (1, 2, cells, cells) or sides.shape != (1, 4, cells, cells):
            raise InputError(
                f"{head}: output1 and output2 must be (1, 2, r, r) and (1, 4, r, r), not {scores.shape} and "
                f"{sides.shape}"
            )

    def template(self, crop: np.ndarray, at: np.ndarray, size: np.ndarray) -> np.ndarray:
        """Returns the features of the exemplar, the crop's middle."""
        edge = (SIDE - EXEMPLAR) // 2
        return self._features(crop[edge : edge + EXEMPLAR, edge : edge + EXEMPLAR])

    def answer(self, known: np.ndarray, crop: np.ndarray, network: Network) -> TeacherAnswer:
        features = self._features(crop)
        scores, sides = self._head.run(known, features)
        logits, cells = scores[0, 1] - scores[0, 0], scores.shape[-1]
        (row, column), box = _peak(logits, sides[0])
        box[:2] += (np.array([column, row]) - (cells - 1) / 2) * STRIDE
        # The response's cells lie around the middle; the features' first cell lies at the first pixel.
        response, embedding = response_points(network), embedding_points(network)
        places = (response / STRIDE + (cells - 1) / 2, (embedding + (SIDE - 1) / 2) / STRIDE)
        return TeacherAnswer(
            logits=resampled(logits[None], places[0], places[0])[0],
            box=box,
            certainty=_logistic(float(logits[row, column])),
            features=resampled(features[0], places[1], places[1]),
        )

    def _features(self, crop: np.ndarray) -> np.ndarray:
        image = np.ascontiguousarray(crop[:, :, ::-1].transpose(2, 0, 1)[None], dtype=np.float32)
        return self._backbone.run(image)[0]


class Fear(TrackerTeacher):
    """A tracker of FEAR's interface: its crops are stretched so that the target is square, RGB less
    ImageNet's means.
    """

    side, channels = SIDE, 0
    means = np.array([123.675, 116.28, 103.53], np.float32)
    template_side, search_side = 128, 256
    template_widths, search_widths = 1.4, 5.0
    """Widths of the target that its crops are wide."""

    def __init__(self, template: Path, search: Path):
        self.name = template.name.removesuffix("_template.onnx")
        self._template = _Session(template, ("image",), ("features",))
        self._search = _Session(search, ("image", "template"), ("cls", "bbox"))

    def template(self, crop: np.ndarray, at: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns the features, and the size, which says how searches are stretched."""
        image = self._cut(crop, at, size * self.template_widths / self.template_side, self.template_side)
        return self._template.run(image)[0], size

    def answer(
        self, known: tuple[np.ndarray, np.ndarray], crop: np.ndarray, network: Network
    ) -> TeacherAnswer:
        features, size = known
        pixel = size * self.search_widths / self.search_side
        image = self._cut(crop, np.zeros(2), pixel, self.search_side)
        scores, sides = self._search.run(image, features)
        logits, middle = scores[0, 0], scores.shape[-1] / 2
        (row, column), box = _peak(logits, sides[0])
        box[:2] += (np.array([column, row]) - middle) * STRIDE
        columns, rows = (response_points(network) / length / STRIDE + middle for length in pixel)
        return TeacherAnswer(
            logits=resampled(logits[None], rows, columns)[0],
            box=box * np.tile(pixel, 2),
            certainty=_logistic(float(logits[row, column])),
        )

    def _cut(self, crop: np.ndarray, at: np.ndarray, pixel: np.ndarray, side: int) -> np.ndarray:
        """Returns float32 (1, 3, side, side) around ``at``; one of its pixels is ``pixel`` (2,) of the
        crop's.
        """
        offset = (SIDE - 1) / 2 + at - pixel * (side / 2)
        image = cv2.warpAffine(
            crop,
            np.column_stack([np.diag(pixel), offset]),
            (side, side),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=cv2.mean(crop)[:3],
        )
        return np.ascontiguousarray((image - self.means).transpose(2, 0, 1)[None], dtype=np.float32)


def response_points(network: Network) -> np.ndarray:
    """Returns where the cells of the dense response lie along one side, from the middle."""
    return _points(network, network.correlation.out_shape[0], 1)


def embedding_points(network: Network) -> np.ndarray:
    """Returns where every second cell of the embedding lies along one side, from the middle."""
    return _points(network, network.tensors()[network.embedding][0], 2)


def _points(network: Network, cells: int, every: int) -> np.ndarray:
    stride = network.stride / pixels(network, 1.0)
    return ((np.arange(cells) - (cells - 1) / 2) * stride)[::every]


def resampled(maps: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Returns maps (c, h, w) interpolated at fractional cells: float32 (c, len(rows), len(columns)). Beyond
    the last cell, its value goes on.
    """
    along, across = (
        _interpolation(places, count) for places, count in ((rows, maps.shape[1]), (columns, maps.shape[2]))
    )
    return np.einsum("rh,chw,sw->crs", along, maps, across, optimize=True).astype(np.float32)


def _interpolation(places: np.ndarray, count: int) -> np.ndarray:
    """Returns the matrix (len(places), count) that interpolates between neighbours."""
    distance = np.abs(np.clip(places, 0, count - 1)[:, None] - np.arange(count))
    return (1 - distance).clip(0)


def _peak(logits: np.ndarray, sides: np.ndarray) -> tuple[tuple[int, int], np.ndarray]:
    """Returns the cell (row, column) of the highest score, and its box from the cell's middle, as (dx, dy,
    width, height).
    """
    row, column = (int(value) for value in np.unravel_index(int(logits.argmax()), logits.shape))
    left, top, right, bottom = (float(value) for value in sides[:, row, column])
    return (row, column), np.array([(right - left) / 2, (bottom - top) / 2, left + right, top + bottom])


def _logistic(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))
