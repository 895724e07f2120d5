"""The core as an IP: AXI4-Lite registers, an AXI4-Stream of pixels, an interrupt line."""

from amaranth.hdl import Module, ResetInserter, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.interface import PIXEL_FIELDS
from siammixer.rtl.accelerator import SiamMixer
from siammixer.rtl.bus.axi_lite import BUS, connect_bus
from siammixer.rtl.bus.flat import connect_trace, trace_members
from siammixer.rtl.bus.host_registers import HostRegisters
from siammixer.rtl.technology.technology import GENERIC, Technology

PIXEL_BITS = sum(bits for name, bits in PIXEL_FIELDS if name != "last")
"""Bits of ``s_axis_tdata``: red, green and blue from the lowest on."""


class AxiSiamMixer(wiring.Component):
    """A core behind AXI: registers (:mod:`siammixer.arch.registers`) and pixels.

    Its ports have the names from which tools infer the buses. ``tlast`` marks the last pixel of a crop.
    Pixels are taken during a run only, and while DRAIN of the register CONTROL is set and no run is in
    progress. A reset by ``aresetn`` or by the register CONTROL must last one cycle at least.

    Parameters
    ----------
    accelerator
        Sizes.
    technology
        Parts that multipliers and memories are built of.
    trace
        Whether there are the ports of :func:`siammixer.rtl.bus.flat.trace_members`.

    Members
    -------
    aclk : In(1)
        The clock of everything.
    aresetn : In(1)
        The reset, synchronous, active low.
    s_axi_... : AXI_LITE
        The registers.
    s_axis_tdata : In(PIXEL_BITS), s_axis_tvalid : In(1), s_axis_tready : Out(1), s_axis_tlast : In(1)
        The pixels.
    interrupt : Out(1)
        A run has ended, where the register INTERRUPT asks for it.
    """

    def __init__(self, accelerator: Accelerator, technology: Technology = GENERIC, *, trace: bool = False):
        self._accelerator, self._technology, self._traced = accelerator, technology, trace
        super().__init__(
            {
                **BUS,
                "s_axis_tdata": In(PIXEL_BITS),
                "s_axis_tvalid": In(1),
                "s_axis_tready": Out(1),
                "s_axis_tlast": In(1),
                "interrupt": Out(1),
                **(trace_members(accelerator) if trace else {}),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.registers = registers = HostRegisters(self._accelerator)
        connect_bus(m, self, registers)
        core_reset = Signal()
        core = SiamMixer(self._accelerator, self._technology, trace=self._traced)
        m.submodules.core = ResetInserter(core_reset)(core)
        m.d.comb += [core_reset.eq(registers.core_reset), self.interrupt.eq(registers.interrupt)]
        self._connect_core(m, registers, core)
        self._pass_pixels(m, registers.drain, core.host.pixels)
        if self._traced:
            connect_trace(m, self, core)
        return m

    def _connect_core(self, m: Module, registers: HostRegisters, core: SiamMixer) -> None:
        """Everything of the core but its pixels."""
        for path, member, _ in core.host.signature.flatten(core.host):
            if path[0] == "pixels":
                continue
            ours, theirs = core.host, registers.core
            for name in path:
                ours, theirs = getattr(ours, name), getattr(theirs, name)
            # The core's own directions are the host's, turned round.
            m.d.comb += theirs.eq(ours) if member.flow is Out else ours.eq(theirs)

    def _pass_pixels(self, m: Module, drain: Signal, pixels) -> None:
        colours = pixels.payload
        m.d.comb += [
            colours.red.eq(self.s_axis_tdata[:8]),
            colours.green.eq(self.s_axis_tdata[8:16]),
            colours.blue.eq(self.s_axis_tdata[16:24]),
            colours.last.eq(self.s_axis_tlast),
            pixels.valid.eq(self.s_axis_tvalid & ~drain),
            self.s_axis_tready.eq(pixels.ready | drain),
        ]
