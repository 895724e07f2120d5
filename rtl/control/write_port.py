"""The write port: words from the host to the memories."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.errors import Error
from siammixer.arch.link import LANE_ADDRESS_BITS, Target
from siammixer.rtl.datapath.lane import weight_write
from siammixer.rtl.host import WRITE


def program_write(accelerator: Accelerator) -> wiring.Signature:
    """A word for the program memory, and where it is stored."""
    address = range(accelerator.program_words)
    return wiring.Signature({"enable": Out(1), "address": Out(address), "data": Out(32)})


class WritePort(wiring.Component):
    """Takes a word a cycle and passes it on a cycle later; a word that must not be written is dropped, and
    told.

    Parameters
    ----------
    accelerator
        Sizes of the memories.

    Members
    -------
    i : In(stream.Signature(WRITE))
        Words. They are taken whenever ``open`` is high.
    open : In(1)
        Words are taken.
    busy : In(1)
        A run is in progress: what comes now must not be written.
    program : Out(program_write(accelerator))
        A word for the program memory.
    weights : Out(weight_write(accelerator))
        A word for the weight memory of a lane.
    refused : Out(Error)
        Why the word of the cycle before was dropped: WRITE_WHILE_BUSY, WRITE_OUTSIDE where its address is
        past the end of its memory or its target is none; NONE where nothing was dropped.
    """

    def __init__(self, accelerator: Accelerator):
        self._accelerator = accelerator
        super().__init__(
            {
                "i": In(stream.Signature(WRITE)),
                "open": In(1),
                "busy": In(1),
                "program": Out(program_write(accelerator)),
                "weights": Out(weight_write(accelerator)),
                "refused": Out(Error),
            }
        )

    def elaborate(self, platform):
        m = Module()
        sizes, word = self._accelerator, self.i.payload
        lane, place = word.address[LANE_ADDRESS_BITS:], word.address[:LANE_ADDRESS_BITS]
        inside = {
            Target.PROGRAM: word.address < sizes.program_words,
            Target.WEIGHTS: (lane < sizes.lanes) & (place < sizes.weight_words),
        }
        taken, right = Signal(), {target: Signal(name=f"for_{target.name.lower()}") for target in inside}
        m.d.comb += [self.i.ready.eq(self.open), taken.eq(self.i.valid & self.open)]
        m.d.comb += [right[target].eq((word.target == target) & inside[target]) for target in inside]
        m.d.sync += [
            self.program.enable.eq(taken & ~self.busy & right[Target.PROGRAM]),
            self.weights.enable.eq(taken & ~self.busy & right[Target.WEIGHTS]),
            self.refused.eq(Error.NONE),
        ]
        # What is written, and where, needs no reset.
        written = Signal.like(word, reset_less=True)
        m.d.sync += written.eq(word)
        m.d.comb += [
            self.program.address.eq(written.address),
            self.program.data.eq(written.data),
            self.weights.lane.eq(written.address[LANE_ADDRESS_BITS:]),
            self.weights.address.eq(written.address[:LANE_ADDRESS_BITS]),
            self.weights.data.eq(written.data),
        ]
        with m.If(taken & self.busy):
            m.d.sync += self.refused.eq(Error.WRITE_WHILE_BUSY)
        with m.Elif(taken & ~(right[Target.PROGRAM] | right[Target.WEIGHTS])):
            m.d.sync += self.refused.eq(Error.WRITE_OUTSIDE)
        return m
