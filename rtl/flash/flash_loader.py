"""Fills the core's memories from a flash."""

import numpy as np
from amaranth.hdl import Array, Cat, Module, ResetInserter, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.crc.catalog import CRC32_ISO_HDLC
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.flash import (
    ADDRESS,
    CHECK_BYTES,
    HEAD,
    KNOWN_BYTES,
    RUN,
    FlashError,
    FlashTiming,
    known_bytes,
    mismatch,
    most_words,
)
from siammixer.arch.interface import ENTRY_BITS
from siammixer.arch.link import LANE_ADDRESS_BITS, WORD_BYTES
from siammixer.rtl.flash.flash_reader import SPI, FlashReader
from siammixer.rtl.host import WRITE
from siammixer.rtl.link.records import unpacked

# The part of the head that is taken and not compared.
SIZES = np.dtype([(name, HEAD[name]) for name in HEAD.names if HEAD.fields[name][1] >= KNOWN_BYTES])


class FlashLoader(wiring.Component):
    """Reads an image (:mod:`siammixer.arch.flash`) from a flash and writes its words into the core.

    ``start`` begins, also again after an end of either kind; while ``busy`` it is nothing. At the end
    ``busy`` is low, with ``loaded`` high or an ``error``; both stand until the next ``start``. The head's
    magic number, version and fingerprint are compared as they come; its number of words before any is
    written; the CRC-32 at the end, when the words are written already. Therefore **nobody may run the core,
    or write to it, until ``loaded`` is high**: after an error its memories hold part of an image, or a wrong
    one. An error ends the reading at once.

    Words leave as their last bytes come, and may wait for as long as the core likes: the flash waits with
    them. Where they do not, an image is loaded, or found not to match its check, ``timing.read_cycles(n) +
    LATENCY`` cycles after ``start``, n being the number of its bytes; other errors show 2 to 4 cycles beyond
    ``read_cycles(n)``. :func:`siammixer.driver.flash_image.examine` tells error and n of any bytes. With a
    core that takes words in the end it always ends: no image has many more words than the core's memories.

    Parameters
    ----------
    accelerator
        The core's sizes.
    timing
        Of the line to the flash.
    address
        Of the image in the flash.

    Members
    -------
    start : In(1)
        Load.
    busy : Out(1)
        It is loading.
    loaded : Out(1)
        The core's memories hold the image.
    error : Out(FlashError)
        Why they do not; NONE while ``busy``, and while nothing was wrong.
    template_entry : Out(16)
        Entry of the template's program, once ``loaded``.
    search_entry : Out(16)
        Entry of the search's program, likewise.
    write : Out(stream.Signature(WRITE))
        Words for the core's write port.
    refused : In(8)
        The core's: why the word of the cycle before was dropped, 0 where it was not.
    pins : Out(SPI)
        The flash (:class:`siammixer.rtl.flash.flash_reader.FlashReader`).
    """

    # The reader starts, the last byte is taken, its bits are summed up, the outcome is known.
    LATENCY = 1 + 1 + 8 + 1

    def __init__(self, accelerator: Accelerator, timing: FlashTiming, address: int = ADDRESS):
        self._accelerator, self._timing, self._address = accelerator, timing, address
        self._bytes = Signal(8 * WORD_BYTES, reset_less=True)  # the last ones, the latest at the top
        self._count = Signal(range(KNOWN_BYTES))  # those taken of what is being read
        self._summing = Signal()  # the check takes the latest byte
        self._byte = stream.Signature(8).create()  # from the flash
        super().__init__(
            {
                "start": In(1),
                "busy": Out(1),
                "loaded": Out(1),
                "error": Out(FlashError),
                "template_entry": Out(ENTRY_BITS),
                "search_entry": Out(ENTRY_BITS),
                "write": Out(stream.Signature(WRITE)),
                "refused": In(8),
                "pins": Out(SPI),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.reader = reader = FlashReader(self._timing, self._address)
        crc = CRC32_ISO_HDLC(data_width=1).create()
        m.submodules.crc = ResetInserter(~self.busy)(crc)
        wiring.connect(m, wiring.flipped(self.pins), reader.pins)
        wiring.connect(m, reader.o, wiring.flipped(self._byte))
        taken = self._byte.valid & self._byte.ready
        m.d.comb += reader.run.eq(self.busy)
        # The check takes the latest byte bit by bit. The next one comes 15 cycles later at the earliest.
        bit = Signal(range(8))
        m.d.comb += [crc.data.eq(self._bytes[-8:].bit_select(bit, 1)), crc.valid.eq(self._summing)]
        m.d.sync += bit.eq(bit + self._summing)
        with m.If(bit == 7):
            m.d.sync += self._summing.eq(0)
        with m.If(taken):
            m.d.sync += [
                self._bytes.eq(Cat(self._bytes[8:], self._byte.payload)),
                self._count.eq(self._count + 1),
                self._summing.eq(1),
            ]
        with m.If(~self.busy):  # what is left of a byte that was wrong belongs to no other load
            m.d.sync += [bit.eq(0), self._summing.eq(0)]
        with m.FSM() as fsm:
            m.d.comb += self.busy.eq(~fsm.ongoing("idle"))
            with m.State("idle"):
                with m.If(self.start):
                    m.d.sync += [self.loaded.eq(0), self.error.eq(FlashError.NONE), self._count.eq(0)]
                    m.next = "known"
            self._head(m)
            self._runs(m)
            with m.State("check"):
                self._collect(m, CHECK_BYTES, then="checked")
            with m.State("checked"):
                with m.If(~self._summing):
                    m.d.sync += self.loaded.eq(crc.match_detected)
                    self._end(m, FlashError.CHECK, unless=crc.match_detected)
        return m

    def _end(self, m: Module, error: FlashError, *, unless=0) -> None:
        """In a state: the end, with the error where it is one."""
        with m.If(~Value.cast(unless)):
            m.d.sync += self.error.eq(error)
        m.next = "idle"

    def _collect(self, m: Module, size: int, *, then: str) -> None:
        """In a state: takes so many bytes; a word that was refused meanwhile is the end."""
        m.d.comb += self._byte.ready.eq(1)
        with m.If(self._byte.valid & (self._count == size - 1)):
            m.d.sync += self._count.eq(0)
            m.next = then
        with m.If(self.refused.any()):
            self._end(m, FlashError.REFUSED)

    def _head(self, m: Module) -> None:
        """The states that compare the head's first bytes and take the others."""
        expected = Array(known_bytes(self._accelerator))[self._count]
        wrong = Array(mismatch(place) for place in range(KNOWN_BYTES))[self._count]
        with m.State("known"):
            self._collect(m, KNOWN_BYTES, then="sizes")
            with m.If(self._byte.valid & (self._byte.payload != expected)):
                m.d.sync += self.error.eq(wrong)
                m.next = "idle"
        with m.State("sizes"):
            self._collect(m, SIZES.itemsize, then="head taken")

    def _runs(self, m: Module) -> None:
        """The states that take the words, run by run."""
        words_left = Signal(range(most_words(self._accelerator) + 1), reset_less=True)
        run_left = Signal(8 * RUN["words"].itemsize, reset_less=True)
        lane = Signal(8, reset_less=True)
        place = Signal(LANE_ADDRESS_BITS, reset_less=True)
        target = Signal(len(self.write.payload.target), reset_less=True)
        sizes, run = unpacked(self._bytes, SIZES), unpacked(self._bytes, RUN)
        with m.State("head taken"):
            m.d.sync += [
                self.template_entry.eq(sizes["template_entry"]),
                self.search_entry.eq(sizes["search_entry"]),
                words_left.eq(sizes["words"]),
            ]
            m.next = "run"
            with m.If((sizes["words"] == 0) | sizes["words"][len(words_left) :].any()):
                self._end(m, FlashError.LENGTH)
        with m.State("run"):
            self._collect(m, RUN.itemsize, then="run taken")
        with m.State("run taken"):
            m.d.sync += [
                *(place.eq(run["address"]), lane.eq(run["lane"]), target.eq(run["target"])),
                run_left.eq(run["words"]),
            ]
            m.next = "bytes"
            with m.If(run["words"] == 0):
                self._end(m, FlashError.LENGTH)
            with m.Elif(run["target"][len(target) :].any()):
                self._end(m, FlashError.REFUSED)
        with m.State("bytes"):
            self._collect(m, WORD_BYTES, then="word")
        with m.State("word"):
            m.d.comb += self.write.valid.eq(1)
            with m.If(self.write.ready):
                m.d.sync += [*(place.eq(place + 1), run_left.eq(run_left - 1), words_left.eq(words_left - 1))]
                m.next = "bytes"
                with m.If(run_left == 1):
                    m.next = "run"
                with m.If(words_left == 1):
                    m.next = "check"
                    with m.If(run_left != 1):
                        self._end(m, FlashError.LENGTH)
        m.d.comb += [
            Value.cast(self.write.payload.address).eq(Cat(place, lane)),
            Value.cast(self.write.payload.target).eq(target),
            self.write.payload.data.eq(self._bytes),
        ]
