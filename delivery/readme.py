"""The bundle's own README."""

from __future__ import annotations

from siammixer.arch.errors import MESSAGES
from siammixer.delivery.images import WORD_NOTE
from siammixer.delivery.job import Job
from siammixer.delivery.template import filled
from siammixer.report.register_text import register_table

DRIVERS = (
    "| `driver/c/` | driver, box reading and crop in C99, without an operating system or `malloc`, and the "
    "network as its arrays; `siammixer.h` tells how |\n"
    "| `driver/pynq/` | the driver in Python over the same registers, for PYNQ's MMIO and DMA, and the "
    "network's file; never run on a board |\n"
    "| `registers/` | the registers as SystemRDL, IP-XACT with ports and bus interfaces, and Markdown |\n"
)


def readme_files(job: Job) -> dict[str, str]:
    """README.md of the folder."""
    versions = "\n".join(f"- {name} {number}" for name, number in job.versions.items())
    ports = "\n".join(f"| `{port.name}` | {port.direction} | {port.bits} |" for port in job.ports)
    errors = "\n".join(f"| {code.value} | {message} |" for code, message in sorted(MESSAGES.items()))
    lanes, words, _ = job.program.weight_memory(job.weights).shape
    rows, columns, channels = job.frame.shape
    load = filled(f"readme_{job.bus}.md", registers=register_table() if job.bus == "axi" else "")
    return {
        "README.md": filled(
            "README.md",
            prefix=job.prefix,
            network=job.network.name,
            accelerator=job.accelerator.name,
            network_print=job.fingerprints["network"],
            accelerator_print=job.fingerprints["accelerator"],
            weights_print=job.fingerprints["weights"],
            versions=versions,
            ports=ports,
            errors=errors,
            word_note=WORD_NOTE,
            lanes=lanes,
            words=words,
            template_entry=job.program.entries["template"],
            search_entry=job.program.entries["search"],
            template_cycles=f"{job.frame.cycles['template']:,}",
            search_cycles=f"{job.frame.cycles['search']:,}",
            rows=rows,
            columns=columns,
            channels=channels,
            load=load,
            drivers=DRIVERS if job.bus == "axi" else "",
        )
    }
