"""The registers of a map: what a block keeps of them, and the states that execute accesses."""

from __future__ import annotations

from collections.abc import Mapping

from amaranth.hdl import Cat, Const, Module, Signal, Value, ValueLike

from siammixer.arch.register_map import Field, Register, RegisterMap
from siammixer.rtl.bus.access import ACCESS, ANSWER

Name = tuple[str, str]
"""The names of a register and of one of its fields."""


class RegisterFile:
    """Executes accesses to the registers of a map, one after the other, for the block that it is a part of.

    An access is answered after 3 cycles; one that writes a word 1 cycle later, and as many more as the core
    does not take it. Whether it is refused is judged in the cycle after it came, and what it does happens in
    the cycle behind that.

    Parameters
    ----------
    registers
        The map; it has the registers of :func:`siammixer.arch.register_map.word_registers`.

    Attributes
    ----------
    access
        The access that is executed.
    set
        What was written into fields with access "write", by their names.
    acts
        For each field with access "pulse" or "clear": a one is written in this cycle.
    written, read
        For each register: it is written, or read, in this cycle.
    chosen
        For each register: the access is to it.
    """

    def __init__(self, registers: RegisterMap):
        self._map = registers
        self._answer = Signal(ANSWER)
        self.access = Signal(ACCESS)
        self.set: dict[Name, Signal] = {}
        self.acts: dict[Name, Signal] = {}
        for register, field in registers.fields():
            names = (register.name, field.name)
            if field.access == "write":
                self.set[names] = Signal(field.bits, name="_".join(names))
            elif field.access != "read":
                self.acts[names] = Signal(name=f"act_{'_'.join(names)}")
        self.chosen, self.written, self.read = (
            {register.name: Signal(name=f"{what}_{register.name}") for register in registers.registers}
            for what in ("to", "writes", "reads")
        )

    def execute(
        self,
        m: Module,
        i,
        o,
        *,
        values: Mapping[Name, ValueLike],
        free: Value,
        refused: Value,
        words,
        word_refused: Value,
    ) -> None:
        """The machine that takes accesses from ``i`` and answers them to ``o``.

        Parameters
        ----------
        i, o
            Streams of ACCESS and ANSWER.
        values
            What the fields read that are not in ``set``.
        free
            The core is not busy: registers that are for an idle core only may be used.
        refused
            The access is refused for another reason than the map's.
        words, word_refused
            Where words for the memories go, and why that of the cycle before was dropped.
        """
        m.d.comb += o.payload.eq(self._answer)
        for register in self._map.registers:
            m.d.comb += self.chosen[register.name].eq(self.access.address == register.address)
        with m.FSM():
            with m.State("idle"):
                m.d.comb += i.ready.eq(1)
                m.d.sync += [self.access.eq(i.payload), self._answer.eq(0)]
                with m.If(i.valid):
                    m.next = "judge"
            with m.State("judge"):
                m.next = "act"
                with m.If(~self._legal(free) | refused):
                    m.d.sync += self._answer.error.eq(1)
                    m.next = "answer"
            with m.State("act"):
                m.next = "answer"
                self._act(m, self.set | dict(values))
            self._store(m, words, word_refused)
            with m.State("answer"):
                m.d.comb += o.valid.eq(1)
                with m.If(o.ready):
                    m.next = "idle"

    def _legal(self, free: Value) -> Value:
        """Whether the map allows the access."""
        write, whole = self.access.write, self.access.whole
        return Cat(
            self.chosen[register.name]
            & (write & whole & register.writable | ~write & register.readable)
            & (free | ~Const(register.idle, 1))
            for register in self._map.registers
        ).any()

    def _act(self, m: Module, values: Mapping[Name, ValueLike]) -> None:
        """Reads or writes the register."""
        for register in self._map.registers:
            with m.If(self.chosen[register.name] & self.access.write):
                m.d.comb += self.written[register.name].eq(1)
                for field in register.fields:
                    self._write(m, (register.name, field.name), field)
                if register.name == "word_high":
                    m.next = "store"
            with m.Elif(self.chosen[register.name]):
                m.d.comb += self.read[register.name].eq(1)
                m.d.sync += self._answer.data.eq(_packed(register, values))

    def _write(self, m: Module, names: Name, field: Field) -> None:
        given = self.access.data[field.lowest : field.lowest + field.bits]
        if names in self.set:
            m.d.sync += self.set[names].eq(given)
        elif names in self.acts:
            m.d.comb += self.acts[names].eq(given)

    def _store(self, m: Module, words, word_refused: Value) -> None:
        """The states that write a word and see what becomes of it."""
        place, word = self.set["word_address", "address"], words.payload
        m.d.comb += [
            word.address.eq(place),
            word.target.eq(self.set["word_address", "target"]),
            word.data.eq(Cat(self.set[name, "value"] for name in ("word_low", "word_middle", "word_high"))),
        ]
        with m.State("store"):
            m.d.comb += words.valid.eq(1)
            with m.If(words.ready):
                m.d.sync += place.eq(place + 1)
                m.next = "stored"
        with m.State("stored"):
            m.d.sync += self._answer.error.eq(word_refused != 0)
            m.next = "answer"


def _packed(register: Register, values: Mapping[Name, ValueLike]) -> Cat:
    """A register's value: its fields in their places, zeros between."""
    parts, place = [], 0
    for field in register.fields:
        value = values.get((register.name, field.name), Const(0, field.bits))
        parts.append(Const(0, field.lowest - place))
        parts.append(Cat(value, Const(0, field.bits))[: field.bits])
        place = field.lowest + field.bits
    return Cat(*parts)
