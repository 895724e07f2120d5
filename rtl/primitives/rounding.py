"""The last two steps to an INT8: clamp, then round half to even."""

from amaranth.hdl import Module, Mux, Signal, Value, signed

CYCLES = 2


def clamp_and_round(m: Module, value: Value, fraction: int, *, name: str, enables, floor_is_zero=0) -> Signal:
    """``clamp(RNE(value / 2**fraction), 0 or -128, 127)`` of :data:`CYCLES` cycles ago.

    Clamped before it is rounded: what then is counted up has eight bits and not all of the value's,
    and no carry has far to go. Rounding goes up where more than a half is cut off, or just a half
    of an odd quotient, and never past a bound.

    Parameters
    ----------
    value
        Signed.
    fraction
        Bits that are cut off, at least 2.
    enables
        For each of the two cycles, whether its register loads.
    floor_is_zero
        Lower bound 0 instead of -128.
    """
    quotient, rest = value[fraction:].as_signed(), value[:fraction]
    outside = beyond(quotient, 8)
    zero = floor_is_zero & quotient[-1]
    clamped = Signal(signed(8), name=f"clamped_{name}", reset_less=True)
    up = Signal(name=f"up_{name}", reset_less=True)
    rounded = Signal(signed(8), name=f"rounded_{name}", reset_less=True)
    with m.If(enables[0]):
        m.d.sync += [
            clamped.eq(Mux(zero, 0, saturate(quotient, 8))),
            up.eq(rest[-1] & (rest[:-1].any() | quotient[0]) & ~outside & ~zero),
        ]
    with m.If(enables[1]):
        m.d.sync += rounded.eq(clamped + (up & (clamped != 127)))
    return rounded


def beyond(value: Value, bits: int) -> Value:
    """Whether a signed integer of that many bits cannot hold ``value``."""
    top = value[bits - 1 :]
    return top.any() & ~top.all()


def saturate(value: Value, bits: int) -> Value:
    """``value`` limited to a signed integer of that many bits."""
    high, low = 2 ** (bits - 1) - 1, -(2 ** (bits - 1))
    return Mux(beyond(value, bits), Mux(value[-1], low, high), value[:bits].as_signed())
