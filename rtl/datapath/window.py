"""Line buffers and the k x k window of one lane."""

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import TAPS
from siammixer.arch.instruction import ALTERNATE_TAPS, TAP_GROUPS
from siammixer.rtl.technology.technology import GENERIC, Technology

# What the window shows, as (row, column) of the 5 x 5.
SHOWN = [*TAP_GROUPS[5], ALTERNATE_TAPS]
ALTERNATE = SHOWN.index(ALTERNATE_TAPS)


class LineWindow(wiring.Component):
    """The 5 x 5 neighbourhood of one channel of a map that arrives row by row.

    Each ``push`` takes the activation ``i`` of map column ``column``; :attr:`LATENCY` cycles later the
    window's newest corner is that activation. Four line buffers keep the rows above it. ``o`` shows the
    window's taps in groups of nine: group 0 is the newest 3 x 3 (a whole 3 x 3 window, or the first part of
    a 5 x 5), groups 1 and 2 are the rest of the 5 x 5 with the ninth tap zero
    (siammixer.arch.instruction.TAP_GROUPS). Group 3 is the newest 3 x 3 of every other column, for two maps
    whose columns alternate.

    Throughput one activation per cycle, of another column than the one before; no reset: what was
    left by an earlier map leaves the window before the first position that is used.

    Parameters
    ----------
    line_width
        Depth of the two line buffers that a 3 x 3 window needs.
    line_width_5
        Depth of the two more that a 5 x 5 window needs.
    technology
        Parts that the line buffers are built of.

    Members
    -------
    push : In(1)
        ``i`` is taken.
    column : In(range(line_width))
        Its column of the map.
    i : In(signed(8))
        An activation.
    o : Out(8 * TAPS).array(len(SHOWN))
        The four groups of TAPS INT8 activations, tap 0 in the lowest byte.
    """

    # The line buffers' words, the window.
    LATENCY = 2

    def __init__(self, *, line_width: int, line_width_5: int, technology: Technology = GENERIC):
        self._line_width, self._line_width_5, self._technology = line_width, line_width_5, technology
        super().__init__(
            {
                "push": In(1),
                "column": In(range(line_width)),
                "i": In(signed(8)),
                "o": Out(8 * TAPS).array(len(SHOWN)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        newest = Signal(8, reset_less=True)
        push = Signal(reset_less=True)
        column = Signal.like(self.column, reset_less=True)
        m.d.sync += push.eq(self.push)
        # With an enable, so that yosys does not take them for the lanes' control, which lies elsewhere.
        with m.If(self.push):
            m.d.sync += [newest.eq(self.i), column.eq(self.column)]
        near = self._line_buffers(m, "near", self._line_width, newest, push, column)
        far = self._line_buffers(m, "far", self._line_width_5, near[8:], push, column)
        rows = [newest, near[:8], near[8:], far[:8], far[8:]]

        # Line 0 is the newest; the newest column is in its lowest byte.
        window = [Signal(8 * 5, name=f"line_{row}", reset_less=True) for row in range(5)]
        with m.If(push):
            for line, row in zip(window, rows, strict=True):
                m.d.sync += line.eq(Cat(row, line))

        for shown, taps in zip(self.o, SHOWN, strict=True):
            # A group of eight leaves the ninth tap zero.
            m.d.comb += shown.eq(Cat(window[4 - row].word_select(4 - column, 8) for row, column in taps))
        return m

    def _line_buffers(self, m: Module, name: str, depth: int, i, push: Signal, column: Signal) -> Signal:
        """Two lines in one memory, read a cycle before ``i`` goes into the first and the first's value into
        the second.
        """
        m.submodules[name] = lines = self._technology.logic_ram(shape=16, depth=depth, registered=True)
        read, write = lines.read_port(domain="comb"), lines.write_port()
        above = Signal(16, name=f"{name}_above", reset_less=True)
        address_bits = (depth - 1).bit_length()
        m.d.comb += [
            read.addr.eq(self.column[:address_bits]),
            write.addr.eq(column[:address_bits]),
            write.data.eq(Cat(i, above[:8])),
            write.en.eq(push),
        ]
        m.d.sync += above.eq(read.data)
        return above
