"""Fetches the program's instructions, one after the other, and sees each step through."""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.errors import Error
from siammixer.arch.instruction import CHECK_BITS, INSTRUCTION_WORDS, Kind, rules
from siammixer.arch.interface import ENTRY_BITS
from siammixer.rtl.control.instruction import INSTRUCTION
from siammixer.rtl.control.patch_loop import PatchLoop
from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.rtl.primitives.skew import delay
from siammixer.rtl.technology.technology import GENERIC, Technology


class Sequencer(wiring.Component):
    """Runs a program from its first instruction to the one marked ``end``.

    A step takes ``FETCH`` cycles to fetch and decode, the address generator's own time, ``settle`` cycles
    until its last result is written, and one for ``step_done``. A LOOP takes ``FETCH`` cycles. An instruction
    that does not match its check, or breaks the rules (siammixer.arch.instruction), is not run. The first
    error ends the run: ``done`` comes with ``error`` set, and the next ``start`` clears it. ``busy`` is low
    again when ``done`` comes; a start in that cycle is taken. Where a word that should have been written was
    refused since the last start, the next run ends before its first instruction, with that error.

    Parameters
    ----------
    accelerator
        Sizes.
    settle
        Cycles from the address generator's last issue until everything it caused has happened.
    technology
        Parts that the program memory is built of.

    Members
    -------
    write_enable : In(1)
        ``write_data`` is stored in the program memory.
    write_address : In(range(accelerator.program_words))
        Where it is stored.
    write_data : In(32)
        The word to store.
    start : In(1)
        Run a program. While ``busy`` it is an error, reported when the run ends.
    entry : In(16)
        Address of the program's first word, in the cycle of ``start``.
    busy : Out(1)
        A run is in progress.
    done : Out(1)
        One cycle at the end of a run.
    error : Out(Error)
        Why the run ended (siammixer.arch.errors), 0 if it went well.
    fault : In(Error)
        An error found elsewhere, in the cycle it is found. It counts during a run only.
    refused : In(Error)
        A word for a memory was refused, or a start came too early, in any cycle.
    begin : Out(1)
        A step begins.
    instruction : Out(INSTRUCTION)
        Its instruction.
    patch_offset : Out(16)
        Offset of the current patch.
    walking : In(1)
        The address generator is busy.
    abort : Out(1)
        The address generator gives the step up.
    final : Out(1)
        This is the last patch.
    step : Out(16)
        Number of the instruction.
    step_done : Out(1)
        One cycle when its step is over.
    """

    # The program memory, the words one after the other, one cycle to decode, one to begin.
    FETCH = BlockRam.LATENCY + INSTRUCTION_WORDS + 2

    def __init__(self, accelerator: Accelerator, *, settle: int, technology: Technology = GENERIC):
        self._lanes, self._words = accelerator.lanes, accelerator.program_words
        self._settle, self._technology = settle, technology
        super().__init__(
            {
                "write_enable": In(1),
                "write_address": In(range(accelerator.program_words)),
                "write_data": In(32),
                "start": In(1),
                "entry": In(ENTRY_BITS),
                "busy": Out(1),
                "done": Out(1),
                "error": Out(Error),
                "fault": In(Error),
                "refused": In(Error),
                "begin": Out(1),
                "instruction": Out(INSTRUCTION),
                "patch_offset": Out(16),
                "walking": In(1),
                "abort": Out(1),
                "final": Out(1),
                "step": Out(16),
                "step_done": Out(1),
            }
        )
        self._registers = _Registers(self._words, settle)
        self.patches = PatchLoop(self._registers.address, self.step)

    def elaborate(self, platform):
        m = Module()
        r, patches = self._registers, self.patches
        word = self._program_memory(m)
        patches.follow(m, instruction=self.instruction, address=r.address, step=self.step)
        m.d.comb += [
            self.instruction.eq(r.instruction),
            self.patch_offset.eq(delay(m, patches.offset, 1, "patch_offset")),
            self.final.eq(patches.final),
        ]
        intact = self._check(m, word)
        # The instruction with one word more. What it is judged by stands before its last word, so that no
        # path begins at the memory.
        fetching = INSTRUCTION(Cat(self.instruction.as_value()[32:], word))
        m.d.sync += r.legal.eq(Cat(rules(fetching, self._lanes).values()).all())
        m.d.sync += self.begin.eq(0)
        self._refusals(m)
        with m.FSM():
            with m.State("idle"):
                self._await_start(m)
            self._fetch(m, fetching, intact)
            self._see_through(m)
            with m.State("end"):
                m.d.comb += self.done.eq(1)
                m.next = "idle"
                self._await_start(m)
        self._faults(m)
        return m

    def _await_start(self, m: Module) -> None:
        r, told = self._registers, Mux(self.refused != Error.NONE, self.refused, self._registers.refused)
        # An entry past the memory's end is one at its end: it must not be taken for another.
        entry = Mux(self.entry < self._words, self.entry, self._words)
        m.d.sync += [r.address.eq(entry), self.step.eq(0)]
        with m.If(self.start):
            m.d.sync += [self.busy.eq(1), self.error.eq(told), r.refused.eq(Error.NONE)]
            m.next = "fetch"
            with m.If(told != Error.NONE):
                # There an instruction that does not begin ends the run; since the latest none has begun.
                m.next = "begin"

    def _fetch(self, m: Module, fetching, intact) -> None:
        """The states from an instruction's first word until it begins, or is refused."""
        r, kind = self._registers, self.instruction.kind
        runnable = ~r.off_end & intact & r.legal
        with m.State("fetch"):
            m.d.sync += [r.fetched.eq(r.fetched + 1), r.instruction.eq(fetching)]
            # On to the next instruction's first word, which waits there for the last of this one.
            with m.If(r.fetched < INSTRUCTION_WORDS):
                m.d.sync += r.address.eq(r.address + 1)
            with m.If(r.fetched == INSTRUCTION_WORDS + BlockRam.LATENCY - 1):
                m.d.sync += r.fetched.eq(0)
                m.next = "decode"
        with m.State("decode"):
            m.d.sync += [
                self.begin.eq(runnable & (kind != Kind.LOOP)),
                r.opens_loop.eq(runnable & (kind == Kind.LOOP)),
                r.past_end.eq(r.off_end),
                r.matches.eq(intact),
            ]
            m.next = "begin"
        with m.State("begin"):
            with m.If(self.begin):
                m.next = "walk"
            with m.Elif(r.opens_loop):
                m.d.sync += [self.patches.first_patch.eq(1), self.step.eq(self.step + 1)]
                m.next = "fetch"
            with m.Else():
                with m.If(self.error == Error.NONE):
                    m.d.sync += self.error.eq(
                        Mux(
                            r.past_end,
                            Error.PROGRAM_END,
                            Mux(r.matches, Error.BAD_INSTRUCTION, Error.BAD_CHECK),
                        )
                    )
                m.d.sync += self.busy.eq(0)
                m.next = "end"

    def _see_through(self, m: Module) -> None:
        """The states from a step's first cycle until the next instruction is fetched."""
        r = self._registers
        with m.State("walk"):
            m.d.sync += r.wait.eq(self._settle - 1)
            with m.If(~self.walking):
                m.next = "settle"
        with m.State("settle"):
            m.d.sync += r.wait.eq(r.wait - 1)
            with m.If(r.wait == 0):
                m.next = "next"
        with m.State("next"):
            m.d.comb += self.step_done.eq(1)
            m.d.sync += self.step.eq(self.step + 1)
            self.patches.close(m, address=r.address, step=self.step)
            m.next = "fetch"
            with m.If(self.instruction.end | (self.error != Error.NONE)):
                m.d.sync += self.busy.eq(0)
                m.next = "end"

    def _program_memory(self, m: Module) -> Signal:
        """The word at ``address`` of so many cycles ago."""
        r = self._registers
        m.submodules.program = program = self._technology.block_ram(width=32, depth=self._words)
        m.d.comb += [
            program.read_address.eq(r.address),
            program.write_address.eq(self.write_address),
            program.write_data.eq(self.write_data),
            program.write_enable.eq(self.write_enable),
        ]
        m.d.sync += r.off_end.eq(r.address > self._words)
        return program.read_data

    def _check(self, m: Module, fetched: Signal):
        """Whether the instruction just fetched matches its check (siammixer.arch.instruction.encode); its
        number goes before its words.

        ``fetched`` is the program memory's word, which becomes the instruction's newest. The memory can lie
        far from here: a word counts in the cycle after it, its sums by fours in between.
        """
        r = self._registers
        longer = Signal(CHECK_BITS)
        word, number = self.instruction.as_value()[-32:], Cat(self.step, Const(0, 16))
        # The sum with a word differs from the one with a zero in its place by the word's own.
        of_word = []
        for place, terms in enumerate(_crc_terms(32)):
            fours = [Cat(fetched[bit] for bit in terms[at : at + 4]).xor() for at in range(0, len(terms), 4)]
            sums = Signal(len(fours), name=f"sums_{place}", reset_less=True)
            m.d.sync += sums.eq(Cat(fours))
            of_word.append(sums.xor())
        # The sum with a word, and a word of zero after it; the sum before stands 16 places below the word.
        m.d.comb += longer.eq(_crc(Cat(r.total, word), zeros=16))
        # Two cycles after the fetch began the number, then the words; what is summed up before counts for
        # nothing.
        first = r.fetched == BlockRam.LATENCY
        m.d.sync += r.total.eq(Mux(first, _crc(number, zeros=32), longer))
        return (r.total ^ Cat(of_word)) == 0

    def _refusals(self, m: Module) -> None:
        """A refused word is an error of the run in progress; where there is none, or it has another error, of
        the next run.
        """
        told = self.busy & (self.error == Error.NONE) & (self.fault == Error.NONE)
        with m.If((self.refused != Error.NONE) & ~told):
            m.d.sync += self._registers.refused.eq(self.refused)

    def _faults(self, m: Module) -> None:
        """The first error of a run is kept; it ends the step."""
        with m.If(self.busy & (self.error == Error.NONE)):
            with m.If(self.fault != Error.NONE):
                m.d.sync += [self.error.eq(self.fault), self.abort.eq(1)]
            with m.Elif(self.refused != Error.NONE):
                m.d.sync += [self.error.eq(self.refused), self.abort.eq(1)]
            with m.Elif(self.start):
                m.d.sync += [self.error.eq(Error.START_WHILE_BUSY), self.abort.eq(1)]
        with m.If(~self.busy):
            m.d.sync += self.abort.eq(0)


