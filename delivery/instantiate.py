"""Text to copy: an instance of the core in Verilog and in VHDL."""

from __future__ import annotations

from siammixer.delivery.core import CorePort
from siammixer.delivery.job import BundleJob


def instance_files(job: BundleJob) -> dict[str, str]:
    """An instance of the core in both languages, by file name; every port is connected to a signal of its
    own name.
    """
    return {
        f"instantiate/{job.prefix}_instance.v": _verilog(job),
        f"instantiate/{job.prefix}_instance.vhd": _vhdl(job),
    }


def _verilog(job: BundleJob) -> str:
    wires = "".join(
        f"  {'wire' if port.direction == 'out' else 'reg '} {_range(port)}{port.name};\n"
        for port in job.ports
    )
    ports = ",\n".join(f"    .{port.name}({port.name})" for port in job.ports)
    return (
        f"// An instance of {job.prefix}: copy it and put your own signals in.\n"
        f"module {job.prefix}_instance;\n{wires}\n  {job.prefix} u_{job.prefix} (\n{ports}\n  );\nendmodule\n"
    )


def _range(port: CorePort) -> str:
    return f"[{port.bits - 1}:0] " if port.bits > 1 else ""


def _vhdl(job: BundleJob) -> str:
    kinds = {port.name: _vhdl_kind(port) for port in job.ports}
    longest = max(map(len, kinds))
    component = ";\n".join(
        f"      {port.name:{longest}} : {port.direction:3} {kinds[port.name]}" for port in job.ports
    )
    signals = "".join(f"  signal {port.name:{longest}} : {kinds[port.name]};\n" for port in job.ports)
    mapped = ",\n".join(f"      {port.name:{longest}} => {port.name}" for port in job.ports)
    return (
        f"-- An instance of {job.prefix}, which is Verilog: copy it and put your own signals in.\n"
        "library ieee;\nuse ieee.std_logic_1164.all;\n\n"
        f"entity {job.prefix}_instance is\nend entity;\n\n"
        f"architecture example of {job.prefix}_instance is\n"
        f"  component {job.prefix} is\n    port (\n{component}\n    );\n  end component;\n\n{signals}"
        f"begin\n  u_{job.prefix} : {job.prefix}\n    port map (\n{mapped}\n    );\nend architecture;\n"
    )


def _vhdl_kind(port: CorePort) -> str:
    return f"std_logic_vector({port.bits - 1} downto 0)" if port.bits > 1 else "std_logic"
