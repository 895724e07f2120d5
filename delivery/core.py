"""The Verilog of a core with plain names, and its ports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from siammixer.arch.accelerator import Accelerator
from siammixer.delivery.plain_verilog import plain_verilog
from siammixer.rtl.bus.axi_core import AxiSiamMixer
from siammixer.rtl.bus.flat import FlatSiamMixer
from siammixer.sim.verilog import cached_verilog

_TOP = "siammixer"


@dataclass(frozen=True, kw_only=True)
class CorePort:
    """A port of the exported top module.

    Parameters
    ----------
    name
        In Verilog and VHDL.
    direction
        "in" or "out", seen from the core.
    bits
        Its width.
    """

    name: str
    direction: Literal["in", "out"]
    bits: int


@dataclass(frozen=True, kw_only=True)
class Exported:
    """An exported core.

    Parameters
    ----------
    verilog
        Its text, without a head.
    ports
        The ports of its top module.
    """

    verilog: str
    ports: tuple[CorePort, ...]


def export_core(accelerator: Accelerator, bus: str, prefix: str, trace: bool) -> Exported:
    """The core behind AXI ("axi") or alone ("stream"); its top module has the name of the prefix."""
    make = {"axi": AxiSiamMixer, "stream": FlatSiamMixer}[bus]
    component = make(accelerator, trace=trace)
    text = cached_verilog(lambda: component, _TOP, (accelerator, bus, trace))
    clock = () if bus == "axi" else (("clk", "in", 1), ("rst", "in", 1))
    members = component.signature.members
    given = [(name, "in" if members[name].flow.name == "In" else "out", members[name]) for name in members]
    ports = [
        *(CorePort(name=name, direction="in", bits=bits) for name, _, bits in clock),
        *(
            CorePort(name=name, direction="in" if way == "in" else "out", bits=_bits(member))
            for name, way, member in given
        ),
    ]
    return Exported(verilog=plain_verilog(text, _TOP, prefix), ports=tuple(ports))


def _bits(member) -> int:
    shape = member.shape
    return shape if isinstance(shape, int) else shape.width
