"""The tracker: one implementation in integers, whatever engine computes the network.

Each frame takes one search pass, after SiamFC (Bertinetto et al., "Fully-Convolutional Siamese Networks for
Object Tracking", ECCV 2016 workshops): the template of the first frame is searched for around the last box.
Each cell of the response gives a score and a box (siammixer.ir.box_map). The score, damped far from the
last place, chooses the cell; the cell and its neighbours vote for the centre and the size.

Every step is in integers that hardware can follow (siammixer.tracking.fixed, siammixer.tracking.crop;
docs/numerics.md), so engines that give equal responses give equal boxes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from siammixer.ir import box_map
from siammixer.ir.errors import InputError
from siammixer.tracking import fixed
from siammixer.tracking.box import Box
from siammixer.tracking.crop import (
    CENTRE_BITS,
    STEP_BITS,
    Window,
    crop,
    mean_colour,
    search_window,
    template_window,
)
from siammixer.tracking.engine import Engine

SHARE_BITS = 8
"""Settings count in 1/256."""
_CELL_BITS = 8
_OCTAVE = 1 << fixed.LOG_BITS
VIEWS = tuple(
    (size * _OCTAVE // 100, round(2560 * np.cos(turn)), round(2560 * np.sin(turn)))
    for size, turn in zip((-36, -17, 0, 17, 36, -26, 9, 26), 2.4 * np.arange(8), strict=True)
)
"""Windows around the first box whose sizes are compared with the true one: logarithm of the window's size
over the box's, in 1/65536 octave, and the offset right and down in 1/256 crop pixel."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the tracker reads the responses; the defaults were chosen on validation video (docs/tracking.md).

    The tracker takes all of them in 1/256.

    Parameters
    ----------
    window
        Weight of the raised cosine that damps far places, 0 to 1.
    size_gain
        Factor on the logarithms of the sizes that the network sees, 0 to 4: it sees too small changes.
    size_rate, aspect_rate
        Share of a sure change of size, and of the ratio of width to height, that is taken over a frame.
    size_range
        How much smaller and larger than in the first frame the target may become, 1 to 16.
    lost_below
        Confidence under which a frame counts as lost, 0 to 1.
    patience
        Frames in a row that must be lost before the tracker looks beside the last place too.
    found_above
        Confidence that a place beside the last one must have, twice, before the tracker goes there.
    """

    window: float = 0.35
    size_gain: float = 1.4
    size_rate: float = 0.1
    aspect_rate: float = 0.03
    size_range: float = 5.0
    lost_below: float = 0.15
    patience: int = 3
    found_above: float = 0.8

    def __post_init__(self) -> None:
        highest = {"size_gain": 4, "size_range": 16, "patience": 1000}
        for name, value in vars(self).items():
            low, high = int(name == "size_range"), highest.get(name, 1)
            if not low <= value <= high:
                raise InputError(f"{name} must lie in {low}..{high}, not {value}")


@dataclass(frozen=True, kw_only=True)
class State:
    """A state holds what one frame gave.

    Parameters
    ----------
    box
        The target's, in image pixels.
    confidence
        Probability that the target is where the box is; 0 to 1.
    lost
        Whether the tracker believes that it has lost the target.
    response
        INT32 (r, r): the scores of the search crop.
    window
        The search crop that the response belongs to.
    passes
        Search passes that the frame took.
    """

    box: Box
    confidence: float
    lost: bool
    response: np.ndarray
    window: Window
    passes: int = 1


class _Target(NamedTuple):
    """A target in integers: its centre in 1/256 pixel, and the logarithms of its width and height over the
    first frame's in 1/65536 octave.
    """

    x: int
    y: int
    width: int = 0
    height: int = 0


class _Found(NamedTuple):
    """The target found in one search crop, its probability in 1/2**15, and the scores."""

    target: _Target
    probability: int
    scores: np.ndarray


class Tracker:
    """Follows one target: ``init`` with its box in the first frame, ``update`` with every later one.

    Parameters
    ----------
    engine
        Computes templates and responses; one tracker at a time may use it.

    Raises
    ------
    InputError
        The engine's network has no box head.
    """

    def __init__(self, engine: Engine, settings: Settings | None = None):
        self.engine, self.settings = engine, settings or Settings()
        network = engine.network
        if network.response_shape[2] != box_map.BOX_CHANNELS:
            raise InputError(
                f"network {network.name} has no box head: a tracker needs a response of "
                f"{box_map.BOX_CHANNELS} channels, not {network.response_shape[2]}"
            )
        self._middle = (network.response_side - 1) // 2
        self._cosine = fixed.cosine(network.response_side) * _share(self.settings.window)
        self._target: _Target | None = None

    def init(self, image: np.ndarray, box: Box) -> None:
        """Starts with the target's box in an image uint8 (h, w, 3) RGB.

        Raises
        ------
        InputError
            Where the image is none or the box cannot be tracked in it.
        """
        _check(image)
        box = Box(*map(float, box)).check(image.shape[1], image.shape[0])
        window = search_window(box, self.engine.network)
        self._fill = mean_colour(image)
        self.engine.set_template(crop(image, template_window(box, self.engine.network), self._fill))
        self._first = tuple(max(1, round(value * 2**CENTRE_BITS)) for value in (box.width, box.height))
        self._first_step = fixed.logarithm(window.step)
        self._bias = self._own_errors(image, window)
        self._target = _Target(window.x, window.y)
        self._lost = 0  # frames in a row
        self._candidate: _Target | None = None

    def update(self, image: np.ndarray) -> State:
        """Finds the target in the next image uint8 (h, w, 3) RGB, of any size.

        The colour around an image is the mean of the frame before: it is known before the frame ends.
        """
        if self._target is None:
            raise InputError("init must be called before update")
        _check(image)
        settings, home = self.settings, self._target
        lost = self._lost > settings.patience
        candidate, self._candidate = self._candidate, None
        if candidate is not None:
            found = self._look(image, candidate, window := self._window(candidate))
            if _above(found.probability, settings.found_above):
                self._target, self._lost, lost = found.target, 0, False
        elif lost and (self._lost - settings.patience) % 2 == 0:
            self._lost += 1
            found = self._look(image, home, window := self._beside(home))
            self._candidate = found.target if _above(found.probability, settings.found_above) else None
        else:
            found = self._look(image, home, window := self._window(home), near=True)
            self._target = found.target
            self._lost = 0 if _above(found.probability, settings.lost_below) else self._lost + 1
        self._fill = mean_colour(image)
        confidence = found.probability / 2**fixed.PROBABILITY_BITS
        return State(
            box=self._box(self._target),
            confidence=min(confidence, settings.lost_below) if lost else confidence,
            lost=lost,
            response=found.scores,
            window=window,
        )

    def _box(self, target: _Target) -> Box:
        """The target's box in image pixels; every coordinate is a multiple of 1/512."""
        sizes = zip(self._first, target[2:], strict=True)
        width, height = (max(1, fixed.scaled(first, log)) / 2**CENTRE_BITS for first, log in sizes)
        return Box(0, 0, width, height).moved_to(target.x / 2**CENTRE_BITS, target.y / 2**CENTRE_BITS)

    def _window(self, target: _Target) -> Window:
        return search_window(self._box(target), self.engine.network)

    def _beside(self, home: _Target) -> Window:
        """The window to the left, to the right, above and below of the last one in turn."""
        window, side = self._window(home), self.engine.network.response_side - 1
        reach = self.engine.network.stride * side * window.step >> (STEP_BITS - CENTRE_BITS)
        turn = (self._lost - self.settings.patience) // 2 % 4
        dx, dy = ((-1, 0), (1, 0), (0, -1), (0, 1))[turn]
        return replace(window, x=window.x + dx * reach, y=window.y + dy * reach)

    def _look(self, image: np.ndarray, last: _Target, window: Window, near: bool = False) -> _Found:
        """The target found in a window. ``near`` damps places far from the window's middle."""
        response = self.engine.responses(crop(image, window, self._fill)[None])[0]
        scores = response[..., box_map.SCORE]
        chances = fixed.probability(scores)
        judged = chances
        if near:
            judged = chances * ((1 << SHARE_BITS) - _share(self.settings.window)) + self._cosine
        row, column = map(int, np.unravel_index(int(judged.argmax()), judged.shape))
        x, y, *seen = _voted(response, chances, row, column)
        certainty, change = int(chances[row, column]), self._change(seen, last, window)
        moves = (
            fixed.shifted(
                ((place - self._middle << _CELL_BITS) + cells) * self.engine.network.stride * window.step,
                _CELL_BITS + STEP_BITS - CENTRE_BITS,
            )
            for place, cells in ((column, x), (row, y))
        )
        width, height = self._sizes(last, change, certainty)
        # The centre stays in the image: a target that leaves is looked for where it left.
        across, down = (
            min(max(middle + move, 0), side << CENTRE_BITS)
            for middle, move, side in zip((window.x, window.y), moves, image.shape[1::-1], strict=True)
        )
        return _Found(_Target(across, down, width, height), certainty, scores)

    def _change(self, seen: list[int], last: _Target, window: Window) -> tuple[int, int]:
        """The logarithms of the width and height seen, over the last ones."""
        grown = fixed.logarithm(window.step) - self._first_step
        return tuple(
            fixed.shifted((value - bias) * _share(self.settings.size_gain), SHARE_BITS) + grown - before
            for value, bias, before in zip(seen, self._bias, last[2:], strict=True)
        )

    def _sizes(self, last: _Target, change: tuple[int, int], certainty: int) -> tuple[int, int]:
        """The new logarithms of width and height: a share of the change is taken over."""
        bits = fixed.PROBABILITY_BITS + SHARE_BITS + 1
        area, aspect = change[0] + change[1], change[0] - change[1]
        area = fixed.shifted(area * certainty * _share(self.settings.size_rate), bits)
        aspect = fixed.shifted(aspect * certainty * _share(self.settings.aspect_rate), bits)
        limit = fixed.logarithm(_share(self.settings.size_range)) - (SHARE_BITS << fixed.LOG_BITS)
        width, height = (
            min(max(log, -limit), limit) for log in (last.width + area + aspect, last.height + area - aspect)
        )
        return width, height

    def _own_errors(self, image: np.ndarray, window: Window) -> tuple[int, int]:
        """The mean error of the sizes (width, height) that the network sees in the first frame, over windows
        a little beside the box, too small and too large.
        """
        totals = [0, 0]
        for grown, dx, dy in VIEWS:
            x, y = (
                middle + fixed.shifted(offset * window.step, STEP_BITS)
                for middle, offset in ((window.x, dx), (window.y, dy))
            )
            view = replace(window, x=x, y=y, step=max(1, fixed.scaled(window.step, grown)))
            response = self.engine.responses(crop(image, view, self._fill)[None])[0]
            chances = fixed.probability(response[..., box_map.SCORE])
            row, column = map(int, np.unravel_index(int(chances.argmax()), chances.shape))
            seen = _voted(response, chances, row, column)[2:]
            due = fixed.quotient(-grown << SHARE_BITS, max(1, _share(self.settings.size_gain)))
            totals = [total + value - due for total, value in zip(totals, seen, strict=True)]
        width, height = (fixed.quotient(total, len(VIEWS)) for total in totals)
        return width, height


