"""The files by which tools take the bundle: Makefile, waivers, FuseSoC's core file, Vivado's script."""

from __future__ import annotations

from siammixer.delivery.images import hex_files
from siammixer.delivery.job import Job
from siammixer.delivery.template import filled

# A part with room for the default core; the script's user chooses another.
_PART = "xc7z020clg400-1"


def rtl_files(job: Job) -> dict[str, str]:
    """The Verilog of the core, by name."""
    head = f"// {job.origin}, bus {job.bus}\n// SPDX-License-Identifier: Apache-2.0\n"
    return {f"rtl/{job.prefix}.v": head + job.core.verilog}


def tool_files(job: Job) -> dict[str, str]:
    """The files for tools, by name."""
    prefix, version = job.prefix, job.versions["siammixer"]
    images = "\n".join(
        f"      - {name}: {{file_type: user, copyto: {name}}}" for name in sorted(hex_files(job))
    )
    return {
        "Makefile": filled("Makefile", prefix=prefix),
        f"lint/{prefix}.vlt": filled("waivers.vlt", prefix=prefix),
        f"{prefix}.core": filled(
            "bundle.core",
            prefix=prefix,
            core_name=f"siammixer:ip:{prefix}:{version}",
            description=_description(job),
            images=images,
        ),
        "vivado/package_ip.tcl": filled(
            "package_ip.tcl",
            prefix=prefix,
            part=_PART,
            description=_description(job),
            ip_version=".".join(version.split(".")[:2]),
            buses=filled(f"buses_{job.bus}.tcl"),
        ),
    }


def _description(job: Job) -> str:
    return f"SiamMixer, a Siamese visual tracker: accelerator {job.accelerator.name}"
