"""The way in for a camera with a clock of its own: the pins of a digital video port."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.fifo import AsyncFIFO
from amaranth.lib.wiring import In, Out

from siammixer.rtl.camera.layouts import VIDEO

# From the least significant bit on, as the camera's two bytes have them: the second byte comes first here.
_RGB565 = data.StructLayout({"blue": 5, "green": 6, "red": 5})
# A pixel in the queue. ``era`` changes with each loss.
_WAITING = data.StructLayout({"colour": _RGB565, "first": 1, "last": 1, "era": 1})


def _wide(value):
    """A colour of 5 or 6 bits in 8: its highest bits again below it, so that 0 is 0 and all ones are 255."""
    return Cat(value[2 * len(value) - 8 :], value)


class ParallelCamera(wiring.Component):
    """Turns the pins of a camera in RGB565 into a stream that may be stopped, across clocks.

    The pins belong to the clock domain ``domain``, which the camera's PCLK drives, and which needs no reset.
    They are taken with its rising edge: an OV7670 changes them with the falling one. A line is what comes
    while HREF is high and VSYNC is not: two bytes a pixel, the first with red and three bits of green.
    Colours of 5 and 6 bits become 8 by repeating their highest bits. ``first`` marks the first pixel after
    VSYNC; what comes before the first VSYNC is dropped.

    A pixel goes into the queue when it is known whether it is its line's last one: two clocks after its own
    last byte where the line ends there (``LINE_END``), else one after the next pixel's. It is offered from
    the second edge of ``sync`` after that on (``LATENCY``), or from the third where two edges fall together.
    A pixel passes in every cycle.

    A line of an odd number of bytes has no ``last``: nobody knows which of its bytes is missing, and without
    ``last`` it is a fault whatever its length. A VSYNC in mid-line ends the line.

    Up to ``depth`` pixels wait. Where one more comes it is lost: ``lost`` is high for a cycle, as soon as
    that is known on this side, and all that wait are forgotten. The camera's pixels from that one on are
    dropped, up to the begin of a frame that finds room. Whoever takes the stream abandons its frame
    (``FrameReader.lost``); what comes next is a ``first``. So this is the camera's
    :class:`siammixer.rtl.camera.video_queue.VideoQueue` too. Where pixels come faster than a cycle each, a
    loss may be missed; the frame then ends in mid-line with the ``first`` of another, which is a fault.

    A reset of ``sync`` changes nothing here. One of ``domain`` forgets what waits, and waits for VSYNC.

    Parameters
    ----------
    depth
        Pixels that can wait, a power of two. A pixel holds its place for some clocks of both sides even if it
        is taken at once: 4 are enough for a camera that sends one in eight cycles, 8 for one in each cycle.
    domain
        The camera's clock domain.
    vsync_high
        VSYNC is high between frames, as the OV7670 has it. Else it is low there.

    Members
    -------
    vsync : In(1)
        Pin: between two frames.
    href : In(1)
        Pin: the bytes of a line come.
    data : In(8)
        Pins: a byte.
    o : Out(stream.Signature(VIDEO))
        The pixels in their order.
    lost : Out(1)
        One cycle: a pixel was lost, and all that waited with it. An offer of ``o`` ends with it.
    """

    # Clocks from the edge that takes a line's last byte to the one that puts its last pixel into the queue:
    # the first of them sees the byte, the second that no other follows.
    LINE_END = 2
    # Edges of ``sync`` from there to the offer: two synchronising registers.
    LATENCY = 2

    def __init__(self, depth: int, *, domain: str = "camera", vsync_high: bool = True):
        self._depth, self._domain, self._vsync_high = depth, domain, vsync_high
        super().__init__(
            {
                "vsync": In(1),
                "href": In(1),
                "data": In(8),
                "o": Out(stream.Signature(VIDEO)),
                "lost": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.queue = queue = AsyncFIFO(
            width=_WAITING.size, depth=self._depth, exact_depth=True, r_domain="sync", w_domain=self._domain
        )
        era = self._put(m, queue, *self._pixels(m))
        self._offer(m, queue, era)
        return m

    def _pixels(self, m):
        """(pixel, valid): each pixel of the camera for one clock, as soon as ``last`` is known."""
        camera = m.d[self._domain]
        # Input registers: nothing lies between them and the pins.
        vsync, href, byte = Signal(init=not self._vsync_high), Signal(), Signal(8)
        camera += [vsync.eq(self.vsync), href.eq(self.href), byte.eq(self.data)]
        line, blank = Signal(), Signal()
        m.d.comb += [blank.eq(vsync if self._vsync_high else ~vsync), line.eq(href & ~blank)]
        high, second = Signal(8), Signal()
        first = Signal()
        held, waiting = Signal(_WAITING), Signal()
        camera += [second.eq(line & ~second), high.eq(byte)]
        pixel = Signal(_WAITING)
        m.d.comb += pixel.eq(held)
        with m.If(line & second):
            camera += [
                waiting.eq(1),
                held.colour.eq(Cat(byte, high)),
                held.first.eq(first),
                first.eq(0),
            ]
        with m.If(~line):
            m.d.comb += pixel.last.eq(~second)
            camera += waiting.eq(0)
        with m.If(blank):
            camera += first.eq(1)
        valid = Signal()
        m.d.comb += valid.eq(waiting & (~line | second))
        return pixel, valid

    def _put(self, m, queue, pixel, valid):
        """Puts the pixels into the queue that find room; returns how often one was lost, modulo two."""
        era, dropping = Signal(), Signal(init=1)
        wanted = Signal()
        m.d.comb += [
            wanted.eq(valid & (pixel.first | ~dropping)),
            pixel.era.eq(era),
            queue.w_en.eq(wanted),
            queue.w_data.eq(pixel),
        ]
        with m.If(wanted):
            m.d[self._domain] += dropping.eq(~queue.w_rdy)
        # The begin of a frame that is dropped anyway is no loss of its own.
        with m.If(wanted & ~queue.w_rdy & ~dropping):
            m.d[self._domain] += era.eq(~era)
        return era

    def _offer(self, m, queue, era):
        """Offers what waits. A pixel of a new era leaves the camera's clock at least two of its periods after
        the era itself, and both pass through two registers: so the era is known here no later than the pixel.
        """
        told, current = Signal(), Signal(reset_less=True)
        m.submodules.era = FFSynchronizer(era, told, o_domain="sync")
        m.d.sync += current.eq(told)
        head = data.View(_WAITING, queue.r_data)
        stale = Signal()
        m.d.comb += [
            self.lost.eq(told != current),
            stale.eq(head.era != current),
            self.o.valid.eq(queue.r_rdy & ~stale),
            queue.r_en.eq(stale | self.o.ready),
            self.o.payload.first.eq(head.first),
            self.o.payload.last.eq(head.last),
        ]
        for colour in _RGB565.members:
            m.d.comb += self.o.payload[colour].eq(_wide(head.colour[colour]))
