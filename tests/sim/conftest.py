"""An accelerator's ports around something trivial: what the simulation library is tested with."""

import pytest
from amaranth.hdl import Assert, Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import data, stream
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import Component, In, Out, Signature

from siammixer.arch.interface import HOST
from siammixer.sim.ports import host_ports

WRITE_WORD = data.StructLayout({"address": 24, "target": 2, "data": 72})
PIXEL = data.StructLayout({"red": 8, "green": 8, "blue": 8, "last": 1})


class Dummy(Component):
    """Echoes: pixel i becomes a trace write of (red, green, blue, weight[i mod 4], 0 ...) at address i.

    Weight a is the low byte of the last write to target 1, address a. Step s is the s-th 16 pixels.
    Done comes one cycle after the last pixel; error is 1 where there were not ``pixels`` of them.
    The response is the square of its address, peak_position and peak_value are the sums of red and
    of minus green. Multipliers, if any, only cost time.

    A write to target 2 breaks it: data 1 makes it never ready for a write again, 2 writes a trace
    after done, 3 fails an assertion at the first pixel.
    """

    def __init__(self, lanes: int = 4, pixels: int = 48, multipliers: int = 0) -> None:
        self.lanes, self.pixel_count, self.multipliers = lanes, pixels, multipliers
        trace = Signature({"valid": Out(1), "step": Out(16), "address": Out(16), "data": Out(8 * lanes)})
        control = {
            "write": In(stream.Signature(WRITE_WORD)),
            "pixels": In(stream.Signature(PIXEL)),
            "refused": Out(8),
            "start": In(1),
            "entry": In(16),
            "busy": Out(1),
            "done": Out(1),
            "error": Out(8),
            "step": Out(16),
            "response_address": In(16),
            "response_data": Out(signed(32)),
            "peak_position": Out(16),
            "peak_value": Out(signed(32)),
        }
        observed = {"step_done": Out(1), "trace": Out(trace), "identity": Out(64)}
        super().__init__(({HOST: Out(Signature(control))} if HOST else control) | observed)

    def elaborate(self, _) -> Module:
        m, host = Module(), host_ports(self)
        m.submodules.weights = weights = Memory(shape=8, depth=4, init=[])
        store, fetch = weights.write_port(), weights.read_port(domain="comb")
        index, pause, taken, fault = Signal(16), Signal(2), Signal(), Signal(2)
        word, pixel = host.write.payload, host.pixels.payload
        m.d.comb += [
            host.write.ready.eq(fault != 1),
            store.addr.eq(word.address),
            store.data.eq(word.data),
            store.en.eq(host.write.valid & (word.target == 1)),
            fetch.addr.eq(index),
            host.pixels.ready.eq(host.busy & (pause == 0)),
            taken.eq(host.pixels.valid & host.pixels.ready),
            host.step.eq(index >> 4),
            self.step_done.eq(taken & (index[:4] == 15)),
            self.trace.valid.eq(taken | (fault == 2) & ~host.busy & (index == self.pixel_count)),
            self.trace.step.eq(host.step),
            self.trace.address.eq(index),
            self.trace.data.eq(Cat(pixel.red, pixel.green, pixel.blue, fetch.data)),
            self.identity.eq(0x0123_4567_89AB_CDEF),
        ]
        m.d.sync += host.done.eq(taken & pixel.last)
        with m.If(host.write.valid & host.write.ready & (word.target == 2)):
            m.d.sync += fault.eq(word.data)
        with m.If(self.step_done):
            m.d.sync += pause.eq(3)  # each step ends with three cycles in which no pixel is taken
        with m.Elif(pause != 0):
            m.d.sync += pause.eq(pause - 1)
        with m.If(host.start):
            m.d.sync += [
                host.busy.eq(1),
                index.eq(0),
                pause.eq(0),
                host.peak_position.eq(0),
                host.peak_value.eq(0),
                host.error.eq(0),
            ]
        with m.If(taken):
            m.d.sync += Assert(fault != 3, "fault 3")
            m.d.sync += [
                index.eq(index + 1),
                host.peak_position.eq(host.peak_position + pixel.red),
                host.peak_value.eq(host.peak_value - pixel.green),
            ]
            with m.If(pixel.last):
                m.d.sync += [host.busy.eq(0), host.error.eq(index != self.pixel_count - 1)]
        first, second = Signal(16), Signal(16)
        m.d.sync += [first.eq(host.response_address), second.eq(first)]
        if self.multipliers:
            m.submodules.array = array = Array(self.multipliers)
            m.d.comb += array.enable.eq(host.busy)
        m.d.sync += host.response_data.eq(second * second + (array.total if self.multipliers else 0))
        return m


class Array(Component):
    """Multipliers in a systolic chain with operand memories, accumulators and a sum: work for the speed
    test.
    """

    enable: In(1)
    total: Out(32)

    def __init__(self, multipliers: int) -> None:
        self.multipliers = multipliers
        super().__init__()

    def elaborate(self, _) -> Module:
        m = Module()
        address, activation = Signal(11), Signal(signed(8), init=1)
        m.d.sync += [address.eq(address + self.enable), activation.eq(activation * 5 + 3)]
        operand, total = activation, Const(0, 32)
        for group in range(-(-self.multipliers // 9)):
            m.submodules[f"weights{group}"] = weights = Memory(shape=72, depth=2048, init=[])
            read = weights.read_port()
            word = Signal(72, reset_less=True)
            m.d.comb += read.addr.eq(address)
            m.d.sync += word.eq(read.data)
            for lane in range(min(9, self.multipliers - 9 * group)):
                left, right, product, accumulator = (
                    Signal(signed(width), reset_less=True) for width in (8, 8, 16, 32)
                )
                m.d.sync += [left.eq(operand), right.eq(word.word_select(lane, 8)), product.eq(left * right)]
                m.d.sync += accumulator.eq(Mux(address == 0, 0, accumulator) + product)
                operand, previous = left, total
                total = Signal(32, reset_less=True)
                m.d.sync += total.eq(previous ^ accumulator)
        m.d.comb += self.total.eq(total)
        return m


@pytest.fixture(scope="session")
def dummy() -> type[Dummy]:
    return Dummy
