"""The target's box, drawn with the mouse."""

from __future__ import annotations

import numpy as np

from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box

NEEDED = "--box x,y,w,h is needed: there is no display to draw it on with the mouse"
UNDRAWN = (
    "--box x,y,w,h is needed; to draw it with the mouse instead, install Matplotlib with: "
    "python -m pip install 'siammixer[plots]'"
)


def ask_box(image: np.ndarray) -> Box:
    """Shows the frame; the box drawn last when the window is closed or Enter pressed.

    Raises
    ------
    InputError
        Without Matplotlib or a display, or if the window is closed without a box.
    """
    try:
        from matplotlib import pyplot
        from matplotlib.widgets import RectangleSelector
    except ModuleNotFoundError:
        raise InputError(UNDRAWN) from None
    if not _has_display():
        raise InputError(NEEDED)
    figure, axes = pyplot.subplots(
        num="siammixer: draw the target's box, then press Enter", layout="constrained"
    )
    axes.imshow(image, extent=(0, image.shape[1], image.shape[0], 0))
    axes.set_axis_off()
    style = {"edgecolor": "#FFB000", "fill": False, "linewidth": 2}
    selector = RectangleSelector(
        axes, lambda *_: None, useblit=True, interactive=True, minspanx=1, minspany=1, props=style
    )
    figure.canvas.mpl_connect(
        "key_press_event", lambda event: pyplot.close(figure) if event.key == "enter" else None
    )
    pyplot.show(block=True)
    left, right, top, bottom = selector.extents
    pyplot.close(figure)
    if right <= left or bottom <= top:
        raise InputError("no box was drawn; draw one with the mouse or give --box x,y,w,h")
    return Box(float(left), float(top), float(right - left), float(bottom - top))


def _has_display() -> bool:
    """Returns whether Matplotlib finds a way to show windows."""
    import matplotlib
    from matplotlib import pyplot
    from matplotlib.backends import BackendFilter, backend_registry

    try:
        pyplot.switch_backend(matplotlib.get_backend())  # the first use decides
    except ImportError:  # one that the environment names, and that needs a display
        return False
    return matplotlib.get_backend().lower() in backend_registry.list_builtin(BackendFilter.INTERACTIVE)
