"""The tracker: one implementation in integers, whatever engine computes the network.

Each frame takes one search pass, after SiamFC (Bertinetto et al., "Fully-Convolutional Siamese Networks for
Object Tracking", ECCV 2016 workshops): the template of the first frame is searched for around the last box.
Each cell of the response gives a score and a box (siammixer.ir.box_map). The score, damped far from the
last place, chooses the cell; the cell and its neighbours vote for the centre and the size.

Every step is in integers that hardware can follow (siammixer.tracking.fixed, siammixer.tracking.crop;
docs/numerics.md), so engines that give equal responses give equal boxes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from siammixer.ir import box_map
from siammixer.ir.errors import InputError
from siammixer.tracking import fixed, reading
from siammixer.tracking.box import Box
from siammixer.tracking.crop import (
    CENTRE_BITS,
    STEP_BITS,
    Window,
    crop,
    in_units,
    mean_colour,
    template_window,
    window_at,
)
from siammixer.tracking.engine import Engine
from siammixer.tracking.loss import Hold, Look
from siammixer.tracking.reading import Target
from siammixer.tracking.settings import Settings, require_box_head

LEARNING_FRAMES = 2 + len(reading.VIEWS)
"""Images from which a target is learnt: one before it, one with its box, and one for each view."""


@dataclass(frozen=True, kw_only=True)
class State:
    """A state holds what one frame gave.

    Parameters
    ----------
    box
        The target's, in image pixels.
    confidence
        Probability that the target is where the box is, 0 to 1, in 1/32768.
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
    passes: int


@dataclass(frozen=True, kw_only=True)
class _First:
    """The first frame's part that is kept: width and height in 1/256 pixel, the logarithm of the window's
    step, and the network's own errors of width and height in 1/65536 octave.
    """

    size: tuple[int, int]
    step: int
    errors: tuple[int, int]


class _Found(NamedTuple):
    """The target found in one search crop, its probability in 1/32768, and the scores."""

    target: Target
    probability: int
    scores: np.ndarray