def _share(value: float) -> int:
    return round(value * (1 << SHARE_BITS))


def _above(chance: int, threshold: float) -> bool:
    return chance >= _share(threshold) << (fixed.PROBABILITY_BITS - SHARE_BITS)


def _voted(response: np.ndarray, chances: np.ndarray, row: int, column: int) -> tuple[int, int, int, int]:
    """The means over a cell and its neighbours, weighed by probability: the centre's offset from the cell
    (x, y) in 1/256 cell, and the logarithms of width and height in 1/65536 octave.
    """
    sums, weight = [0, 0, 0, 0], 0
    for y in range(max(0, row - 1), min(chances.shape[0], row + 2)):
        for x in range(max(0, column - 1), min(chances.shape[1], column + 2)):
            chance, cell = int(chances[y, x]), response[y, x].tolist()
            places = (
                cell[box_map.X] + box_map.STEPS_PER_CELL * (x - column),
                cell[box_map.Y] + box_map.STEPS_PER_CELL * (y - row),
                cell[box_map.WIDTH],
                cell[box_map.HEIGHT],
            )
            weight += chance
            sums = [total + chance * value for total, value in zip(sums, places, strict=True)]
    weight = max(weight, 1)
    cells, octaves = (1 << _CELL_BITS) // box_map.STEPS_PER_CELL, _OCTAVE // box_map.STEPS_PER_OCTAVE
    x, y, width, height = (
        fixed.quotient(total * unit, weight)
        for total, unit in zip(sums, (cells, cells, octaves, octaves), strict=True)
    )
    return x, y, width, height


def _check(image: np.ndarray) -> None:
    if (
        not isinstance(image, np.ndarray)
        or image.dtype != np.uint8
        or image.ndim != 3
        or image.shape[2] != 3
        or 0 in image.shape
    ):
        found = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
        raise InputError(f"image must be uint8 (height, width, 3), not {found}")
