"""The one interface between the core and whoever drives it: a host's board, link or test bench."""

from amaranth.hdl import signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Member, Out

from siammixer.arch.interface import HOST_PORTS, WRITE_FIELDS, Port
from siammixer.rtl.datapath.pixel_windows import PIXEL

WRITE = data.StructLayout(dict(WRITE_FIELDS))
"""A word for the core's memories.

``address`` is the word of the program, or lane * 2**16 + the word of its weights. ``target`` is a
:class:`siammixer.arch.link.Target`: program or weights. ``data`` holds 32 bits of the program, nine INT8
weights, or a bias and its multiplier.
"""


class HostSignature(wiring.Signature):
    """The core's ports as the host sees them: Out is what the host drives. ``wiring.connect`` takes it.
    :data:`siammixer.arch.interface.HOST_PORTS` describes them.

    Members
    -------
    write : Out(stream.Signature(WRITE))
        Words for the memories, one per cycle, taken but right after a reset. One that comes while a run is in
        progress, or whose address is past the end of its memory, is dropped and is an error of that run or
        of the next.
    pixels : Out(stream.Signature(PIXEL))
        Pixels of the crop (siammixer.rtl.datapath.pixel_windows).
    refused : In(8)
        Why the word of the cycle before was dropped (siammixer.arch.errors), 0 where it was not.
    start : Out(1)
        Run a program. While ``busy`` it is an error, reported at the end of the run or of what follows a
        reset.
    entry : Out(16)
        Address of the program's first word, in the cycle of ``start``.
    busy : In(1)
        A run is in progress, or a reset has just been.
    done : In(1)
        One cycle at the end of a run.
    error : In(8)
        Why the run ended (siammixer.arch.errors), 0 if it went well; it stands until the next ``start``.
    step : In(16)
        Number of the instruction that runs.
    response_address : Out(16)
        Cell of the response to read, while not ``busy``.
    response_data : In(signed(32))
        That cell, three cycles later.
    peak_position : In(16)
        Address of the largest cell, the first in raster order of equal ones.
    peak_value : In(signed(32))
        The largest cell.
    """

    def __init__(self):
        streams = {"write": Out(stream.Signature(WRITE)), "pixels": Out(stream.Signature(PIXEL))}
        single = {port.name: _member(port) for port in HOST_PORTS if "." not in port.name}
        super().__init__(streams | single)


def _member(port: Port) -> Member:
    """The member of a port; the port's direction is the core's, the member's the host's."""
    shape = signed(port.bits) if port.signed else port.bits
    return (Out if port.direction == "in" else In)(shape)


CONTROL = HostSignature()
