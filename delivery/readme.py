"""The bundle's own README."""

from __future__ import annotations

from collections.abc import Mapping

from siammixer.arch.errors import MESSAGES
from siammixer.delivery.job import BundleJob, Job
from siammixer.delivery.memory_image import WORD_NOTE
from siammixer.delivery.template import filled, sections
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
    template, search = job.frame.cycles.values()
    rows, columns, channels = job.frame.shape
    texts = sections(
        "readme_core.md",
        **job.memory_numbers,
        prefix=job.prefix,
        template_cycles=f"{template:,}",
        search_cycles=f"{search:,}",
        rows=rows,
        columns=columns,
        channels=channels,
    )
    bus = filled(f"readme_{job.bus}.md", registers=register_table() if job.bus == "axi" else "")
    texts["load"] += f"\n\n{bus}"
    drivers = DRIVERS if job.bus == "axi" else ""
    return {"README.md": readme(job, texts, drivers, dict(sorted(MESSAGES.items())))}


def readme(job: BundleJob, texts: Mapping[str, str], drivers: str, errors: Mapping[int, str]) -> str:
    """The text of a README.

    Parameters
    ----------
    texts
        The sections in which cores differ, by the names that the template has for them.
    drivers
        The rows of the table of files about drivers and registers.
    errors
        Every code that the core may tell, in words.
    """
    return filled(
        "README.md",
        prefix=job.prefix,
        network=job.network.name,
        accelerator=job.accelerator.name,
        network_print=job.fingerprints["network"],
        accelerator_print=job.fingerprints["accelerator"],
        weights_print=job.fingerprints["weights"],
        versions="\n".join(f"- {name} {number}" for name, number in job.versions.items()),
        ports="\n".join(f"| `{port.name}` | {port.direction} | {port.bits} |" for port in job.ports),
        errors="\n".join(f"| {int(code)} | {message} |" for code, message in errors.items()),
        word_note=WORD_NOTE,
        drivers=drivers,
        **job.memory_numbers,
        **texts,
    )
