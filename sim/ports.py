"""The core's ports as the harnesses declare them, written out from :mod:`siammixer.arch.interface`."""

from __future__ import annotations

from typing import Any

from amaranth.lib.wiring import Component

from siammixer.arch.interface import HOST, RESPONSE_LATENCY, Port, ports

CORE_HEADER = "core.svh"
"""File that ``harness.sv`` includes: :func:`core_header`."""

# Its width is that of a trace that nobody looks at.
_NO_TRACE = 2


def host_ports(core: Component) -> Any:
    """The object whose attributes are the host's ports of a core in Amaranth."""
    return getattr(core, HOST) if HOST else core


def core_header(trace_bytes: int) -> str:
    """SystemVerilog for the inside of a module: a signal for each port, ``clk``, ``rst``, and the core
    connected to them all.

    Parameters
    ----------
    trace_bytes
        See :func:`siammixer.arch.interface.ports`.
    """
    known = ports(trace_bytes)
    connections = ", ".join(f".{port.verilog}({port.signal})" for port in known)
    return "\n".join(
        [
            f"localparam int RESPONSE_LATENCY = {RESPONSE_LATENCY};",
            "logic clk = 0;",
            "logic rst = 1;",
            *(_declaration(port) for port in known),
            f"siammixer accelerator (.clk(clk), .rst(rst), {connections});\n",
        ]
    )


def native_wrapper() -> str:
    """The module ``native`` that ``harness.cpp`` drives: the core with a port for each field of a payload,
    and without the ports for verification, so that Verilator drops what only serves them.
    """
    known = ports(_NO_TRACE)
    heads = [head for port in known if not port.verification for head in _heads(port)]
    connections = ", ".join(f".{port.verilog}({_native_connection(port)})" for port in known)
    return (
        f"module native (input clk, input rst, {', '.join(heads)});\n"
        f"  siammixer accelerator (.clk(clk), .rst(rst), {connections});\n"
        '`ifdef WAVES\n  `include "waves.svh"\n`endif\n'
        "endmodule\n"
    )


def cpp_constants() -> str:
    """The header ``interface.h`` of ``harness.cpp``."""
    return f"#include <cstdint>\nconstexpr uint32_t RESPONSE_LATENCY = {RESPONSE_LATENCY};\n"


def _declaration(port: Port) -> str:
    """The signal of a port. What the harness drives begins at zero; a payload begins as noise."""
    kind = "logic" if port.direction == "in" else "wire"
    initial = " = 0" if port.direction == "in" and not port.fields else ""
    return f"{kind} {_width(port)}{port.signal}{initial};"


def _heads(port: Port) -> list[str]:
    """The wrapper's ports for one of the core's."""
    if port.fields:
        stream = port.signal.removesuffix("_payload")
        return [f"input [{bits - 1}:0] {stream}_{name}" for name, bits in port.fields]
    return [f"{port.direction}put {_width(port)}{port.signal}"]


def _native_connection(port: Port) -> str:
    if port.verification:
        return ""
    if port.fields:
        stream = port.signal.removesuffix("_payload")
        return "{" + ", ".join(f"{stream}_{name}" for name, _ in reversed(port.fields)) + "}"
    return port.signal


def _width(port: Port) -> str:
    sign = "signed " if port.signed else ""
    return f"{sign}[{port.bits - 1}:0] " if port.bits > 1 else ""
