"""Routines of the tracker's program: division, square root, logarithm, power, the window's step.

Each writes instructions into an assembler. Values pass in the accumulator A and in registers, which the
docstrings name; ``t.`` begins the names of registers that a routine uses for itself.
"""

from __future__ import annotations

from siammixer.arch.tracker import CENTRE_BITS, LOG_BITS, STEP_BITS, TABLE_BITS, TrackerDesign
from siammixer.rtl.tracker.instructions import SHORT_BITS, Assembler, Operation

O = Operation
DIVIDE, ROOT, INTERPOLATE, SCALED, LOGARITHM, STEP = "divide", "root", "interpolate", "scaled", "log", "step"
WORK = 12
"""Registers that routines and steps share for what they forget at their end."""


def rounded(a: Assembler, bits: int) -> None:
    """A = A over 2**bits, half up; ``bits`` is at least 1."""
    if bits > 1:
        a.emit(O.RIGHT, bits - 1)
    a.emit(O.ADD, 1)
    a.emit(O.RIGHT, 1)


def times(a: Assembler, register: str, factor: int) -> None:
    """A = a register times a number that is not negative."""
    a.number(factor)
    a.emit(O.SHORT if factor < 1 << SHORT_BITS else O.LONG, register)


def at_least(a: Assembler, limit: int | str) -> None:
    """A = the larger one of A and a number or register."""
    a.emit(O.LESS, limit)
    a.emit(O.TAKE, limit)


def at_most(a: Assembler, limit: int | str) -> None:
    """A = the smaller one of A and a number or register."""
    a.emit(O.LESS, limit)
    a.emit(O.KEEP, limit)


def _bisected(a: Assembler, bits: int, square: bool) -> None:
    """The largest root from ``root`` on, below it plus 2**bits, whose product with ``divisor``, or with
    itself, is below ``beyond``.
    """
    a.number(1 << (bits - 1))
    a.emit(O.STORE, "bit")
    with a.repeat(bits):
        a.emit(O.LOAD, "root")
        a.emit(O.ADD, "bit")
        a.emit(O.STORE, "t.try")
        if not square:
            a.emit(O.LOAD, "divisor")
        a.emit(O.LONG, "t.try")
        a.emit(O.LESS, "beyond")
        a.emit(O.LOAD, "root")
        a.emit(O.TAKE, "t.try")
        a.emit(O.STORE, "root")
        a.emit(O.LOAD, "bit")
        a.emit(O.RIGHT, 1)
        a.emit(O.STORE, "bit")
    a.emit(O.LOAD, "root")


def divide(a: Assembler, name: str, bits: int, *, negative: bool = False) -> None:
    """A = A // ``divisor``, which is positive and below half of the long multiplier's range. The quotient
    has so many bits, without sign; with ``negative`` one of them is its sign.
    """
    a.routine(name)
    a.emit(O.ADD, 1)
    a.emit(O.STORE, "beyond")
    a.number(-(1 << (bits - 1)) if negative else 0)
    a.emit(O.STORE, "root")
    _bisected(a, bits, square=False)
    a.emit(O.RETURN)


def square_root(a: Assembler, bits: int) -> None:
    """A = the integer square root of A, which has at most twice so many bits."""
    a.routine(ROOT)
    a.emit(O.ADD, 1)
    a.emit(O.STORE, "beyond")
    a.emit(O.LOAD, 0)
    a.emit(O.STORE, "root")
    _bisected(a, bits, square=True)
    a.emit(O.RETURN)


def interpolate(a: Assembler) -> None:
    """A = the value at A, 0 to 65535 of 65536, of the table that begins at ``table``."""
    low = LOG_BITS - TABLE_BITS
    a.routine(INTERPOLATE)
    a.emit(O.STORE, "t.fraction")
    a.emit(O.RIGHT, low)
    a.emit(O.STORE, "t.index")
    a.emit(O.TABLE, "table")
    a.emit(O.STORE, "t.low")
    a.emit(O.LOAD, "t.index")
    a.emit(O.ADD, 1)
    a.emit(O.TABLE, "table")
    a.emit(O.SUBTRACT, "t.low")
    a.emit(O.STORE, "t.rise")
    # The fraction's low bits are what SHORT takes of it, once the index is off.
    a.emit(O.LOAD, "t.index")
    a.emit(O.LEFT, low)
    a.emit(O.STORE, "t.index")
    a.emit(O.LOAD, "t.fraction")
    a.emit(O.SUBTRACT, "t.index")
    a.emit(O.SHORT, "t.rise")
    a.emit(O.RIGHT, low)
    a.emit(O.ADD, "t.low")
    a.emit(O.RETURN)


