"""The network is given two crops for one frame: a template and a search crop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.tracking.box import Box
from siammixer.tracking.crop import Window, box_from_peak, crop, search_window, template_window
from siammixer.tracking.sequence import Sequence

DEFAULT_FRAME = 10


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The two crops and all that is needed to read the response.

    Parameters
    ----------
    template, search
        Crops, RGB uint8.
    window
        Where the search crop lies in its frame.
    last_box
        The box that the search crop is centred on; the box found takes its size.
    true_box
        The box given for the searched frame, if any.
    """

    network: Network
    name: str
    frame: int
    template: np.ndarray
    search: np.ndarray
    window: Window
    last_box: Box
    true_box: Box | None

    def found_box(self, peak: tuple[int, int]) -> Box:
        """Returns the box in the frame that a response peak (row, column) stands for."""
        return box_from_peak(peak, self.window, self.last_box, self.network)


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
        last_box=last,
        true_box=true_box,
    )
