"""The layout of the work that the address generator sends down the datapath each cycle."""

from amaranth.lib import data

from siammixer.arch.accelerator import Accelerator
from siammixer.rtl.datapath.lane import lane_control


def issue_layout(accelerator: Accelerator) -> data.StructLayout:
    """One cycle's work; each part acts when the data it belongs to has arrived."""
    return data.StructLayout(
        {
            "read_address": 16,  # word of the feature-map memory to read
            "advance": 1,  # that word is the gearbox's next
            "end": range(accelerator.lanes),  # channel of it that the group ends at
            "residual_read": 1,  # that word is a residual, or is to be transposed
            "residual_centre": 1,  # the window's centre is a residual
            "lane": lane_control(accelerator),  # what the lanes are told
            # A word of results comes to the write path (:func:`write_layout`); a step that only transposes
            # has no results, and its word is the residual.
            "result": 1,
            "residual_write": 1,  # the next residual is added to it
            "respond": 1,  # the sum over the lanes goes to the response
            "respond_first": 1,  # the response's cell starts from it
            "respond_last": 1,  # the response's cell is complete with it
        }
    )


def write_layout() -> data.StructLayout:
    """The use that is made of the word of one cycle's work."""
    return data.StructLayout(
        {
            "shift": 1,  # it goes into the transposer (siammixer.rtl.datapath.transposer), or a filler does
            "turn": 1,  # the transposer's block comes in as columns
            "write": 1,  # the word that leaves, transposed or not, is written
            "address": 16,  # where it is written; or the response's cell
        }
    )