def scaled(a: Assembler, design: TrackerDesign) -> None:
    """A = ``value`` times 2 to the power of A / 65536, half up."""
    a.routine(SCALED)
    a.emit(O.STORE, "t.log")
    a.emit(O.RIGHT, LOG_BITS)
    a.emit(O.STORE, "t.whole")
    a.emit(O.LEFT, LOG_BITS)
    a.emit(O.STORE, "t.fraction")
    a.emit(O.LOAD, a.base("powers"))
    a.emit(O.STORE, "table")
    a.emit(O.LOAD, "t.log")
    a.emit(O.SUBTRACT, "t.fraction")
    a.call(INTERPOLATE)
    a.emit(O.STORE, "t.rise")
    a.number(1 << LOG_BITS)
    a.emit(O.ADD, "t.rise")
    a.emit(O.STORE, "t.rise")
    # 2**whole, times so much that it is an integer.
    a.emit(O.LOAD, "t.whole")
    a.emit(O.TABLE, a.base("octaves") + design.octaves)
    a.emit(O.SHORT, "t.rise")
    a.emit(O.LONG, "value")
    rounded(a, LOG_BITS + design.octaves)
    a.emit(O.RETURN)


def logarithm(a: Assembler, design: TrackerDesign) -> None:
    """A = the logarithm of a window's step A, at least 1."""
    bits = max(design.bounds["step"].bit_length(), LOG_BITS + 1)
    a.routine(LOGARITHM)
    a.emit(O.STORE, "t.log")
    a.number(1 << (bits - 1))
    a.emit(O.STORE, "t.low")
    a.emit(O.LOAD, bits - 1)
    a.emit(O.STORE, "t.whole")
    with a.repeat(bits - 1):  # up, until the leading one stands at the top
        a.emit(O.LOAD, "t.log")
        a.emit(O.LESS, "t.low")
        a.emit(O.LEFT, 1)
        a.emit(O.STORE, "t.fraction")
        a.emit(O.LOAD, "t.log")
        a.emit(O.TAKE, "t.fraction")
        a.emit(O.STORE, "t.log")
        a.emit(O.LOAD, "t.whole")
        a.emit(O.SUBTRACT, 1)
        a.emit(O.STORE, "t.fraction")
        a.emit(O.ADD, 1)
        a.emit(O.TAKE, "t.fraction")
        a.emit(O.STORE, "t.whole")
    a.emit(O.LOAD, a.base("logarithms"))
    a.emit(O.STORE, "table")
    a.emit(O.LOAD, "t.log")
    a.emit(O.SUBTRACT, "t.low")
    if bits > LOG_BITS + 1:
        a.emit(O.RIGHT, bits - 1 - LOG_BITS)
    a.call(INTERPOLATE)
    a.emit(O.STORE, "t.fraction")
    a.emit(O.LOAD, "t.whole")
    a.emit(O.LEFT, LOG_BITS)
    a.emit(O.ADD, "t.fraction")
    a.emit(O.RETURN)


def step(a: Assembler, design: TrackerDesign) -> None:
    """A = the step of the window around a target of ``width`` and ``height``."""
    a.routine(STEP)
    for one, other in (("width", "height"), ("height", "width")):
        a.emit(O.LOAD, one)
        a.emit(O.ADD, one)
        a.emit(O.ADD, one)
        a.emit(O.ADD, other)
        a.emit(O.STORE, f"t.{one}")
    a.emit(O.LONG, "t.width")
    a.call(ROOT)
    a.emit(O.RIGHT, 1)
    a.emit(O.LEFT, STEP_BITS - CENTRE_BITS + 1)
    a.emit(O.STORE, "t.width")
    a.number(design.exemplar_side)
    a.emit(O.STORE, "divisor")
    a.emit(O.LOAD, "t.width")
    a.call(DIVIDE)
    a.emit(O.ADD, 1)
    a.emit(O.RIGHT, 1)
    at_least(a, 1)
    a.emit(O.RETURN)


def write_routines(a: Assembler, design: TrackerDesign) -> None:
    """All of them, each behind those that it calls."""
    bounds = design.bounds
    divide(a, DIVIDE, (2 * bounds["step"]).bit_length())
    square_root(a, bounds["root"].bit_length())
    interpolate(a)
    scaled(a, design)
    logarithm(a, design)
    step(a, design)
