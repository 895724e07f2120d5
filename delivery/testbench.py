"""The core's self-checking test bench in Verilog, and the numbers that it expects."""

from __future__ import annotations

from siammixer.arch.errors import MESSAGES, Error
from siammixer.arch.interface import RESPONSE_LATENCY
from siammixer.arch.registers import CORE
from siammixer.delivery.bench_parts import axi_parts, common_parts, expected_numbers, register_places
from siammixer.delivery.job import Job
from siammixer.delivery.template import filled

# Cycles to wait for a cell: one until the address stands, and one until its data can be sampled.
_CELL_CYCLES = RESPONSE_LATENCY + 2


def testbench_files(job: Job) -> dict[str, str]:
    """The test bench and the file that it includes, by name."""
    prefix = job.prefix
    bus = filled(
        f"testbench_{job.bus}.v",
        prefix=prefix,
        latency=_CELL_CYCLES,
        trace_ports=_unconnected(job),
        **axi_parts(job, CORE),
        **register_places(CORE),
    )
    messages = {code.value: text for code, text in MESSAGES.items() if code != Error.NONE}
    parts = common_parts(job, messages, "which no error of the core is")
    return {
        f"tb/{prefix}_tb.v": filled("testbench.v", prefix=prefix, bus=bus, **parts),
        f"tb/{prefix}_expected.vh": _expected(job),
    }


testbench_files.__test__ = False  # type: ignore[attr-defined]


def _unconnected(job: Job) -> str:
    names = [port.name for port in job.ports if port.name.startswith("trace_") or port.name == "step_done"]
    return "".join(f"\n    .{name}()," for name in names)


def _expected(job: Job) -> str:
    """The response's sizes and peak, and what every test bench expects."""
    rows, columns, _ = job.frame.shape
    cell, value = job.frame.peak
    return expected_numbers(
        job,
        {
            "ROWS": rows,
            "COLUMNS": columns,
            "RESPONSE": len(job.frame.response),
            "PEAK_POSITION": cell,
            "PEAK_VALUE": value,
        },
    )
