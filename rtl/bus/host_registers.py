"""The registers of :mod:`siammixer.arch.registers` in hardware: a bus's accesses drive the core."""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.interface import RESET_CYCLES, RESPONSE_LATENCY
from siammixer.arch.registers import REGISTERS, WIDTH, Field, Register, constants, fields, find_register
from siammixer.rtl.bus.access import ACCESS, ANSWER
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
        self._follow_runs(m, r)
        self._drive(m, r)
        chosen = self._choose(m, r)
        values = self._values(r)
        with m.FSM():
            with m.State("idle"):
                m.d.comb += self.i.ready.eq(1)
                m.d.sync += [r.access.eq(self.i.payload), r.answer.error.eq(0)]
                with m.If(self.i.valid):
                    m.next = "judge"
            self._judge(m, r, chosen)
            self._act(m, r, chosen, values)
            self._use_memories(m, r)
            with m.State("answer"):
                m.d.comb += self.o.valid.eq(1)
                with m.If(self.o.ready):
                    m.next = "idle"
        m.d.comb += self.o.payload.eq(r.answer)
        return m

    def _follow_runs(self, m: Module, r: _Registers) -> None:
        """Cycles of the latest run, whether one has ended, and the core's reset."""
        with m.If(self.core.start):
            m.d.sync += [r.cycles.eq(0), r.running.eq(1), r.set["status", "done"].eq(0)]
        with m.Elif(r.running):
            m.d.sync += r.cycles.eq(r.cycles + 1)
        with m.If(self.core.done):
            m.d.sync += [r.running.eq(0), r.set["status", "done"].eq(1)]
        m.d.sync += r.reset.eq(r.reset >> 1)
        with m.If(self.core_reset):
            m.d.sync += [r.cycles.eq(0), r.running.eq(0), r.set["status", "done"].eq(0)]

    def _drive(self, m: Module, r: _Registers) -> None:
        """The registers' contents drive the core."""
        word = self.core.write.payload
        m.d.comb += [
            self.core_reset.eq(r.reset[0]),
            self.core.entry.eq(r.set["entry", "value"]),
            self.core.response_address.eq(r.set["response_address", "value"]),
            word.address.eq(r.set["word_address", "address"]),
            word.target.eq(r.set["word_address", "target"]),
            word.data.eq(Cat(r.set[name, "value"] for name in ("word_low", "word_middle", "word_high"))),
            self.drain.eq(r.set["control", "drain"] & ~self.core.busy),
            self.interrupt.eq(r.set["interrupt", "enable"] & r.set["status", "done"]),
        ]

    def _choose(self, m: Module, r: _Registers) -> dict[str, Signal]:
        """For each register, whether the access is to it."""
        chosen = {register.name: Signal(name=f"to_{register.name}") for register in REGISTERS}
        for register in REGISTERS:
            m.d.comb += chosen[register.name].eq(r.access.address == register.address)
        return chosen

    def _values(self, r: _Registers) -> dict[tuple[str, str], object]:
        """The values that fields read, by the names of register and field."""
        core = self.core
        return r.set | {
            **{(name, "value"): Const(value, WIDTH) for name, value in constants(self._accelerator).items()},
            ("status", "busy"): core.busy | r.reset[0],
            ("status", "error"): core.error,
            ("status", "step"): core.step,
            ("cycles", "value"): r.cycles,
            ("peak_position", "value"): core.peak_position,
            ("peak_value", "value"): core.peak_value,
        }

    def _judge(self, m: Module, r: _Registers, chosen: dict[str, Signal]) -> None:
        """The state that refuses an access, or says which way it takes."""
        write, free = r.access.write, ~(self.core.busy | r.reset[0])
        starts = r.access.data[find_register("control").field("start").lowest]
        legal = Cat(
            chosen[register.name]
            & (write & r.access.whole & register.writable | ~write & register.readable)
            & (free | ~Const(register.idle, 1))
            & (free | ~(write & starts & Const(register.name == "control", 1)))
            for register in REGISTERS
        ).any()
        with m.State("judge"):
            m.next = "act"
            with m.If(~legal):
                m.d.sync += [r.answer.error.eq(1), r.answer.data.eq(0)]
                m.next = "answer"
            with m.Elif(chosen["response_data"]):
                m.next = "fetch"

    def _act(self, m: Module, r: _Registers, chosen: dict[str, Signal], values: dict) -> None:
        """The state that reads or writes a register."""
        with m.State("act"):
            m.next = "answer"
            for register in REGISTERS:
                with m.If(chosen[register.name]):
                    m.d.sync += r.answer.data.eq(_packed(register, values))
                    with m.If(r.access.write):
                        m.d.sync += r.answer.data.eq(0)
                        self._write(m, r, register)
                        if register.name == "word_high":
                            m.next = "store"

    def _write(self, m: Module, r: _Registers, register: Register) -> None:
        for field in register.fields:
            given = r.access.data[field.lowest : field.lowest + field.bits]
            if field.access == "write":
                m.d.sync += r.set[register.name, field.name].eq(given)
            elif field.access == "clear":
                with m.If(given):
                    m.d.sync += r.set[register.name, field.name].eq(0)
            elif field.name == "start":
                m.d.comb += self.core.start.eq(given)
            elif field.name == "reset":
                with m.If(given):
                    m.d.sync += r.reset.eq(r.reset | (1 << RESET_CYCLES) - 1)

    def _use_memories(self, m: Module, r: _Registers) -> None:
        """The states that read a word of the response, and that write a word and see what becomes of it."""
        cell, place = r.set["response_address", "value"], r.set["word_address", "address"]
        with m.State("fetch"):
            m.d.sync += [r.answer.data.eq(self.core.response_data), cell.eq(cell + 1)]
            m.next = "answer"
        with m.State("store"):
            m.d.comb += self.core.write.valid.eq(1)
            with m.If(self.core.write.ready):
                m.d.sync += place.eq(place + 1)
                m.next = "stored"
        with m.State("stored"):
            m.d.sync += r.answer.error.eq(self.core.refused != 0)
            m.next = "answer"


def _packed(register: Register, values: dict) -> Cat:
    """A register's value: its fields in their places, zeros between."""
    parts, place = [], 0
    for field in register.fields:
        parts.append(Const(0, field.lowest - place))
        parts.append(_read(register, field, values))
        place = field.lowest + field.bits
    return Cat(*parts)


def _read(register: Register, field: Field, values: dict):
    value = values.get((register.name, field.name), Const(0, field.bits))
    return Cat(value, Const(0, field.bits))[: field.bits]


class _Registers:
    """The registers behind those of the description."""

    def __init__(self):
        # The access that is executed, and its answer.
        self.access = Signal(ACCESS)
        self.answer = Signal(ANSWER)
        # What is written stands here, and what the hardware sets, by the names of register and field.
        self.set = {
            (register.name, field.name): Signal(field.bits, name=f"{register.name}_{field.name}")
            for register, field in fields()
            if field.access in ("write", "clear")
        }
        # Cycles of the latest run, whether it is in progress, and the core's reset, cycle by cycle.
        self.cycles = Signal(32)
        self.running = Signal()
        self.reset = Signal(RESET_CYCLES)
