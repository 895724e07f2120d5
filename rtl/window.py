"""Line buffers and the k x k window of one lane."""

from amaranth.hdl import Array, Cat, Module, Signal, signed
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from spec.accelerator import TAPS
from spec.program import TAP_GROUPS


class LineWindow(wiring.Component):
    """The 5 x 5 neighbourhood of one channel of a map that arrives row by row.

    Each ``push`` takes the activation ``i`` of map column ``column``; one cycle later the
    window's newest corner is that activation. Four line buffers keep the rows above it. ``o``
    shows nine of the window's taps: group 0 is the newest 3 x 3 (a whole 3 x 3 window, or the
    first part of a 5 x 5), groups 1 and 2 are the rest of the 5 x 5 with the ninth tap zero
    (spec.program.TAP_GROUPS).

    Throughput one activation per cycle; no reset: what was left by an earlier map leaves the
    window before the first position that is used.

    Parameters
    ----------
    line_width, line_width_5
        Depth of the two line buffers that a 3 x 3 window needs, and of the two more of a 5 x 5.

    Members
    -------
    push, column, i
        Take an activation.
    group
        0, 1 or 2: which taps ``o`` shows, in the same cycle.
    o
        TAPS INT8 activations.
    """

    LATENCY = 1

    def __init__(self, *, line_width: int, line_width_5: int):
        self._line_width, self._line_width_5 = line_width, line_width_5
        super().__init__(
            {
                "push": In(1),
                "column": In(range(line_width)),
                "i": In(signed(8)),
                "group": In(2),
                "o": Out(signed(8)).array(TAPS),
            }
        )

    def elaborate(self, platform):
        m = Module()
        near = self._line_buffers(m, "near", self._line_width, Cat(self.i))
        far = self._line_buffers(m, "far", self._line_width_5, near[8:])
        rows = [self.i, near[:8], near[8:], far[:8], far[8:]]

        # Line 0 is the newest; the newest column is in its lowest byte.
        window = [Signal(8 * 5, name=f"line_{row}", reset_less=True) for row in range(5)]
        with m.If(self.push):
            for line, newest in zip(window, rows, strict=True):
                m.d.sync += line.eq(Cat(newest[:8], line))

        for tap in range(TAPS):
            # A group of eight has no ninth tap.
            taps = [window[4 - group[tap][0]].word_select(4 - group[tap][1], 8) if tap < len(group) else 0 for group in TAP_GROUPS[5]]
            m.d.comb += self.o[tap].eq(Array(taps)[self.group])
        return m

    def _line_buffers(self, m: Module, name: str, depth: int, i):
        """Two lines in one memory: ``i`` goes into the first, the first's value into the second."""
        m.submodules[name] = lines = memory.Memory(shape=16, depth=depth, init=[])
        read, write = lines.read_port(domain="comb"), lines.write_port()
        address_bits = (depth - 1).bit_length()
        m.d.comb += [
            read.addr.eq(self.column[:address_bits]),
            write.addr.eq(self.column[:address_bits]),
            write.data.eq(Cat(i[:8], read.data[:8])),
            write.en.eq(self.push),
        ]
        return read.data
