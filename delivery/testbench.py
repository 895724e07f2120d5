"""The self-checking test bench in Verilog, and the numbers that it expects."""

from __future__ import annotations

from siammixer.arch.errors import MESSAGES, Error
from siammixer.arch.interface import RESPONSE_LATENCY
from siammixer.arch.register_map import ADDRESS_BITS
from siammixer.arch.registers import MAGIC, REGISTERS
from siammixer.delivery.images import WORD_NOTE, checksum, pixel_values, word_images, word_values
from siammixer.delivery.job import Job
from siammixer.delivery.template import filled
from siammixer.ir.network import BRANCHES

# Cycles to wait for a cell: one until the address stands, and one until its data can be sampled.
_CELL_CYCLES = RESPONSE_LATENCY + 2


def testbench_files(job: Job) -> dict[str, str]:
    """The test bench and the file that it includes, by name."""
    prefix = job.prefix
    registers = {
        register.name: f"{ADDRESS_BITS}'h{register.address:0{ADDRESS_BITS // 4}x}" for register in REGISTERS
    }
    bus = filled(
        f"testbench_{job.bus}.v",
        prefix=prefix,
        latency=_CELL_CYCLES,
        magic=f"32'h{MAGIC:08x}",
        trace_ports=_unconnected(job),
        **registers,
    )
    errors = "\n".join(
        f'      8\'d{code.value}: $display("  {message}");'
        for code, message in MESSAGES.items()
        if code != Error.NONE
    )
    text = filled("testbench.v", prefix=prefix, bus=bus, errors=errors, word_note=WORD_NOTE)
    return {f"tb/{prefix}_tb.v": text, f"tb/{prefix}_expected.vh": _expected(job)}


testbench_files.__test__ = False  # type: ignore[attr-defined]


def _unconnected(job: Job) -> str:
    names = [port.name for port in job.ports if port.name.startswith("trace_") or port.name == "step_done"]
    return "".join(f"\n    .{name}()," for name in names)


def _expected(job: Job) -> str:
    """The numbers as Verilog: lengths of the images, their checksums, cycles, peak, fingerprint."""
    template, search = BRANCHES
    rows, columns, _ = job.frame.shape
    cell, value = job.frame.peak
    fingerprint = int(job.accelerator.fingerprint, 16)
    numbers: dict[str, int] = {
        "ROWS": rows,
        "COLUMNS": columns,
        "RESPONSE": len(job.frame.response),
        "PEAK_POSITION": cell,
        "PEAK_VALUE": value & 0xFFFFFFFF,
        "FINGERPRINT_LOW": fingerprint & 0xFFFFFFFF,
        "FINGERPRINT_HIGH": fingerprint >> 32,
    }
    for branch in (template, search):
        numbers[f"{branch.upper()}_ENTRY"] = job.program.entries[branch]
        numbers[f"{branch.upper()}_CYCLES"] = job.frame.cycles[branch]
    images = {name: word_values(words) for name, words in word_images(job).items()}
    images |= {f"{branch}_pixels": pixel_values(pixels) for branch, pixels in job.frame.pixels.items()}
    for name, values in images.items():
        numbers[name.upper()] = len(values)
        numbers[f"{name.upper()}_SUM"] = checksum(values)
    lines = [f"  localparam [31:0] {name} = 32'd{number};\n" for name, number in numbers.items()]
    head = f"// What the test bench expects. {job.origin}\n// SPDX-License-Identifier: Apache-2.0\n"
    return head + "".join(lines)
