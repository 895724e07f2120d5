"""The tracker's program: its commands, made of the steps."""

from __future__ import annotations

from siammixer.arch.tracker import CENTRE_BITS, PROBABILITY_BITS, SHARE_BITS, STEP_BITS, TrackerDesign
from siammixer.rtl.tracker import steps
from siammixer.rtl.tracker.assembler import Assembler
from siammixer.rtl.tracker.instructions import Operation as Op
from siammixer.rtl.tracker.instructions import Program
from siammixer.rtl.tracker.routines import (
    LOGARITHM,
    SCALED,
    STEP,
    at_least,
    at_most,
    rounded,
    times,
    write_routines,
)

COMMANDS = ("begin", "view", "seen", "update")
INPUTS = ("image_width", "image_height", "first_x", "first_y", "first_width", "first_height")
OUTPUTS = (
    *("window_left", "window_top", "window_step"),
    *("left", "top", "width", "height", "confidence", "lost"),
)
_TARGET = ("x", "y", "width", "height")
SIZE = "size"
TEMPLATE, SEARCH = "show template", "show search"


def assembler(design: TrackerDesign) -> Assembler:
    """An assembler with the tables, the routines and the steps that are called."""
    a = Assembler(design.tables, design.multiplier_bits)
    write_routines(a, design)
    steps.write_steps(a, design)
    _size(a)
    return a


def tracker_program(design: TrackerDesign) -> Program:
    """The whole program, with the commands COMMANDS in this order."""
    a = assembler(design)
    _show_window(a, TEMPLATE, design.template_side)
    _show_window(a, SEARCH, design.search_side)
    for name, write in zip(COMMANDS, (_begin, _view, _seen, _update), strict=True):
        a.command(name)
        write(a, design)
        a.emit(Op.END)
    return a.program()


def _copy(a: Assembler, source: int | str, *registers: str) -> None:
    a.emit(Op.LOAD, source)
    for register in registers:
        a.emit(Op.STORE, register)


def _input(a: Assembler, name: str) -> None:
    a.emit(Op.INPUT, INPUTS.index(name))


def _output(a: Assembler, name: str) -> None:
    a.emit(Op.OUTPUT, OUTPUTS.index(name))


def _size(a: Assembler) -> None:
    """``width`` and ``height`` from ``log.width`` and ``log.height``."""
    a.routine(SIZE)
    for name in ("width", "height"):
        _copy(a, f"first.{name}", "value")
        a.emit(Op.LOAD, f"log.{name}")
        a.call(SCALED)
        at_least(a, 1)
        a.emit(Op.STORE, name)
    a.emit(Op.RETURN)


def _show_window(a: Assembler, routine: str, side: int) -> None:
    """The outputs of a window of so many crop pixels: where its first sample lies, and its step."""
    a.routine(routine)
    a.emit(Op.LOAD, "window.step")
    _output(a, "window_step")
    times(a, "window.step", side - 1)
    a.emit(Op.RIGHT, 1)
    a.emit(Op.STORE, "t.reach")
    # The middle of a pixel lies half a pixel from the corner that coordinates count from.
    a.number(1 << (STEP_BITS - 1))
    a.emit(Op.ADD, "t.reach")
    a.emit(Op.STORE, "t.reach")
    for name, first in (("x", "left"), ("y", "top")):
        a.emit(Op.LOAD, f"window.{name}")
        a.emit(Op.LEFT, STEP_BITS - CENTRE_BITS)
        a.emit(Op.SUBTRACT, "t.reach")
        _output(a, f"window_{first}")
    a.emit(Op.RETURN)


def _begin(a: Assembler, design: TrackerDesign) -> None:
    """A target is taken over: its box, its window, which is the template's too, and no errors yet."""
    for name in ("width", "height"):
        _input(a, f"first_{name}")
        a.emit(Op.STORE, f"first.{name}")
        a.emit(Op.STORE, name)
    for name in ("x", "y"):
        _input(a, f"first_{name}")
        for owner in ("target", "tried", "window"):
            a.emit(Op.STORE, f"{owner}.{name}")
    zero = [f"{owner}.{name}" for owner in ("target", "tried", "errors") for name in ("width", "height")]
    _copy(a, 0, *zero, "missed", "candidate", "again", "beside", "view")
    a.call(STEP)
    a.emit(Op.STORE, "window.step")
    a.emit(Op.STORE, "first.step")
    a.call(LOGARITHM)
    a.emit(Op.STORE, "first.log")
    a.emit(Op.LOAD, 0)
    _output(a, "lost")
    _box(a)
    a.call(TEMPLATE)


def _view(a: Assembler, design: TrackerDesign) -> None:
    """The window of the first frame's next view."""
    _copy(a, "first.step", "value")
    a.emit(Op.LOAD, "view")
    a.emit(Op.TABLE, a.base("views"))
    a.call(SCALED)
    at_least(a, 1)
    a.emit(Op.STORE, "window.step")
    for name, place in (("x", 1), ("y", 2)):
        a.emit(Op.LOAD, "view")
        a.emit(Op.TABLE, a.base("views") + place)
        a.emit(Op.STORE, "t.value")
        a.emit(Op.LOAD, "first.step")
        a.emit(Op.LONG, "t.value")
        rounded(a, STEP_BITS)
        a.emit(Op.ADD, f"target.{name}")
        a.emit(Op.STORE, f"window.{name}")
    a.call(SEARCH)


