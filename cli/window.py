"""A window that shows a video while it is tracked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

import numpy as np

from siammixer.ir.errors import InputError

MOST_A_SECOND = 30.0
"""Frames a second that are shown at most: tracking must not wait for the window."""
SHARE = 0.9
"""Of the screen's width and height that the window takes at most."""


class Window:
    """Shows frames; the user may close it with its button, Escape or q. Use it in a ``with`` block.

    It is Tk's, ten times as fast as Matplotlib's and of Python's own library.

    Parameters
    ----------
    title
        Stands above it.

    Attributes
    ----------
    closed
        Whether the user has closed it.

    Raises
    ------
    InputError
        Without a display or without Tk.
    """

    def __init__(self, title: str):
        try:
            import tkinter
        except ModuleNotFoundError:
            raise InputError(
                "--show needs Python's tkinter; on Debian: sudo apt-get install python3-tk"
            ) from None
        try:
            self._root = tkinter.Tk()
        except tkinter.TclError:
            raise InputError(
                "--show needs a display, and there is none; --out writes what it would show"
            ) from None
        self._error = tkinter.TclError
        self._root.withdraw()  # until there is something to show
        self._screen = self._root.winfo_screenwidth(), self._root.winfo_screenheight()
        self.closed = False
        self._next = 0.0
        self._picture = tkinter.PhotoImage(master=self._root)
        tkinter.Label(self._root, image=self._picture, borderwidth=0).pack()
        self._root.title(title)
        self._root.protocol("WM_DELETE_WINDOW", self._close)
        for key in ("<Escape>", "q"):
            self._root.bind(key, lambda event: self._close())

    def show(self, image: np.ndarray) -> None:
        """Shows a frame, RGB uint8 (height, width, 3), made smaller if the screen is; some alone where they
        come fast.
        """
        from siammixer.tracking.letterbox import letterbox

        if self.closed or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + 1 / MOST_A_SECOND
        height, width = image.shape[:2]
        screen = self._screen
        scale = min(1.0, screen[0] * SHARE / width, screen[1] * SHARE / height)
        if scale < 1:
            width, height = max(1, int(width * scale)), max(1, int(height * scale))
            image, _ = letterbox(image, (width, height))
        with self._gone():
            self._root.deiconify()
            self._picture.configure(data=b"P6 %d %d 255 " % (width, height) + image.tobytes(), format="ppm")
            self._root.update()

    @contextmanager
    def _gone(self) -> Iterator[None]:
        """A window that somebody else has ended, with the display perhaps, is one that is closed."""
        try:
            yield
        except self._error:
            self.closed = True

    def _close(self) -> None:
        self.closed = True

    def __enter__(self) -> Window:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._gone():
            self._root.destroy()
