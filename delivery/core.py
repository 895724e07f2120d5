"""The Verilog of a core or of the whole tracker with plain names, and its ports."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.fabric import FabricDesign
from siammixer.delivery.plain_verilog import plain_verilog
from siammixer.rtl.bus.axi_core import AxiSiamMixer
from siammixer.rtl.bus.axi_tracker import AxiTracker
from siammixer.rtl.bus.flat import FlatSiamMixer
from siammixer.sim.axi_tracker import MODULE
from siammixer.sim.verilog import cached_verilog

_TOP = "siammixer"
_FIRST = ("aclk", "aresetn", "clk", "rst")
_PORT = re.compile(r"^  (input|output) (?:\[(\d+):0\] )?(\w+);$", re.MULTILINE)


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
    text = cached_verilog(lambda: make(accelerator, trace=trace), _TOP, (accelerator, bus, trace))
    return _exported(text, _TOP, prefix)


def export_tracker(design: FabricDesign, prefix: str) -> Exported:
    """The whole tracker behind AXI; its top module has the name of the prefix."""
    return _exported(cached_verilog(lambda: AxiTracker(design), MODULE, design), MODULE, prefix)


def _exported(text: str, top: str, prefix: str) -> Exported:
    plain = plain_verilog(text, top, prefix)
    return Exported(verilog=plain, ports=_ports(plain))


def _ports(verilog: str) -> tuple[CorePort, ...]:
    """The ports of the first module, clock and reset first, then by name: a bus's stay together."""
    top = verilog[: verilog.index("endmodule")]
    found = [
        CorePort(name=name, direction="in" if way == "input" else "out", bits=int(high or 0) + 1)
        for way, high, name in _PORT.findall(top)
    ]
    return tuple(sorted(found, key=lambda port: (port.name not in _FIRST, port.name)))
