"""Frames on a byte stream: flags, escapes and a CRC-32, after RFC 1662."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.crc.catalog import CRC32_ISO_HDLC
from amaranth.lib.wiring import In, Out

from siammixer.arch.link import CHECK_BYTES, ESCAPE, ESCAPED, FLAG, HEAD_BYTES

MESSAGE_BYTE = data.StructLayout({"byte": 8, "last": 1})


class FrameReceiver(wiring.Component):
    """Messages out of a byte stream in which anything may be lost, damaged or added.

    A message leaves in ``o`` while it arrives, without its check. Only its ``last`` byte says that it is
    right; ``drop`` comes in its place where it is not: a wrong check, fewer bytes than a head, a flag in the
    place of an escaped byte, or ``timeout`` cycles without a byte. The next flag begins a message whatever
    came before it. One byte per cycle; a byte leaves when the fifth after it is known.

    Parameters
    ----------
    timeout
        Cycles that a message may pause.

    Members
    -------
    i : In(stream.Signature(8))
        Bytes of the line; always taken.
    o : Out(stream.Signature(MESSAGE_BYTE))
        Bytes of a message; they cannot wait.
    drop : Out(1)
        One cycle: what has left of the current message is void.
    kind : Out(8)
        First byte of the message's head, with the message's last byte.
    number : Out(8)
        Second byte of the message's head, with the message's last byte.
    """

    def __init__(self, timeout: int):
        self._timeout = timeout
        super().__init__(
            {
                "i": In(stream.Signature(8)),
                "o": Out(stream.Signature(MESSAGE_BYTE)),
                "drop": Out(1),
                "kind": Out(8),
                "number": Out(8),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.i.ready.eq(1)
        m.submodules.crc = crc = CRC32_ISO_HDLC().create()
        escaped = Signal()
        inside = Signal()
        flag, escape = self.i.valid & (self.i.payload == FLAG), self.i.valid & (self.i.payload == ESCAPE)
        # The unescaped byte, or the flag, is registered: the CRC and what follows start from registers.
        byte = Signal(8)
        arrived = Signal()
        ended = Signal()
        broken = Signal()
        m.d.sync += [
            byte.eq(Mux(escaped, self.i.payload ^ ESCAPED, self.i.payload)),
            arrived.eq(inside & self.i.valid & ~flag & ~escape),
            ended.eq(flag),
            broken.eq(flag & escaped),
        ]
        with m.If(flag):
            m.d.sync += [inside.eq(1), escaped.eq(0)]
        with m.Elif(self.i.valid):
            m.d.sync += escaped.eq(escape)
        late = self._late(m, inside)
        with m.If(late):
            m.d.sync += [inside.eq(0), escaped.eq(0)]
        m.d.comb += [crc.data.eq(byte), crc.valid.eq(arrived), crc.start.eq(ended | late)]
        self._deliver(m, byte, arrived, ended, broken, late, crc.match_detected)
        return m

    def _late(self, m: Module, inside: Signal) -> Signal:
        """One cycle, where a message has begun and no byte has come for too long."""
        left = Signal(range(self._timeout + 1), init=self._timeout)
        late = Signal()
        begun = Signal()
        m.d.sync += late.eq((left == 0) & begun & ~late)
        with m.If(self.i.valid):
            # A flag may be the end of one message and stand before a long pause: that is no message yet.
            m.d.sync += [left.eq(self._timeout), begun.eq(inside & (self.i.payload != FLAG))]
        with m.Elif(left != 0):
            m.d.sync += left.eq(left - 1)
        with m.If(late):
            m.d.sync += begun.eq(0)
        return late

    def _deliver(self, m: Module, byte, arrived, ended, broken, late, right) -> None:
        """Hold five bytes back: the check's four, and the one before them, which may be the last."""
        held = Signal(8 * (CHECK_BYTES + 1), reset_less=True)
        count = Signal(range(CHECK_BYTES + HEAD_BYTES + 1))
        shortest = CHECK_BYTES + HEAD_BYTES
        head = Signal(8 * HEAD_BYTES)
        m.d.comb += [self.kind.eq(head[:8]), self.number.eq(head[8:])]
        m.d.sync += [
            self.o.valid.eq(0),
            self.o.payload.last.eq(0),
            self.drop.eq(0),
            self.o.payload.byte.eq(held[-8:]),
        ]
        with m.If(arrived):
            m.d.sync += [held.eq(Cat(byte, held)), self.o.valid.eq(count > CHECK_BYTES)]
            with m.If(count != shortest):
                m.d.sync += count.eq(count + 1)
            with m.If(count < HEAD_BYTES):
                m.d.sync += head.eq(Cat(head[8:], byte))
        with m.If(ended | late):
            m.d.sync += count.eq(0)
            with m.If(ended & ~broken & right & (count == shortest)):
                m.d.sync += [self.o.valid.eq(1), self.o.payload.last.eq(1)]
            with m.Elif(count != 0):
                m.d.sync += self.drop.eq(1)


class FrameTransmitter(wiring.Component):
    """Messages onto a byte stream: a flag, the escaped message with its check, a flag.

    Takes a byte every other cycle where ``o`` does not wait, escapes apart.

    Members
    -------
    i : In(stream.Signature(MESSAGE_BYTE))
        Bytes of messages.
    o : Out(stream.Signature(8))
        Bytes for the line.
    """

    def __init__(self):
        super().__init__({"i": In(stream.Signature(MESSAGE_BYTE)), "o": Out(stream.Signature(8))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.crc = crc = CRC32_ISO_HDLC().create()
        byte = Signal(8, reset_less=True)
        last = Signal(reset_less=True)
        sent = Signal(range(CHECK_BYTES + 1))
        check = Array(crc.crc.word_select(index, 8) for index in range(CHECK_BYTES))
        special = (byte == FLAG) | (byte == ESCAPE)
        m.d.comb += [crc.data.eq(self.i.payload.byte), crc.valid.eq(self.i.valid & self.i.ready)]
        with m.FSM():
            with m.State("idle"):
                m.d.comb += [crc.start.eq(1), self.o.valid.eq(self.i.valid), self.o.payload.eq(FLAG)]
                with m.If(self.o.valid & self.o.ready):
                    m.next = "take"
            with m.State("take"):
                m.d.comb += self.i.ready.eq(1)
                m.d.sync += [byte.eq(self.i.payload.byte), last.eq(self.i.payload.last), sent.eq(0)]
                with m.If(self.i.valid):
                    m.next = "send"
            with m.State("send"):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.eq(Mux(special, ESCAPE, byte))]
                with m.If(self.o.ready):
                    m.next = "next"
                    with m.If(special):
                        m.next = "escaped"
            with m.State("escaped"):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.eq(byte ^ ESCAPED)]
                with m.If(self.o.ready):
                    m.next = "next"
            with m.State("next"):
                with m.If(~last):
                    m.next = "take"
                with m.Elif(sent == CHECK_BYTES):
                    m.next = "close"
                with m.Else():
                    m.d.sync += [byte.eq(check[sent]), sent.eq(sent + 1)]
                    m.next = "send"
            with m.State("close"):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.eq(FLAG)]
                with m.If(self.o.ready):
                    m.next = "idle"
        return m