def _seen(a: Assembler, design: TrackerDesign) -> None:
    """The response to a view counts; the window is the first one again."""
    _copy(a, 0, "near")
    a.call(steps.CELL)
    a.call(steps.VOTE)
    for name in ("width", "height"):
        a.emit(Op.LOAD, f"errors.{name}")
        a.emit(Op.ADD, f"seen.{name}")
        a.emit(Op.STORE, f"errors.{name}")
    a.emit(Op.LOAD, "view")
    a.emit(Op.ADD, 3)
    a.emit(Op.STORE, "view")
    _copy(a, 1, "near")
    for name in ("x", "y"):
        _copy(a, f"target.{name}", f"window.{name}")
    _copy(a, "first.step", "window.step")
    a.call(SEARCH)


def own_error(a: Assembler, design: TrackerDesign, name: str) -> None:
    """``error`` = the network's own error, of the sum of the views' votes."""
    a.number(design.due)
    a.emit(Op.STORE, "t.value")
    a.emit(Op.LOAD, f"errors.{name}")
    a.emit(Op.SUBTRACT, "t.value")
    rounded(a, 3)  # eight views
    a.emit(Op.STORE, "error")


def _update(a: Assembler, design: TrackerDesign) -> None:
    """A frame's response: the target, the box, and the next frame's window."""
    a.call(steps.CELL)
    a.call(steps.VOTE)
    _find(a, design)
    steps.after(a, design)
    _take(a, design)
    steps.next_look(a, design)
    a.emit(Op.LOAD, "lost")
    _output(a, "lost")
    _box(a)
    _next_window(a, design)
    a.call(SEARCH)


def _choose(a: Assembler, flag: str, one: str, other: str, register: str) -> None:
    """A register = one register where a flag is 1, another where it is 0."""
    a.emit(Op.LOAD, flag)
    a.emit(Op.LESS, 1)
    a.emit(Op.LOAD, one)
    a.emit(Op.TAKE, other)
    a.emit(Op.STORE, register)


def _find(a: Assembler, design: TrackerDesign) -> None:
    """``found``: the target in the window."""
    a.emit(Op.LOAD, "window.step")
    a.call(LOGARITHM)
    a.emit(Op.SUBTRACT, "first.log")
    a.emit(Op.STORE, "grown")
    for name in ("width", "height"):
        _choose(a, "again", f"tried.{name}", f"target.{name}", f"last.{name}")
        own_error(a, design, name)
        steps.change(a, design, name, "error", "grown", f"last.{name}")
        a.emit(Op.STORE, f"change.{name}")
    steps.new_sizes(a, design)
    for name, cell, side in (("x", "column", "width"), ("y", "row", "height")):
        _input(a, f"image_{side}")
        a.emit(Op.LEFT, CENTRE_BITS)
        a.emit(Op.STORE, "t.area")
        steps.movement(a, design, cell, f"seen.{name}")
        a.emit(Op.ADD, f"window.{name}")
        at_least(a, 0)
        at_most(a, "t.area")
        a.emit(Op.STORE, f"tried.{name}")
    for name in ("width", "height"):
        _copy(a, f"found.{name}", f"tried.{name}")


def _take(a: Assembler, design: TrackerDesign) -> None:
    """The target moves where the found place is ``taken``; the confidence says so."""
    for name in _TARGET:
        _choose(a, "taken", f"tried.{name}", f"target.{name}", f"target.{name}")
    a.number(design.lost_below << (PROBABILITY_BITS - SHARE_BITS))
    a.emit(Op.STORE, "t.value")
    a.emit(Op.LOAD, "certainty")
    at_most(a, "t.value")
    a.emit(Op.STORE, "t.value")
    _choose(a, "taken", "certainty", "t.value", "t.value")
    _output(a, "confidence")


def _box(a: Assembler) -> None:
    """The outputs ``left``, ``top``, ``width``, ``height`` from the target."""
    for name in ("width", "height"):
        _copy(a, f"target.{name}", f"log.{name}")
    a.call(SIZE)
    for place, side, corner in (("x", "width", "left"), ("y", "height", "top")):
        a.emit(Op.LOAD, side)
        _output(a, side)
        a.emit(Op.LOAD, f"target.{place}")
        a.emit(Op.LEFT, 1)
        a.emit(Op.SUBTRACT, side)
        _output(a, corner)


def _next_window(a: Assembler, design: TrackerDesign) -> None:
    """``window``: around the candidate or the target, or its reach beside."""
    for name in ("width", "height"):
        _choose(a, "again", f"tried.{name}", f"target.{name}", f"log.{name}")
    a.call(SIZE)
    a.call(STEP)
    a.emit(Op.STORE, "window.step")
    times(a, "window.step", design.stride * (design.response_side - 1))
    a.emit(Op.RIGHT, STEP_BITS - CENTRE_BITS)
    a.emit(Op.STORE, "t.area")
    a.emit(Op.LOAD, "beside")
    a.emit(Op.LESS, 1)
    a.emit(Op.LOAD, "t.area")
    a.emit(Op.TAKE, 0)
    a.emit(Op.STORE, "t.area")
    for name, direction in (("x", "right"), ("y", "down")):
        _choose(a, "again", f"tried.{name}", f"target.{name}", f"window.{name}")
        a.emit(Op.LOAD, "t.area")
        a.emit(Op.LONG, direction)
        a.emit(Op.ADD, f"window.{name}")
        a.emit(Op.STORE, f"window.{name}")
