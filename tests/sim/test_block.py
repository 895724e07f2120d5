"""The helpers for block tests: they pass a right component and catch each kind of wrong one."""

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import stream
from amaranth.lib.wiring import Component, In, Out

from siammixer.sim.block import exchange


class Buffer(Component):
    """Passes bytes on one cycle later, one a cycle; ``fault`` breaks it in one way."""

    i: In(stream.Signature(8))
    o: Out(stream.Signature(8))

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        super().__init__()

    def elaborate(self, _) -> Module:
        m = Module()
        m.d.comb += self.i.ready.eq(self.o.ready | ~self.o.valid)
        with m.If(self.i.ready | (self.fault == "change")):
            m.d.sync += self.o.payload.eq(self.i.payload)
        with m.If(self.i.ready):
            m.d.sync += self.o.valid.eq(self.i.valid)
        if self.fault == "withdraw":
            count = Signal(3)
            m.d.sync += count.eq(count + 1)
            with m.If(count == 7):
                m.d.sync += self.o.valid.eq(0)
        if self.fault == "stuck":
            m.d.comb += self.i.ready.eq(0)
        return m


DATA = [3, 1, 4, 1, 5, 9, 2, 6] * 8


@pytest.mark.parametrize("stall", [0.0, 0.5])
def test_passes_a_right_component(stall):
    seen = exchange(Buffer(), {"i": DATA}, {"o": len(DATA)}, stall=stall, seed=1)
    assert seen["i"].payloads == seen["o"].payloads == DATA
    if not stall:
        assert seen["o"].cycles == list(range(1, len(DATA) + 1))  # latency 1, one a cycle
    else:
        assert seen["o"].cycles[-1] > 1.5 * len(DATA)


@pytest.mark.parametrize(
    ("fault", "message"),
    [("withdraw", "withdrawn"), ("change", "changed"), ("stuck", "watchdog: Buffer not finished")],
)
def test_catches_a_wrong_component(fault, message):
    with pytest.raises(AssertionError, match=message):
        exchange(Buffer(fault), {"i": DATA}, {"o": len(DATA)}, stall=0.5, watchdog=1000)


def test_a_payload_too_many_shows():
    assert len(exchange(Buffer(), {"i": DATA}, {"o": len(DATA) - 3})["o"].payloads) == len(DATA)
