"""The parts that test benches in Verilog have in common: images, checks, and the host on the registers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from siammixer.arch.register_map import ADDRESS_BITS, RegisterMap
from siammixer.delivery.job import BundleJob
from siammixer.delivery.memory_image import WORD_BITS, WORD_NOTE, MemoryImage
from siammixer.delivery.template import part


def common_parts(job: BundleJob, messages: Mapping[int, str], unknown: str) -> dict[str, str]:
    """The values ``head``, ``checks`` and ``finish`` of a test bench's template, which defines the task
    ``say_progress``: it ends a line that says how far the test bench is.

    Parameters
    ----------
    messages
        The codes other than 0 that the core may tell, in words.
    unknown
        What any other number is said to be.
    """
    errors = "\n".join(f'      8\'d{code}: $display("  {text}");' for code, text in messages.items())
    return {
        "head": part("testbench_head.v", prefix=job.prefix, word_note=WORD_NOTE),
        "checks": part("testbench_checks.v", reads=_reads(job.images), errors=errors, no_error=unknown),
        "finish": part("testbench_finish.v"),
    }


def axi_parts(job: BundleJob, registers: RegisterMap) -> dict[str, str]:
    """The values ``axi_registers`` (the instance's beginning with it) and ``axi_accesses`` of a test bench's
    template, for a core with that map.
    """
    places = register_places(registers)
    return {
        "axi_registers": part("axi_registers.v", prefix=job.prefix),
        "axi_accesses": part("axi_accesses.v", magic=f"32'h{registers.magic:08x}", **places),
    }


def register_places(registers: RegisterMap) -> dict[str, str]:
    """The addresses of a map's registers in Verilog, by name."""
    return {
        register.name: f"{ADDRESS_BITS}'h{register.address:0{ADDRESS_BITS // 4}x}"
        for register in registers.registers
    }


def expected_numbers(job: BundleJob, numbers: Mapping[str, int]) -> str:
    """The file that a test bench includes: the accelerator's fingerprint, entries, the lengths and checksums
    of the images, and the given numbers before them.

    Parameters
    ----------
    numbers
        By name; each as 32 bits, negative ones as their complement.
    """
    fingerprint = int(job.accelerator.fingerprint, 16)
    every = {
        **numbers,
        **{"FINGERPRINT_LOW": fingerprint & 0xFFFFFFFF, "FINGERPRINT_HIGH": fingerprint >> 32},
    }
    for branch, cycles in job.predicted_cycles.items():
        every[f"{branch.upper()}_ENTRY"] = job.program.entries[branch]
        every[f"{branch.upper()}_CYCLES"] = cycles
    for image in job.images:
        if image.checked:
            every[image.name.upper()] = len(image.values)
            every[f"{image.name.upper()}_SUM"] = image.checksum
    lines = [f"  localparam [31:0] {name} = 32'd{number & 0xFFFFFFFF};\n" for name, number in every.items()]
    head = f"// What the test bench expects. {job.origin}\n// SPDX-License-Identifier: Apache-2.0\n"
    return head + "".join(lines)


def _reads(images: Iterable[MemoryImage]) -> str:
    """The statements that read all images and compare their checksums."""
    fills, reads, sums = [], [], []
    for image in images:
        name, length = image.name, image.name.upper()
        each = f"      for (place = 0; place < {length}; place = place + 1)"
        missing = f"~{image.bits}'h0" if image.checked else "0"
        fills.append(f"{each} {name}[place] = {missing};")
        reads.append(f'      $readmemh("images/{name}.hex", {name});')
        if image.checked:
            spare = WORD_BITS - image.bits
            word = f"{{{spare}'h0, {name}[place]}}" if spare else f"{name}[place]"
            sums += ["      sum = 0;", f"{each} checksum({word});"]
            sums.append(f'      compare_sum({length}_SUM, "images/{name}.hex");')
    return "\n".join([*fills, *reads, *sums])
