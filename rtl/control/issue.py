"""What the walker sends down the data path each cycle."""

from amaranth.lib import data

from siammixer.arch.accelerator import Accelerator
from siammixer.rtl.datapath.lane import lane_control


def issue_layout(accelerator: Accelerator) -> data.StructLayout:
    """One cycle's work; each part acts when the data it belongs to has arrived.

    read_address: word of the feature-map memory to read. advance, end: that word is the gearbox's next;
    where the group ends in it. residual_read: that word is a residual, or to be transposed. residual_centre:
    the window's centre is a residual. lane: for the lanes. result, residual_write: a word of results comes
    to the write path (:func:`write_layout`); the next residual is added to it. A step that only transposes
    has no results, and its word is the residual. respond, respond_first, respond_last: the sum over the
    lanes goes to the response.
    """
    return data.StructLayout(
        {
            "read_address": 16,
            "advance": 1,
            "end": range(accelerator.lanes),
            "residual_read": 1,
            "residual_centre": 1,
            "lane": lane_control(accelerator),
            "result": 1,
            "residual_write": 1,
            "respond": 1,
            "respond_first": 1,
            "respond_last": 1,
        }
    )


def write_layout() -> data.StructLayout:
    """What becomes of the word of one cycle's work.

    shift, turn: it goes into the transposer (siammixer.rtl.datapath.transposer), or a filler does. write,
    address: the word that leaves, transposed or not, is written. A response's sum goes to the cell at
    ``address``.
    """
    return data.StructLayout({"shift": 1, "turn": 1, "write": 1, "address": 16})