class _Registers:
    """The sequencer's registers beside its ports and the patch loop's, in the order of an instruction."""

    def __init__(self, words: int, settle: int):
        # The next word of the program memory, which may lie past its end, and the words fetched of this
        # instruction.
        self.address = Signal(range(words + Sequencer.FETCH), reset_less=True)
        self.fetched = Signal(range(Sequencer.FETCH))
        # The instruction fetched last, or its words so far. Like the address it needs no reset: what it means
        # counts from its step's begin.
        self.instruction = Signal(INSTRUCTION, reset_less=True)
        # The instruction fetched before this cycle ran past the memory's end.
        self.off_end = Signal(reset_less=True)
        # Check of the words before, with a word of zero after them.
        self.total = Signal(CHECK_BITS, reset_less=True)
        # What the decoded instruction is: within the rules, a LOOP that runs, past the end, equal to its
        # check.
        self.legal = Signal()
        self.opens_loop = Signal()
        self.past_end = Signal()
        self.matches = Signal()
        # Why a word was refused since the last start that nothing has told of yet.
        self.refused = Signal(Error)
        # Cycles left until everything has settled.
        self.wait = Signal(range(settle + 1))


def _crc_terms(bits: int, *, zeros: int = 0) -> list[list[int]]:
    """For each bit of the check which of ``bits`` input bits it adds up, the highest first in time, with so
    many zero bits after them: ITU-T V.41, x^16 + x^12 + x^5 + 1.
    """
    sums: list[set[int]] = [set() for _ in range(CHECK_BITS)]
    for place in [*reversed(range(bits)), *[None] * zeros]:
        # Of what is added an even number of times nothing is left.
        carry = sums[-1] ^ (set() if place is None else {place})
        sums = [carry, *sums[:-1]]
        for power in (5, 12):
            sums[power] = sums[power] ^ carry
    return [sorted(some) for some in sums]


def _crc(value, *, zeros: int = 0) -> Cat:
    """The check of a value, each bit from what it depends on at once (:func:`_crc_terms`)."""
    terms = _crc_terms(len(value), zeros=zeros)
    return Cat(Cat(value[place] for place in some).xor() for some in terms)
