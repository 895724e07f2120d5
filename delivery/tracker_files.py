"""A tracker's register documents and its README."""

from __future__ import annotations

from siammixer.arch.fabric import FIRST_FRAMES
from siammixer.arch.tracker_registers import TRACKER, tracker_constants
from siammixer.delivery.drivers import register_files
from siammixer.delivery.readme import readme
from siammixer.delivery.registers_header import c_tracker_registers
from siammixer.delivery.template import sections
from siammixer.delivery.tracker_job import TrackerJob
from siammixer.delivery.tracker_testbench import CODES
from siammixer.delivery.tracker_video import TOLD
from siammixer.report.register_text import register_table

REGISTERS = (
    "| `registers/` | the registers as SystemRDL, C header, IP-XACT with ports and bus interfaces, and "
    "Markdown |\n"
)


def tracker_register_files(job: TrackerJob) -> dict[str, str]:
    """The registers as SystemRDL, IP-XACT, Markdown and C header."""
    documents = register_files(job, TRACKER, tracker_constants(job.design))
    return documents | {f"registers/{TRACKER.name}_registers.h": c_tracker_registers()}


def tracker_readme_files(job: TrackerJob) -> dict[str, str]:
    """README.md of the folder."""
    count, height, width, _ = job.video.frames.shape
    tracker = job.design.tracker
    texts = sections(
        "readme_tracker.md",
        **job.memory_numbers,
        prefix=job.prefix,
        frames=count,
        width=width,
        height=height,
        shows=1 + FIRST_FRAMES,
        views=FIRST_FRAMES - 1,
        looks=FIRST_FRAMES,
        news_words=len(TOLD),
        largest=f"{tracker.frame_width} x {tracker.frame_height}",
        registers=register_table(TRACKER),
    )
    return {"README.md": readme(job, texts, REGISTERS, CODES)}
