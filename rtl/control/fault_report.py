"""The faults that end a run, found in the pixel stream and in the addresses."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import PIXEL_TIMEOUT_CYCLES, Accelerator
from siammixer.arch.errors import Error
from siammixer.arch.instruction import Kind
from siammixer.rtl.control.instruction import INSTRUCTION
from siammixer.rtl.control.watchdog import Watchdog
from siammixer.rtl.datapath.pixel_windows import TILE_BITS, tile_pixels


class FaultReport(wiring.Component):
    """Tells of faults a cycle after they are found; of several in one cycle the one named last below:
    PIXELS_MISSING, BAD_ADDRESS, INPUT_LONG, INPUT_SHORT.

    A tile of pixels that is larger than the line buffers is a bad address, found when its step begins.

    Parameters
    ----------
    accelerator
        Sizes.

    Members
    -------
    begin : In(1)
        A step begins.
    instruction : In(INSTRUCTION)
        Its instruction.
    waiting : In(1)
        The step waits for a pixel window.
    outside : In(6)
        Any bit of it: an address lies past the end of its memory.
    long : In(1)
        The pixel stream goes on after the image.
    short : In(1)
        The pixel stream ended before the image was complete.
    fault : Out(Error)
        The fault found in the cycle before.
    """

    def __init__(self, accelerator: Accelerator):
        self._accelerator = accelerator
        super().__init__(
            {
                "begin": In(1),
                "instruction": In(INSTRUCTION),
                "waiting": In(1),
                "outside": In(6),
                "long": In(1),
                "short": In(1),
                "fault": Out(Error),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.watchdog = watchdog = Watchdog(PIXEL_TIMEOUT_CYCLES)
        instruction = self.instruction
        columns, rows = (
            tile_pixels(count, instruction.stride_2) for count in (instruction.columns, instruction.rows)
        )
        too_large = (columns > self._accelerator.pixel_width) | (rows >= 2**TILE_BITS)
        too_large_tile = Signal()
        m.d.sync += too_large_tile.eq(self.begin & (instruction.kind == Kind.CONVOLUTION) & too_large)
        m.d.comb += watchdog.waiting.eq(self.waiting)
        m.d.sync += self.fault.eq(Error.NONE)
        for found, error in (
            (watchdog.bark, Error.PIXELS_MISSING),
            (self.outside.any() | too_large_tile, Error.BAD_ADDRESS),
            (self.long, Error.INPUT_LONG),
            (self.short, Error.INPUT_SHORT),
        ):
            with m.If(found):
                m.d.sync += self.fault.eq(error)
        return m
