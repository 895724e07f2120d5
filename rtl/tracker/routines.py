"""Routines of the tracker's program: division, square root, logarithm, power, the window's step.

Each writes instructions into an assembler. Values pass in the accumulator A and in registers, which the
docstrings name; ``t.`` begins the names of registers that a routine uses for itself.
"""

from __future__ import annotations

from siammixer.arch.tracker import CENTRE_BITS, LOG_BITS, STEP_BITS, TABLE_BITS, TrackerDesign
from siammixer.ir import box_map
from siammixer.rtl.tracker.assembler import Assembler
from siammixer.rtl.tracker.instructions import SHORT_BITS
from siammixer.rtl.tracker.instructions import Operation as Op

QUOTIENT, DIVIDE, ROOT, STEP = "quotient", "divide", "root", "step"
INTERPOLATE, SCALED, LOGARITHM = "interpolate", "scaled", "logarithm"
QUOTIENT_BITS = 8 + LOG_BITS - (box_map.STEPS_PER_OCTAVE.bit_length() - 1)
"""Bits of the votes, signed: those of sizes are the largest."""


def rounded(a: Assembler, bits: int) -> None:
    """A = A over 2**bits, half up; ``bits`` is at least 1."""
    if bits > 1:
        a.emit(Op.RIGHT, bits - 1)
    a.emit(Op.ADD, 1)
    a.emit(Op.RIGHT, 1)


def times(a: Assembler, register: str, factor: int) -> None:
    """A = a register times a number that is not negative."""
    a.number(factor)
    a.emit(Op.SHORT if factor < 1 << SHORT_BITS else Op.LONG, register)


def at_least(a: Assembler, limit: int | str) -> None:
    """A = the larger one of A and a number or register."""
    a.emit(Op.LESS, limit)
    a.emit(Op.TAKE, limit)


def at_most(a: Assembler, limit: int | str) -> None:
    """A = the smaller one of A and a number or register."""
    a.emit(Op.LESS, limit)
    a.emit(Op.KEEP, limit)


def _bisected(a: Assembler, bits: int, square: bool) -> None:
    """The largest root from ``root`` on, below it plus 2**bits, whose product with ``divisor``, or with
    itself, is below ``beyond``.
    """
    a.number(1 << (bits - 1))
    a.emit(Op.STORE, "bit")
    with a.repeat(bits):
        a.emit(Op.LOAD, "root")
        a.emit(Op.ADD, "bit")
        a.emit(Op.STORE, "t.try")
        if not square:
            a.emit(Op.LOAD, "divisor")
        a.emit(Op.LONG, "t.try")
        a.emit(Op.LESS, "beyond")
        a.emit(Op.LOAD, "root")
        a.emit(Op.TAKE, "t.try")
        a.emit(Op.STORE, "root")
        a.emit(Op.LOAD, "bit")
        a.emit(Op.RIGHT, 1)
        a.emit(Op.STORE, "bit")
    a.emit(Op.LOAD, "root")


def divide(a: Assembler, name: str, bits: int, *, negative: bool = False) -> None:
    """A = A // ``divisor``, which is positive and below half of the long multiplier's range. The quotient
    has so many bits, without sign; with ``negative`` one of them is its sign.
    """
    a.routine(name)
    a.emit(Op.ADD, 1)
    a.emit(Op.STORE, "beyond")
    a.number(-(1 << (bits - 1)) if negative else 0)
    a.emit(Op.STORE, "root")
    _bisected(a, bits, square=False)
    a.emit(Op.RETURN)


def square_root(a: Assembler, bits: int) -> None:
    """A = the integer square root of A, which has at most twice so many bits."""
    a.routine(ROOT)
    a.emit(Op.ADD, 1)
    a.emit(Op.STORE, "beyond")
    a.emit(Op.LOAD, 0)
    a.emit(Op.STORE, "root")
    _bisected(a, bits, square=True)
    a.emit(Op.RETURN)


def interpolate(a: Assembler) -> None:
    """A = the value at A, 0 to 65535 of 65536, of the table that begins at ``table``."""
    low = LOG_BITS - TABLE_BITS
    a.routine(INTERPOLATE)
    a.emit(Op.STORE, "t.fraction")
    a.emit(Op.RIGHT, low)
    a.emit(Op.STORE, "t.index")
    a.emit(Op.TABLE, "table")
    a.emit(Op.STORE, "t.low")
    a.emit(Op.LOAD, "t.index")
    a.emit(Op.ADD, 1)
    a.emit(Op.TABLE, "table")
    a.emit(Op.SUBTRACT, "t.low")
    a.emit(Op.STORE, "t.rise")
    # The fraction's low bits are what SHORT takes of it, once the index is off.
    a.emit(Op.LOAD, "t.index")
    a.emit(Op.LEFT, low)
    a.emit(Op.STORE, "t.index")
    a.emit(Op.LOAD, "t.fraction")
    a.emit(Op.SUBTRACT, "t.index")
    a.emit(Op.SHORT, "t.rise")
    a.emit(Op.RIGHT, low)
    a.emit(Op.ADD, "t.low")
    a.emit(Op.RETURN)


