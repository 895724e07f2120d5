"""The tracker: one implementation, whatever engine computes the responses.

After SiamFC (Bertinetto et al., "Fully-Convolutional Siamese Networks for Object Tracking", ECCV 2016
workshops): the template of the first frame is searched for around the last box, at a few scales; the
response, damped towards its edge, gives the place and the scale. What is ours: places are found on the
response's own cells and refined by a parabola, so that no response is resampled and hardware can
follow, and the first frame's own response says how large a sure one is.

Crops are cut in integers (siammixer.tracking.crop), so engines that give equal responses give equal boxes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from siammixer.ir.errors import InputError
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


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the tracker reads the responses; the defaults were chosen on validation video (docs/tracking.md).

    Parameters
    ----------
    scales
        Search crops a frame, odd: the last size, and as many smaller as larger ones.
    scale_step
        Ratio of neighbouring scales.
    scale_penalty
        Factor on the responses of all scales but the last size's.
    scale_rate
        Share of a found change of size that is taken over.
    window
        Weight of the raised cosine that damps far places, 0 to 1.
    lost_below, found_above
        Confidence under which the target counts as lost, and at which it is found again. While it is lost its
        box stands still, and the search crops lie beside each other instead of at several scales.
    size_range
        How much smaller and larger than in the first frame the target may become.
    """

    scales: int = 3
    scale_step: float = 1.1
    scale_penalty: float = 0.98
    scale_rate: float = 0.4
    window: float = 0.4
    lost_below: float = 0.4
    found_above: float = 0.5
    size_range: float = 5.0

    def __post_init__(self) -> None:
        if self.scales < 1 or self.scales % 2 == 0:
            raise InputError(f"scales must be odd and at least 1, not {self.scales}")
        if not self.scale_step >= 1 or not self.size_range >= 1:
            raise InputError(
                f"scale_step and size_range must be at least 1, not {self.scale_step} and {self.size_range}"
            )
        for name in ("scale_penalty", "scale_rate", "window", "lost_below", "found_above"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"{name} must lie in 0..1, not {getattr(self, name)}")

    @property
    def factors(self) -> np.ndarray:
        """Size of each search crop over that of the last size, ascending, (scales,)."""
        return self.scale_step ** (np.arange(self.scales) - self.scales // 2)


@dataclass(frozen=True, kw_only=True)
class State:
    """A state holds what one frame gave.

    Parameters
    ----------
    box
        The target's, in image pixels; where it is lost, the last one seen.
    confidence
        Height of the response's peak over its floor, as a share of that on the first frame; 0 to 1.
    lost
        Whether the confidence is too low to move the box.
    response
        Of the chosen scale, (r, r) as the engine gave it.
    window
        The search crop that the response belongs to.
    """

    box: Box
    confidence: float
    lost: bool
    response: np.ndarray
    window: Window


NOWHERE = Box(0, 0, 0, 0)
"""The box of a tracker that has not begun."""


class Tracker:
    """Follows one target: ``init`` with its box in the first frame, ``update`` with every later one.

    Parameters
    ----------
    engine
        Computes templates and responses; one tracker at a time may use it.
    """

    def __init__(self, engine: Engine, settings: Settings | None = None):
        self.engine, self.settings = engine, settings or Settings()
        side = engine.network.response_side
        cosine = np.hanning(side + 2)[1:-1]
        self._cosine = np.outer(cosine, cosine)
        self._box = self._first = NOWHERE
        self._lost = 0  # frames in a row

    def init(self, image: np.ndarray, box: Box) -> None:
        """Starts with the target's box in an image uint8 (h, w, 3) RGB.

        Raises
        ------
        InputError
            Where the image is none or the box cannot be tracked in it.
        """
        _check(image)
        box = Box(*map(float, box)).check(image.shape[1], image.shape[0])
        network, fill = self.engine.network, mean_colour(image)
        self.engine.set_template(crop(image, template_window(box, network), fill))
        response = self.engine.responses(crop(image, search_window(box, network), fill)[None])[0]
        self._box, self._first, self._lost = box, box, 0
        self._certain = max(float(response.max() - np.median(response)), 1e-9)

    def update(self, image: np.ndarray) -> State:
        """Finds the target in the next image uint8 (h, w, 3) RGB, of any size."""
        if self._box is NOWHERE:
            raise InputError("init must be called before update")
        _check(image)
        windows, factors = self._wide_windows() if self._lost else self._windows()
        fill = mean_colour(image)
        responses = self.engine.responses(np.stack([crop(image, window, fill) for window in windows]))
        heights = (responses - np.median(responses)) / self._certain
        chosen, place = self._place(heights, factors)
        confidence = float(np.clip(heights[chosen].max(), 0.0, 1.0))
        threshold = self.settings.found_above if self._lost else self.settings.lost_below
        self._lost = self._lost + 1 if confidence < threshold else 0
        if not self._lost:
            self._box = self._moved(windows[chosen], place, factors[chosen], image.shape)
        return State(
            box=self._box,
            confidence=confidence,
            lost=bool(self._lost),
            response=responses[chosen],
            window=windows[chosen],
        )

    def _windows(self) -> tuple[list[Window], np.ndarray]:
        """Returns the windows around the last box, at all scales."""
        base = search_window(self._box, self.engine.network)
        factors = self.settings.factors
        return [replace(base, step=max(1, round(base.step * factor))) for factor in factors], factors

    def _wide_windows(self) -> tuple[list[Window], np.ndarray]:
        """Returns windows around the last box and beside it, at the last size: left and right, above and
        below in turn.
        """
        base, network = search_window(self._box, self.engine.network), self.engine.network
        reach = (network.response_side - 1) * network.stride * base.step >> (STEP_BITS - CENTRE_BITS)
        count = self.settings.scales
        offsets = [reach * (index - count // 2) for index in range(count)]
        sideways = self._lost % 2
        windows = [
            replace(base, x=base.x + offset * sideways, y=base.y + offset * (1 - sideways))
            for offset in offsets
        ]
        return windows, np.ones(count)

    def _place(self, heights: np.ndarray, factors: np.ndarray) -> tuple[int, np.ndarray]:
        """Returns the index of the chosen search crop, and the place (x, y) in cells from its response's
        centre.
        """
        settings = self.settings
        weight = 0.0 if self._lost else settings.window
        judged = heights * np.where(factors == 1.0, 1.0, settings.scale_penalty)[:, None, None]
        judged = (1 - weight) * judged / max(float(judged.max()), 1e-9) + weight * self._cosine
        scale, row, column = map(int, np.unravel_index(int(judged.argmax()), judged.shape))
        response = judged[scale]
        place = np.array([column + _vertex(response[row], column), row + _vertex(response[:, column], row)])
        return int(scale), place - (response.shape[0] - 1) / 2

    def _moved(self, window: Window, place: np.ndarray, factor: float, shape: tuple[int, ...]) -> Box:
        settings, network = self.settings, self.engine.network
        dx, dy = (window.displacement(cells, network) for cells in place.tolist())
        last = search_window(self._box, network)
        # The last box's own centre, not the search crop's, which is rounded: a target that stands still
        # stays.
        (x, y), beside = (
            self._box.centre,
            ((window.x - last.x) / 2**CENTRE_BITS, (window.y - last.y) / 2**CENTRE_BITS),
        )
        x, y = x + beside[0], y + beside[1]
        growth = 1 + settings.scale_rate * (float(factor) - 1)
        grown = self._box.width * growth / self._first.width
        grown = min(max(grown, 1 / settings.size_range), settings.size_range)
        sized = Box(0, 0, self._first.width * grown, self._first.height * grown)
        # The centre stays in the image: a target that leaves is looked for where it left.
        return sized.moved_to(min(max(x + dx, 0.0), float(shape[1])), min(max(y + dy, 0.0), float(shape[0])))


def _vertex(values: np.ndarray, index: int) -> float:
    """Returns how far from a value the parabola through it and its two neighbours peaks, -0.5 to 0.5; 0 at an
    end.
    """
    if not 0 < index < len(values) - 1:
        return 0.0
    before, here, after = (float(value) for value in values[index - 1 : index + 2])
    bend = before - 2 * here + after
    return min(max((before - after) / (2 * bend), -0.5), 0.5) if bend < 0 else 0.0


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
