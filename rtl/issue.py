"""What the sequencer sends down the data path each cycle."""

from amaranth.lib import data

from rtl.lane import lane_control
from spec.accelerator import Accelerator


def issue_layout(accelerator: Accelerator) -> data.StructLayout:
    """One cycle's work; each part acts when the data it belongs to has arrived.

    read_address: word of the feature-map memory to read.
    advance, end: that word is the gearbox's next; where the group ends in it.
    residual_read: that word is a residual.
    fill: that word goes into the transposer. drain: a word comes out of it.
    channel, pop: channel of the pixel window to multiply; the window is used up.
    lane: for the lanes.
    write, write_address, residual_write: the result is a word of the feature-map memory, with
    the next residual added.
    respond, respond_first, respond_last: the sum over the lanes goes to cell ``write_address``.
    """
    return data.StructLayout(
        {
            "read_address": 16,
            "advance": 1,
            "end": range(accelerator.lanes),
            "residual_read": 1,
            "fill": 1,
            "drain": 1,
            "channel": 2,
            "pop": 1,
            "lane": lane_control(accelerator),
            "write": 1,
            "write_address": 16,
            "residual_write": 1,
            "respond": 1,
            "respond_first": 1,
            "respond_last": 1,
        }
    )
