"""Parts that the benches of proofs share."""

from amaranth.hdl import Assert, Fragment, Module, Mux, Signal, Value
from amaranth.lib.wiring import Component, In


def constant(m: Module, value, name: str):
    """The ``value`` of the first cycle, in every cycle. It is free but never changes, not even with a
    reset.
    """
    held, known = (
        Signal.like(value, name=f"{name}_held", reset_less=True),
        Signal(name=f"{name}_known", reset_less=True),
    )
    now = Mux(known, held, value)
    m.d.sync += [held.eq(now), known.eq(1)]
    return now


def history(m: Module, cycles: int, name: str) -> Signal:
    """Whether ``cycles`` cycles have passed since the first cycle and since the last reset, 1 bit."""
    past = Signal(range(cycles + 1), name=name)
    with m.If(past < cycles):
        m.d.sync += past.eq(past + 1)
    return past == cycles


class Bench(Component):
    """A block and its assertions. The ``inputs`` and the reset are free in every cycle.

    Parameters
    ----------
    inputs
        Name of each input -> its shape.
    build
        Adds the block and the assertions; called with the module and this component.
    """

    def __init__(self, inputs: dict, build):
        self._build = build
        super().__init__({name: In(shape) for name, shape in inputs.items()})

    def elaborate(self, platform):
        m = Module()
        self._build(m, self)
        return m


def opened(block: Component) -> Module:
    """The block's module. Its parts can be inspected and replaced before the block is used."""
    module = block.elaborate(None)
    block.elaborate = lambda platform: module
    return module


def peek(module: Module, memory: str, address):
    """The word at an address of a memory, read through a port that the block does not have."""
    port = getattr(module.submodules, memory).read_port(domain="comb")
    module.d.comb += port.addr.eq(address)
    return port.data


def registers(block: Component) -> dict[str, Signal]:
    """The block's own registers by name, for assertions about a state that an induction needs.

    Where :func:`opened` is needed too, it must be called before.
    """
    fragment = Fragment.get(block.elaborate(None), None)
    block.elaborate = lambda platform: fragment
    return {
        signal.name: signal
        for statement in fragment.statements.get("sync", ())
        for signal in statement._lhs_signals()
    }


def offers_stand(m: Module, stream, forgets, name: str) -> None:
    """Asserts that an offer which was not taken stays the same in the next cycle, unless ``forgets``
    was 1.
    """
    offer, waiting = Value.cast(stream.payload), Signal(name=f"{name}_waiting")
    payload = Signal.like(offer, name=f"{name}_payload")
    m.d.sync += [waiting.eq(stream.valid & ~stream.ready & ~forgets), payload.eq(offer)]
    with m.If(waiting):
        m.d.comb += [Assert(stream.valid), Assert(offer == payload)]
