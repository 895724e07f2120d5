"""The window of ``--show``, with a Tk that is made up, and without a display."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from siammixer.cli import window
from siammixer.cli.window import Window
from siammixer.ir.errors import InputError

BRIGHT = np.full((40, 60, 3), 200, np.uint8)


@pytest.fixture
def tk(monkeypatch):
    """Answers what the window asks of Tk; ``keys`` and ``shown`` are what it bound and showed."""
    seen = SimpleNamespace(keys={}, shown=[], destroyed=False, screen=(1920, 1080))

    class Root:
        def title(self, text): ...
        def update(self): ...
        def withdraw(self): ...
        def deiconify(self): ...

        def protocol(self, name, function):
            seen.keys[name] = function

        def bind(self, key, function):
            seen.keys[key] = lambda: function(None)

        def winfo_screenwidth(self):
            return seen.screen[0]

        def winfo_screenheight(self):
            return seen.screen[1]

        def destroy(self):
            seen.destroyed = True

    picture = SimpleNamespace(configure=lambda data, format: seen.shown.append(data))
    label = SimpleNamespace(pack=lambda: None)
    module = SimpleNamespace(
        Tk=Root, TclError=RuntimeError, PhotoImage=lambda master: picture, Label=lambda *_, **__: label
    )
    monkeypatch.setitem(sys.modules, "tkinter", module)
    monkeypatch.setattr(window, "MOST_A_SECOND", 1e9)
    return seen


def test_frames_are_shown(tk):
    with Window("w") as shown:
        shown.show(BRIGHT)
        shown.show(BRIGHT)
        assert not shown.closed
    assert tk.shown == [b"P6 60 40 255 " + BRIGHT.tobytes()] * 2 and tk.destroyed


@pytest.mark.parametrize("key", ["q", "<Escape>", "WM_DELETE_WINDOW"])
def test_the_user_closes_it(key, tk):
    with Window("w") as shown:
        tk.keys[key]()
        assert shown.closed
        shown.show(BRIGHT)
    assert tk.shown == []


def test_a_window_that_somebody_else_ends_is_closed(tk, monkeypatch):
    """As when the display goes: tracking goes on to its end, without a traceback."""

    def gone(window, *words):
        raise RuntimeError("application has been destroyed")

    with Window("w") as shown:
        for name in ("deiconify", "destroy"):
            monkeypatch.setattr(sys.modules["tkinter"].Tk, name, gone)
        shown.show(BRIGHT)
        assert shown.closed


def test_it_fits_the_screen(tk):
    tk.screen = (30, 100)
    with Window("w") as shown:
        shown.show(BRIGHT)
    assert tk.shown[0].startswith(b"P6 27 18 255 ")


def test_frames_that_come_too_fast_are_not_waited_for(tk, monkeypatch):
    monkeypatch.setattr(window, "MOST_A_SECOND", 1e-3)
    with Window("w") as shown:
        shown.show(BRIGHT)
        shown.show(BRIGHT)
    assert len(tk.shown) == 1


def test_without_a_display(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(InputError, match="--show needs a display, and there is none; --out"):
        Window("w")


def test_without_tk(monkeypatch):
    monkeypatch.setitem(sys.modules, "tkinter", None)
    with pytest.raises(InputError, match="--show needs Python's tkinter; on Debian"):
        Window("w")
