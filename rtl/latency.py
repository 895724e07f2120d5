"""Cycles from block to block of the datapath, added up from the blocks' own."""

from siammixer.arch.accelerator import Accelerator
from siammixer.rtl.datapath.feature_maps import map_latency
from siammixer.rtl.datapath.gearbox import Gearbox
from siammixer.rtl.datapath.lane import Lane
from siammixer.rtl.datapath.lane_array import array_latency
from siammixer.rtl.datapath.residual import ResidualAdd
from siammixer.rtl.datapath.response import Response
from siammixer.rtl.datapath.transposer import Transposer


def front_latency(accelerator: Accelerator) -> int:
    """Cycles from issue until lane 0 has its control and its activation."""
    return map_latency(accelerator) + Gearbox.LATENCY - Lane.BROADCAST


def settle_cycles(accelerator: Accelerator) -> int:
    """Cycles from a step's last issue until its last result can be read; the compiler counts on it."""
    cycles = (
        front_latency(accelerator)
        + array_latency(accelerator)
        + ResidualAdd.LATENCY
        + 1
        + Transposer.LATENCY
        + 1
    )
    assert cycles == accelerator.settle_cycles, (
        f"siammixer.arch.accelerator says {accelerator.settle_cycles} cycles, the blocks need {cycles}"
    )
    peak = front_latency(accelerator) + Lane.CHAINED + accelerator.lanes - 1 + Response.LATENCY
    assert peak <= cycles, f"a step settles in {cycles} cycles, its peak needs {peak}"
    return cycles
