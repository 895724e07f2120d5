"""The registers of :mod:`siammixer.arch.registers` in hardware: a bus's accesses drive the core."""

from __future__ import annotations

from amaranth.hdl import Const, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.interface import RESET_CYCLES, RESPONSE_LATENCY
from siammixer.arch.register_map import WIDTH
from siammixer.arch.registers import CORE, constants
from siammixer.rtl.bus.access import ACCESS, ANSWER
from siammixer.rtl.bus.register_file import RegisterFile
from siammixer.rtl.host import CONTROL

assert RESPONSE_LATENCY <= 3, "between two accesses a cell of the response has three cycles to come"


class HostRegisters(wiring.Component):
    """Executes accesses to the registers, one after the other, on the core.

    An access is answered after 3 cycles; one that writes a word 1 cycle later, and as many more as the core
    does not take it.

    Parameters
    ----------
    accelerator
        Sizes that the registers tell.

    Members
    -------
    i : In(stream.Signature(ACCESS))
        Accesses.
    o : Out(stream.Signature(ANSWER))
        The answer to each, in their order.
    core : Out(CONTROL)
        The core's interface (:class:`siammixer.rtl.host.HostSignature`) but its pixels, which nothing drives.
    core_reset : Out(1)
        The core's reset.
    drain : Out(1)
        Pixels that come now are to be dropped.
    interrupt : Out(1)
        The interrupt line.
    """

    def __init__(self, accelerator: Accelerator):
        self._accelerator = accelerator
        super().__init__(
            {
                "i": In(stream.Signature(ACCESS)),
                "o": Out(stream.Signature(ANSWER)),
                "core": Out(CONTROL),
                "core_reset": Out(1),
                "drain": Out(1),
                "interrupt": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        r = _Registers()
        file, core = RegisterFile(CORE), self.core
        self._follow_runs(m, r)
        self._drive(m, r, file)
        free = ~(core.busy | r.reset[0])
        starts = file.access.data[CORE.find("control").field("start").lowest]
        file.execute(
            m,
            self.i,
            self.o,
            values=self._values(r),
            free=free,
            refused=~free & file.chosen["control"] & file.access.write & starts,
            words=core.write,
            word_refused=core.refused,
        )
        self._act(m, r, file)
        return m

    def _follow_runs(self, m: Module, r: _Registers) -> None:
        """Cycles of the latest run, whether one has ended, and the core's reset."""
        with m.If(self.core.start):
            m.d.sync += [r.cycles.eq(0), r.running.eq(1), r.done.eq(0)]
        with m.Elif(r.running):
            m.d.sync += r.cycles.eq(r.cycles + 1)
        with m.If(self.core.done):
            m.d.sync += [r.running.eq(0), r.done.eq(1)]
        m.d.sync += r.reset.eq(r.reset >> 1)
        with m.If(self.core_reset):
            m.d.sync += [r.cycles.eq(0), r.running.eq(0), r.done.eq(0)]

    def _drive(self, m: Module, r: _Registers, file: RegisterFile) -> None:
        """The registers' contents drive the core."""
        m.d.comb += [
            self.core_reset.eq(r.reset[0]),
            self.core.start.eq(file.acts["control", "start"]),
            self.core.entry.eq(file.set["entry", "value"]),
            self.core.response_address.eq(file.set["response_address", "value"]),
            self.drain.eq(file.set["control", "drain"] & ~self.core.busy),
            self.interrupt.eq(file.set["interrupt", "enable"] & r.done),
        ]

    def _values(self, r: _Registers) -> dict[tuple[str, str], object]:
        """The values that fields read, by the names of register and field."""
        core = self.core
        return {
            **{(name, "value"): Const(value, WIDTH) for name, value in constants(self._accelerator).items()},
            ("status", "busy"): core.busy | r.reset[0],
            ("status", "done"): r.done,
            ("status", "error"): core.error,
            ("status", "step"): core.step,
            ("cycles", "value"): r.cycles,
            ("peak_position", "value"): core.peak_position,
            ("peak_value", "value"): core.peak_value,
            ("response_data", "value"): core.response_data,
        }

    def _act(self, m: Module, r: _Registers, file: RegisterFile) -> None:
        """The further effects of an access; they count more than what the core does in that cycle."""
        cell = file.set["response_address", "value"]
        with m.If(file.read["response_data"]):
            m.d.sync += cell.eq(cell + 1)
        with m.If(file.acts["status", "done"]):
            m.d.sync += r.done.eq(0)
        with m.If(file.acts["control", "reset"]):
            m.d.sync += r.reset.eq(r.reset | (1 << RESET_CYCLES) - 1)


class _Registers:
    """The registers beside those of the description."""

    def __init__(self):
        # Cycles of the latest run, whether it is in progress, whether it has ended.
        self.cycles = Signal(32)
        self.running = Signal()
        self.done = Signal()
        # The core's reset, cycle by cycle.
        self.reset = Signal(RESET_CYCLES)
