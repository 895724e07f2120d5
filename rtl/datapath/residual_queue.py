"""The queue in which residuals wait for their results: a byte of each beside every lane."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from siammixer.rtl.primitives.skew import delay
from siammixer.rtl.technology.technology import GENERIC, Technology


class ResidualQueue(wiring.Component):
    """Keeps up to ``depth`` words in order; byte n of a word goes in and out n cycles after its byte 0.

    With ``read`` byte 0 of ``activations`` is the next word's, with ``centre`` that of ``centres``. With
    ``take`` the oldest word leaves: its byte 0 is in ``o`` in the next cycle. A word can be taken
    :attr:`LATENCY` cycles after it came. One word in and one out per cycle; nobody checks that there is room
    or a word.

    What is to be done and where it lies go from lane to lane, a cycle each: no register drives more than one
    lane.

    Parameters
    ----------
    lanes
        Bytes of a word.
    depth
        Words, a power of two.
    technology
        Parts that its memories are built of.

    Members
    -------
    read : In(1)
        Byte 0 of ``activations`` is the next word's.
    activations : In(8 * lanes)
        Words of the feature maps.
    centre : In(1)
        Byte 0 of ``centres`` is the next word's; not in the same cycle as ``read``.
    centres : In(8 * lanes)
        Centres of the lanes' windows.
    take : In(1)
        The oldest word leaves.
    o : Out(8 * lanes)
        That word; its byte 0 comes a cycle after ``take``.
    clear : In(1)
        Every word is forgotten; nothing may be on its way.
    """

    # The register of what enters, the memory.
    LATENCY = 2

    def __init__(self, lanes: int, depth: int, technology: Technology = GENERIC):
        self._lanes, self._depth, self._technology = lanes, depth, technology
        word = 8 * lanes
        super().__init__(
            {
                "read": In(1),
                "activations": In(word),
                "centre": In(1),
                "centres": In(word),
                "take": In(1),
                "o": Out(word),
                "clear": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        write_position = Signal(exact_log2(self._depth), reset_less=True)
        read_position = Signal(exact_log2(self._depth), reset_less=True)
        put = delay(m, self.read | self.centre, 1, "put")
        with m.If(put):
            m.d.sync += write_position.eq(write_position + 1)
        with m.If(self.take):
            m.d.sync += read_position.eq(read_position + 1)
        with m.If(self.clear):
            m.d.sync += [write_position.eq(0), read_position.eq(0)]
        centre, places = self.centre, Cat(put, write_position, read_position)
        for lane in range(self._lanes):
            self._byte(m, lane, centre, places)
            centre, places = delay(m, centre, 1, f"centre_{lane}"), delay(m, places, 1, f"places_{lane}")
        return m

    def _byte(self, m: Module, lane: int, centre, places) -> None:
        m.submodules[f"bytes_{lane}"] = words = self._technology.logic_ram(
            shape=8, depth=self._depth, registered=True
        )
        read, write = words.read_port(domain="comb"), words.write_port()
        entering, leaving = (
            Signal(8, name=f"entering_{lane}", reset_less=True),
            Signal(8, name=f"leaving_{lane}", reset_less=True),
        )
        activation, middle = (word.word_select(lane, 8) for word in (self.activations, self.centres))
        m.d.sync += [entering.eq(Mux(centre, middle, activation)), leaving.eq(read.data)]
        m.d.comb += [
            Cat(write.en, write.addr, read.addr).eq(places),
            write.data.eq(entering),
            self.o.word_select(lane, 8).eq(leaving),
        ]
