"""Fetches the program's records, one after the other, and sees each step through."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.errors import Error
from siammixer.arch.instruction import CHECK_BITS, INSTRUCTION_WORDS, Kind, rules
from siammixer.rtl.control.instruction import RECORD
from siammixer.rtl.primitives.block_ram import BlockRam


class Sequencer(wiring.Component):
    """Runs the program from its first record to the one marked ``end``.

    A step takes ``FETCH`` cycles to fetch and decode, the walker's own time, ``settle`` cycles until its
    last result is written, and one for ``step_done``. A LOOP record takes ``FETCH`` cycles. A record that
    does not match its check, or breaks the rules (siammixer.arch.instruction), is not run. The first error
    ends the run: ``done`` comes with ``error`` set, and the next ``start`` clears it. ``busy`` is low again
    when ``done`` comes; a start in that cycle is taken.

    Parameters
    ----------
    accelerator
        Sizes.
    settle
        Cycles from the walker's last issue until everything it caused has happened.
    technology
        See :class:`siammixer.rtl.primitives.block_ram.BlockRam`.

    Members
    -------
    write_enable, write_address, write_data
        Write port of the program memory, 32-bit words.
    start
        Run the program. While ``busy`` it is an error, reported when the run ends.
    busy, done, error
        Running; one cycle at the end; why it ended (siammixer.arch.errors), 0 if it went well.
    fault
        An error found elsewhere, in the cycle it is found.
    begin, record, patch_offset, walking
        To the walker: a step begins; its record; the current patch; the walker is busy.
    final
        This is the last patch.
    step, step_done
        Number of the record; one cycle when its step is over.
    """

    # The program memory, the words one after the other, one cycle to decode, one to begin.
    FETCH = BlockRam.LATENCY + INSTRUCTION_WORDS + 2

    def __init__(self, accelerator: Accelerator, *, settle: int, technology: str = "generic"):
        self._lanes, self._words = accelerator.lanes, accelerator.program_words
        self._settle, self._technology = settle, technology
        super().__init__(
            {
                "write_enable": In(1),
                "write_address": In(range(accelerator.program_words)),
                "write_data": In(32),
                "start": In(1),
                "busy": Out(1),
                "done": Out(1),
                "error": Out(Error),
                "fault": In(Error),
                "begin": Out(1),
                "record": Out(RECORD),
                "patch_offset": Out(16),
                "walking": In(1),
                "abort": Out(1),
                "final": Out(1),
                "step": Out(16),
                "step_done": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        word, address, off_end = self._program_memory(m)
        self._patch_loop(m, address)
        self._fetched = fetched = Signal(range(self.FETCH))
        kind = self.record.kind
        intact = self._check(m)
        # The record with one word more. What it is judged by stands before its last word, so that no path
        # begins at the memory.
        fetching = RECORD(Cat(self.record.as_value()[32:], word))
        legal = Signal()
        m.d.sync += legal.eq(Cat(rules(fetching, self._lanes).values()).all())
        runnable = ~off_end & intact & legal
        opens_loop = Signal()
        past_end = Signal()
        matches = Signal()
        m.d.sync += self.begin.eq(0)
        wait = Signal(range(self._settle + 1))
        with m.FSM():
            with m.State("idle"):
                self._await_start(m, address)
            with m.State("fetch"):
                m.d.sync += [address.eq(address + 1), fetched.eq(fetched + 1), self.record.eq(fetching)]
                with m.If(fetched == INSTRUCTION_WORDS + BlockRam.LATENCY - 1):
                    # Back over the words read ahead: to the next record's first.
                    m.d.sync += [address.eq(address - (BlockRam.LATENCY - 1)), fetched.eq(0)]
                    m.next = "decode"
            with m.State("decode"):
                m.d.sync += [
                    self.begin.eq(runnable & (kind != Kind.LOOP)),
                    opens_loop.eq(runnable & (kind == Kind.LOOP)),
                    past_end.eq(off_end),
                    matches.eq(intact),
                ]
                m.next = "begin"
            with m.State("begin"):
                with m.If(self.begin):
                    m.next = "walk"
                with m.Elif(opens_loop):
                    m.d.sync += [self._first_patch.eq(1), self.step.eq(self.step + 1)]
                    m.next = "fetch"
                with m.Else():
                    with m.If(self.error == Error.NONE):
                        m.d.sync += self.error.eq(
                            Mux(past_end, Error.PROGRAM_END, Mux(matches, Error.BAD_RECORD, Error.BAD_CHECK))
                        )
                    m.d.sync += self.busy.eq(0)
                    m.next = "end"
            with m.State("walk"):
                m.d.sync += wait.eq(self._settle - 1)
                with m.If(~self.walking):
                    m.next = "settle"
            with m.State("settle"):
                m.d.sync += wait.eq(wait - 1)
                with m.If(wait == 0):
                    m.next = "next"
            with m.State("next"):
                m.d.comb += self.step_done.eq(1)
                m.d.sync += self.step.eq(self.step + 1)
                self._close_loop(m, address)
                m.next = "fetch"
                with m.If(self.record.end | (self.error != Error.NONE)):
                    m.d.sync += self.busy.eq(0)
                    m.next = "end"
            with m.State("end"):
                m.d.comb += self.done.eq(1)
                m.next = "idle"
                self._await_start(m, address)
        self._faults(m)
        return m

    def _await_start(self, m: Module, address: Signal) -> None:
        m.d.sync += [address.eq(0), self.step.eq(0)]
        with m.If(self.start):
            m.d.sync += [self.busy.eq(1), self.error.eq(Error.NONE)]
            m.next = "fetch"

    def _program_memory(self, m: Module):
        """The word at ``address`` of so many cycles ago; whether the record fetched before this cycle ran
        past the memory's end.
        """
        m.submodules.program = program = BlockRam(width=32, depth=self._words, technology=self._technology)
        address = Signal(range(self._words + self.FETCH))
        m.d.comb += [
            program.read_address.eq(address),
            program.write_address.eq(self.write_address),
            program.write_data.eq(self.write_data),
            program.write_enable.eq(self.write_enable),
        ]
        off_end = Signal()
        # Of the fetch's last cycle, when words have been read ahead.
        m.d.sync += off_end.eq(address > self._words + BlockRam.LATENCY - 1)
        return program.read_data, address, off_end

    def _check(self, m: Module):
        """Whether the record just fetched matches its check (siammixer.arch.instruction.encode); its number
        goes before its words.

        A word is summed up in the cycle after it was fetched: the program memory can lie far from here.
        """
        # Of the words before, with a word of zero after them: the sum with a word differs from it by the
        # word's own.
        total = Signal(CHECK_BITS, reset_less=True)
        with_word = Signal(CHECK_BITS)
        before = Signal(CHECK_BITS)
        nothing = Const(0, CHECK_BITS)
        m.d.comb += [
            with_word.eq(total ^ _crc(nothing, self.record.as_value()[-32:])),
            # Two cycles after the fetch began the number, then the words; what is summed up before counts
            # for nothing.
            before.eq(
                Mux(self._fetched == BlockRam.LATENCY, _crc(nothing, Cat(self.step, Const(0, 16))), with_word)
            ),
        ]
        m.d.sync += total.eq(_crc(before, Const(0, 32)))
        return with_word == 0

    def _patch_loop(self, m: Module, address: Signal) -> None:
        """The loop's record, where it begins, and the current patch."""
        self._loop = loop = Signal(RECORD)
        self._loop_address = Signal.like(address)
        self._loop_step = Signal.like(self.step)
        self._patch_column = Signal(10)
        self._patch_row = Signal(10)
        self._offset_column = Signal(16)
        self._offset_row = Signal(16)
        self._next_column = Signal(16)
        self._next_row = Signal(16)
        self._last_column = Signal()
        # A patch takes many cycles: what follows from its place has time to wait in registers. A loop of
        # nothing is one of one.
        last_row = Signal()
        m.d.sync += [
            self._last_column.eq(self._patch_column >= loop.columns - 1),
            last_row.eq(self._patch_row >= loop.rows - 1),
            self._next_column.eq(_at_most(self._offset_column + loop.write_pixel, loop.read_pixel)),
            self._next_row.eq(_at_most(self._offset_row + loop.write_row, loop.read_row)),
            self.patch_offset.eq(self._offset_column + self._offset_row),
        ]
        m.d.comb += self.final.eq(self._last_column & last_row)
        # The record and its patch stand long before the step's end asks for this.
        self._another = Signal()
        m.d.sync += self._another.eq(self.record.loop_end & ~self.final)
        # In the first cycle of a fetch: the loop's record still stands, and the first in the loop is fetched.
        self._first_patch = Signal()
        self._next_patch = Signal()
        m.d.sync += [self._first_patch.eq(0), self._next_patch.eq(0)]
        with m.If(self._first_patch):
            m.d.sync += [loop.eq(self.record), self._loop_address.eq(address), self._loop_step.eq(self.step)]
            m.d.sync += [
                value.eq(0)
                for value in (self._patch_column, self._patch_row, self._offset_column, self._offset_row)
            ]
        with m.Elif(self._next_patch):
            with m.If(~self._last_column):
                m.d.sync += [
                    self._patch_column.eq(self._patch_column + 1),
                    self._offset_column.eq(self._next_column),
                ]
            with m.Else():
                m.d.sync += [self._patch_column.eq(0), self._offset_column.eq(0)]
                m.d.sync += [self._patch_row.eq(self._patch_row + 1), self._offset_row.eq(self._next_row)]

    def _close_loop(self, m: Module, address: Signal) -> None:
        """After the loop's last step: on to the next patch, or past the loop."""
        with m.If(self._another):
            m.d.sync += [
                address.eq(self._loop_address),
                self.step.eq(self._loop_step),
                self._next_patch.eq(1),
            ]

    def _faults(self, m: Module) -> None:
        """The first error of a run is kept; it ends the step."""
        with m.If(self.busy & (self.error == Error.NONE)):
            with m.If(self.fault != Error.NONE):
                m.d.sync += [self.error.eq(self.fault), self.abort.eq(1)]
            with m.Elif(self.start):
                m.d.sync += [self.error.eq(Error.START_WHILE_BUSY), self.abort.eq(1)]
        with m.If(~self.busy):
            m.d.sync += self.abort.eq(0)


def _crc(total, word) -> Cat:
    """``total`` with one more 32-bit word in it, the highest bit first: ITU-T V.41, x^16 + x^12 + x^5 + 1."""
    inputs = Cat(word, total)
    # Which of the inputs are added up in each bit: those in one set an odd number of times.
    sums = [{32 + place} for place in range(CHECK_BITS)]
    for place in reversed(range(32)):
        carry = sums[-1] ^ {place}
        sums = [carry, *sums[:-1]]
        for power in (5, 12):
            sums[power] = sums[power] ^ carry
    return Cat(Cat(inputs[place] for place in sorted(some)).xor() for some in sums)


def _at_most(value, limit):
    return Mux(value > limit, limit, value)