class Tracker:
    """Follows one target: ``init`` with its box in the first frame, ``update`` with every later one.

    Parameters
    ----------
    engine
        Computes templates and responses; one tracker at a time may use it.
    settings
        By default those that were chosen on validation video.

    Members
    -------
    passes
        Search passes since ``init`` began, its own included.

    Raises
    ------
    InputError
        The engine's network has no box head.
    """

    def __init__(self, engine: Engine, settings: Settings | None = None):
        require_box_head(engine.network)
        self.engine, self.settings, self.passes = engine, settings or Settings(), 0
        self._cosine = fixed.cosine(engine.network.response_side)
        self._target: Target | None = None

    def init(self, image: np.ndarray, box: Box) -> None:
        """Starts with the target's box in an image uint8 (h, w, 3) RGB.

        It takes a search pass for each of :data:`siammixer.tracking.reading.VIEWS`: how wrong does the
        network see the size of a target whose size is known?

        Raises
        ------
        InputError
            Where the image is none or the box cannot be tracked in it.
        """
        self.learn([image] * LEARNING_FRAMES, box)

    def learn(self, images: Sequence[np.ndarray], box: Box) -> None:
        """Starts with the first frames of a stream of which no frame can be looked at twice, as the tracker
        in the fabric does.

        Parameters
        ----------
        images
            LEARNING_FRAMES images: the one before the target's, the one with the target's box, and one for
            each of :data:`siammixer.tracking.reading.VIEWS`, in which the target is taken to be there still.

        Raises
        ------
        InputError
            Where an image is none, there are too many or too few, or the box cannot be tracked.
        """
        if len(images) != LEARNING_FRAMES:
            raise InputError(f"a target is learnt from {LEARNING_FRAMES} images, not from {len(images)}")
        for image in images:
            _check(image)
        first, network = images[1], self.engine.network
        box = Box(*map(float, box)).check(first.shape[1], first.shape[0])
        x, y, width, height = in_units(box)
        means = {key: mean_colour(image) for key, image in {id(image): image for image in images}.items()}
        # Around each image lies the mean colour of the one before.
        fills = [means[id(image)] for image in images]
        self.passes, self._fill = 0, fills[-1]
        self.engine.set_template(crop(first, template_window(box, network), fills[0]))
        window = window_at(x, y, width, height, network.search_side, network)
        errors = self._own_errors(list(zip(images[2:], fills[1:-1], strict=True)), window)
        self._first = _First(size=(width, height), step=fixed.logarithm(window.step), errors=errors)
        self._target, self._hold, self._candidate = Target(x, y), Hold(), Target(x, y)

    def update(self, image: np.ndarray) -> State:
        """Finds the target in the next image uint8 (h, w, 3) RGB, of any size.

        The colour around an image is the mean of the frame before: it is known before the frame ends.
        """
        if self._target is None:
            raise InputError("init must be called before update")
        _check(image)
        before, hold, patience = self.passes, self._hold, int(self.settings.patience)
        look = hold.look(patience)
        last = self._candidate if look is Look.AGAIN else self._target
        window = self._window(last)
        if look is Look.BESIDE:
            window = self._moved(window, *hold.side(patience))
        found = self._look(image, last, window, near=look is Look.NEAR)
        self._hold, taken = hold.after(look, found.probability, self.settings)
        if taken:
            self._target = found.target
        self._candidate, self._fill = found.target, mean_colour(image)
        low = self.settings.chance("lost_below")
        return State(
            box=self._box(self._target),
            confidence=(found.probability if taken else min(found.probability, low)) / fixed.ONE,
            lost=self._hold.lost(patience),
            response=found.scores,
            window=window,
            passes=self.passes - before,
        )

    def _size(self, target: Target) -> tuple[int, int]:
        """The target's width and height in 1/256 pixel."""
        width, height = (
            max(1, fixed.scaled(first, log))
            for first, log in zip(self._first.size, (target.width, target.height), strict=True)
        )
        return width, height

    def _box(self, target: Target) -> Box:
        """The target's box in image pixels; every coordinate is a multiple of 1/512."""
        x, y, width, height = (value / 2**CENTRE_BITS for value in (target.x, target.y, *self._size(target)))
        return Box(x - width / 2, y - height / 2, width, height)

    def _window(self, target: Target) -> Window:
        """The search window around a target."""
        network = self.engine.network
        return window_at(target.x, target.y, *self._size(target), network.search_side, network)

    def _moved(self, window: Window, right: int, down: int) -> Window:
        """The window so many times its response's reach to the right and down."""
        network = self.engine.network
        reach = network.stride * (network.response_side - 1) * window.step >> (STEP_BITS - CENTRE_BITS)
        return replace(window, x=window.x + right * reach, y=window.y + down * reach)

    def _look(self, image: np.ndarray, last: Target, window: Window, near: bool) -> _Found:
        """The target found in a window. ``near`` damps places far from the window's middle."""
        network, first, settings = self.engine.network, self._first, self.settings
        (response,) = self._responses(crop(image, window, self._fill)[None])
        scores = response[..., box_map.SCORE]
        chances = fixed.probability(scores)
        place = reading.best_cell(chances, self._cosine if near else None, settings.share("window"))
        seen, certainty = reading.vote(response, chances, *place), int(chances[place])
        grown = fixed.logarithm(window.step) - first.step
        width, height = (
            reading.change(now, error, then, grown, settings)
            for now, error, then in zip(seen[2:], first.errors, last[2:], strict=True)
        )
        sizes = reading.new_sizes((last.width, last.height), (width, height), certainty, settings)
        # The centre stays in the image: a target that leaves is looked for where it left.
        middle = (network.response_side - 1) // 2
        x, y = (
            min(
                max(centre + reading.movement(cell, offset, middle, network.stride, window.step), 0),
                side << CENTRE_BITS,
            )
            for centre, cell, offset, side in zip(
                (window.x, window.y), place[::-1], seen[:2], image.shape[1::-1], strict=True
            )
        )
        return _Found(Target(x, y, *sizes), certainty, scores)

    def _own_errors(self, seen: Sequence[tuple[np.ndarray, np.ndarray]], window: Window) -> tuple[int, int]:
        """The mean error of the sizes (width, height) that the network sees in the first frames, each with
        the colour around it, over windows a little beside the box, too small and too large.
        """
        votes = []
        for (image, fill), (grown, right, down) in zip(seen, reading.VIEWS, strict=True):
            x, y = (
                centre + fixed.shifted(offset * window.step, STEP_BITS)
                for centre, offset in ((window.x, right), (window.y, down))
            )
            view = replace(window, x=x, y=y, step=max(1, fixed.scaled(window.step, grown)))
            (response,) = self._responses(crop(image, view, fill)[None])
            chances = fixed.probability(response[..., box_map.SCORE])
            votes.append(reading.vote(response, chances, *reading.best_cell(chances)))
        return reading.own_errors(votes, self.settings)

    def _responses(self, crops: np.ndarray) -> np.ndarray:
        """The engine's responses to search crops, which are counted."""
        self.passes += len(crops)
        return self.engine.responses(crops)


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
