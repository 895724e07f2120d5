"""The network is given two crops for one frame: a template and a search crop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from siammixer.ir import box_map
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.tracking import fixed, reading
from siammixer.tracking.box import Box
from siammixer.tracking.crop import (
    CENTRE_BITS,
    Window,
    box_from_peak,
    crop,
    in_units,
    search_window,
    template_window,
)
from siammixer.tracking.sequence import Sequence

DEFAULT_FRAME = 10


class Sighting(NamedTuple):
    """The cell that a response points at, its value, and the box in the frame."""

    row: int
    column: int
    value: int
    box: Box


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The two crops and all that is needed to read the response.

    Parameters
    ----------
    template, search
        Crops, RGB uint8.
    window
        Where the search crop lies in its frame.
    first_box
        The box that the template is cut around.
    last_box
        The box that the search crop is centred on.
    true_box
        The box given for the searched frame, if any.
    """

    network: Network
    name: str
    frame: int
    template: np.ndarray
    search: np.ndarray
    window: Window
    first_box: Box
    last_box: Box
    true_box: Box | None

    def found_box(self, peak: tuple[int, int]) -> Box:
        """Returns the box of the last one's size that a response cell (row, column) stands for."""
        return box_from_peak(peak, self.window, self.last_box, self.network)

    def read(self, response: np.ndarray) -> Sighting:
        """Reads a response INT32 (r, r, channels): the highest cell of its first channel, and the box.

        With a box head the cell and its neighbours say centre and size, as the tracker asks them but without
        its caution: nothing is damped, and the size is taken over as it is seen. Without one the box has
        the last one's size.
        """
        scores = response[..., box_map.SCORE]
        row, column = reading.best_cell(scores)
        value = int(scores[row, column])
        if response.shape[2] != box_map.BOX_CHANNELS:
            return Sighting(row, column, value, self.found_box((row, column)))
        seen = reading.vote(response, fixed.probability(scores), row, column)
        network, middle = self.network, (self.network.response_side - 1) // 2
        x, y = (
            (centre + reading.movement(cell, offset, middle, network.stride, self.window.step))
            / 2**CENTRE_BITS
            for centre, cell, offset in zip(
                (self.window.x, self.window.y), (column, row), seen[:2], strict=True
            )
        )
        step = template_window(self.first_box, network).step
        grown = fixed.logarithm(self.window.step) - fixed.logarithm(step)
        width, height = (
            fixed.scaled(first, log + grown) / 2**CENTRE_BITS
            for first, log in zip(in_units(self.first_box)[2:], seen[2:], strict=True)
        )
        return Sighting(row, column, value, Box(0, 0, width, height).moved_to(x, y))


def take_pair(sequence: Sequence, network: Network, frame: int | None = None) -> Pair:
    """Cuts the template from the first frame around its box, and the search crop from ``frame``.

    The search crop is centred on the last box given before ``frame``, as a tracker would that
    had followed the target until then. By default frame 10, or the last one of a shorter sequence.
    """
    frame = min(DEFAULT_FRAME, len(sequence) - 1) if frame is None else frame
    image, true_box = sequence.image(frame), sequence.box(frame)
    first = sequence.boxes[0]
    if first is None:
        raise InputError(f"{sequence.name}: the first frame must have a box")
    last = next(box for box in reversed(sequence.boxes[: max(frame, 1)]) if box is not None)
    window = search_window(last, network)
    return Pair(
        network=network,
        name=sequence.name,
        frame=frame,
        template=crop(sequence.image(0), template_window(first, network)),
        search=crop(image, window),
        window=window,
        first_box=first,
        last_box=last,
        true_box=true_box,
    )