def scaled(a: Assembler, design: TrackerDesign) -> None:
    """A = ``value`` times 2 to the power of A / 65536, half up."""
    a.routine(SCALED)
    a.emit(Op.STORE, "t.log")
    a.emit(Op.RIGHT, LOG_BITS)
    a.emit(Op.STORE, "t.whole")
    a.emit(Op.LEFT, LOG_BITS)
    a.emit(Op.STORE, "t.fraction")
    a.emit(Op.LOAD, a.base("powers"))
    a.emit(Op.STORE, "table")
    a.emit(Op.LOAD, "t.log")
    a.emit(Op.SUBTRACT, "t.fraction")
    a.call(INTERPOLATE)
    a.emit(Op.STORE, "t.rise")
    a.number(1 << LOG_BITS)
    a.emit(Op.ADD, "t.rise")
    a.emit(Op.STORE, "t.rise")
    # 2**whole, times so much that it is an integer.
    a.emit(Op.LOAD, "t.whole")
    a.emit(Op.TABLE, a.base("octaves") + design.octaves)
    a.emit(Op.SHORT, "t.rise")
    a.emit(Op.LONG, "value")
    rounded(a, LOG_BITS + design.octaves)
    a.emit(Op.RETURN)


def logarithm(a: Assembler, design: TrackerDesign) -> None:
    """A = the logarithm of a window's step A, at least 1."""
    bits = max(design.bounds["step"].bit_length(), LOG_BITS + 1)
    a.routine(LOGARITHM)
    a.emit(Op.STORE, "t.log")
    a.number(1 << (bits - 1))
    a.emit(Op.STORE, "t.low")
    a.emit(Op.LOAD, bits - 1)
    a.emit(Op.STORE, "t.whole")
    with a.repeat(bits - 1):  # up, until the leading one stands at the top
        a.emit(Op.LOAD, "t.log")
        a.emit(Op.LESS, "t.low")
        a.emit(Op.LEFT, 1)
        a.emit(Op.STORE, "t.fraction")
        a.emit(Op.LOAD, "t.log")
        a.emit(Op.TAKE, "t.fraction")
        a.emit(Op.STORE, "t.log")
        a.emit(Op.LOAD, "t.whole")
        a.emit(Op.SUBTRACT, 1)
        a.emit(Op.STORE, "t.fraction")
        a.emit(Op.ADD, 1)
        a.emit(Op.TAKE, "t.fraction")
        a.emit(Op.STORE, "t.whole")
    a.emit(Op.LOAD, a.base("logarithms"))
    a.emit(Op.STORE, "table")
    a.emit(Op.LOAD, "t.log")
    a.emit(Op.SUBTRACT, "t.low")
    if bits > LOG_BITS + 1:
        a.emit(Op.RIGHT, bits - 1 - LOG_BITS)
    a.call(INTERPOLATE)
    a.emit(Op.STORE, "t.fraction")
    a.emit(Op.LOAD, "t.whole")
    a.emit(Op.LEFT, LOG_BITS)
    a.emit(Op.ADD, "t.fraction")
    a.emit(Op.RETURN)


def step(a: Assembler, design: TrackerDesign) -> None:
    """A = the step of the window around a target of ``width`` and ``height``."""
    a.routine(STEP)
    for one, other in (("width", "height"), ("height", "width")):
        a.emit(Op.LOAD, one)
        a.emit(Op.ADD, one)
        a.emit(Op.ADD, one)
        a.emit(Op.ADD, other)
        a.emit(Op.STORE, f"t.{one}")
    a.emit(Op.LONG, "t.width")
    a.call(ROOT)
    a.emit(Op.RIGHT, 1)
    a.emit(Op.LEFT, STEP_BITS - CENTRE_BITS + 1)
    a.emit(Op.STORE, "t.width")
    a.number(design.exemplar_side)
    a.emit(Op.STORE, "divisor")
    a.emit(Op.LOAD, "t.width")
    a.call(DIVIDE)
    a.emit(Op.ADD, 1)
    a.emit(Op.RIGHT, 1)
    at_least(a, 1)
    a.emit(Op.RETURN)


def write_routines(a: Assembler, design: TrackerDesign) -> None:
    """All of them, each behind those that it calls."""
    bounds = design.bounds
    divide(a, QUOTIENT, QUOTIENT_BITS, negative=True)
    divide(a, DIVIDE, (2 * bounds["step"]).bit_length())
    square_root(a, bounds["root"].bit_length())
    interpolate(a)
    scaled(a, design)
    logarithm(a, design)
    step(a, design)
