"""An AXI4-Lite subordinate (Arm IHI 0022, part B) in front of registers."""

from amaranth.hdl import Cat, ClockDomain, ClockSignal, Module, Mux, ResetSignal, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.register_map import ADDRESS_BITS, WIDTH
from siammixer.rtl.bus.access import ACCESS, ANSWER

OKAY, SLVERR = 0, 2
"""Codes of ``bresp`` and ``rresp``."""

AXI_LITE = {
    "awaddr": In(ADDRESS_BITS),
    "awprot": In(3),
    "awvalid": In(1),
    "awready": Out(1),
    "wdata": In(WIDTH),
    "wstrb": In(WIDTH // 8),
    "wvalid": In(1),
    "wready": Out(1),
    "bresp": Out(2),
    "bvalid": Out(1),
    "bready": In(1),
    "araddr": In(ADDRESS_BITS),
    "arprot": In(3),
    "arvalid": In(1),
    "arready": Out(1),
    "rdata": Out(WIDTH),
    "rresp": Out(2),
    "rvalid": Out(1),
    "rready": In(1),
}
"""The signals of the bus, as its subordinate sees them."""


BUS = {"aclk": In(1), "aresetn": In(1)} | {f"s_axi_{name}": member for name, member in AXI_LITE.items()}
"""The members of a core behind the bus: clock, reset (synchronous, active low), and the bus."""


def connect_bus(m: Module, core: wiring.Component, registers: wiring.Component) -> None:
    """Puts ``registers``, which execute accesses, behind the members :data:`BUS` of a core, whose clock and
    reset are those of everything in it.
    """
    m.domains.sync = ClockDomain(local=True)
    m.d.comb += [ClockSignal().eq(core.aclk), ResetSignal().eq(~core.aresetn)]
    m.submodules.bus = bus = AxiLite()
    for name, member in AXI_LITE.items():
        ours, theirs = getattr(core, f"s_axi_{name}"), getattr(bus.s_axi, name)
        m.d.comb += theirs.eq(ours) if member.flow is In else ours.eq(theirs)
    wiring.connect(m, bus.o, registers.i)
    wiring.connect(m, registers.o, bus.i)


class AxiLite(wiring.Component):
    """Turns the transactions of an AXI4-Lite bus into accesses, one after the other, and their answers into
    responses.

    An address and its data may come in any order, and before or after the ready of their channel. A read and
    a write that wait at the same time take turns. ``awprot`` and ``arprot`` do not matter. Every valid and
    ready is a register or depends on registers only.

    Members
    -------
    s_axi : Out(wiring.Signature(AXI_LITE))
        The bus; the directions are the subordinate's.
    o : Out(stream.Signature(ACCESS))
        Accesses.
    i : In(stream.Signature(ANSWER))
        The answer to each, in their order.
    """

    def __init__(self):
        super().__init__(
            {
                "s_axi": Out(wiring.Signature(AXI_LITE)),
                "o": Out(stream.Signature(ACCESS)),
                "i": In(stream.Signature(ANSWER)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        bus, access = self.s_axi, self.o.payload
        held = {name: Signal(name=f"holds_{name}") for name in ("aw", "w", "ar")}
        write_address, read_address = Signal(ADDRESS_BITS), Signal(ADDRESS_BITS)
        data, strobe = Signal(WIDTH), Signal(WIDTH // 8)
        self._hold(m, "aw", held["aw"], write_address.eq(bus.awaddr))
        self._hold(m, "w", held["w"], data.eq(bus.wdata), strobe.eq(bus.wstrb))
        self._hold(m, "ar", held["ar"], read_address.eq(bus.araddr))
        writes, was_write = Signal(), Signal()
        m.d.comb += [
            access.write.eq(writes),
            access.address.eq(Mux(writes, write_address, read_address)),
            access.data.eq(data),
            access.whole.eq(strobe.all()),
        ]
        with m.FSM():
            with m.State("idle"):
                both = held["aw"] & held["w"]
                m.d.sync += writes.eq(both & ~(held["ar"] & was_write))
                with m.If(both | held["ar"]):
                    m.next = "ask"
            with m.State("ask"):
                m.d.comb += self.o.valid.eq(1)
                with m.If(self.o.ready):
                    m.d.sync += was_write.eq(writes)
                    with m.If(writes):
                        m.d.sync += [held["aw"].eq(0), held["w"].eq(0)]
                    with m.Else():
                        m.d.sync += held["ar"].eq(0)
                    m.next = "hear"
            with m.State("hear"):
                m.d.comb += self.i.ready.eq(1)
                response = Mux(self.i.payload.error, SLVERR, OKAY)
                m.d.sync += Cat(bus.bresp, bus.rresp).eq(Cat(response, response))
                m.d.sync += bus.rdata.eq(self.i.payload.data)
                with m.If(self.i.valid):
                    m.d.sync += [bus.bvalid.eq(writes), bus.rvalid.eq(~writes)]
                    m.next = "respond"
            with m.State("respond"):
                with m.If(Mux(writes, bus.bready, bus.rready)):
                    m.d.sync += [bus.bvalid.eq(0), bus.rvalid.eq(0)]
                    m.next = "idle"
        return m

    def _hold(self, m: Module, name: str, held: Signal, *keep) -> None:
        """A channel's transfer is kept until its access has been asked for."""
        valid, ready = getattr(self.s_axi, f"{name}valid"), getattr(self.s_axi, f"{name}ready")
        m.d.comb += ready.eq(~held)
        with m.If(valid & ready):
            m.d.sync += [held.eq(1), *keep]
