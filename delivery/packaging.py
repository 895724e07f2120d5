"""The files by which tools take the bundle: Makefile, waivers, FuseSoC's core file, Vivado's script."""

from __future__ import annotations

from siammixer.delivery.job import BundleJob
from siammixer.delivery.template import filled

# A part with room for the default core; the script's user chooses another.
_PART = "xc7z020clg400-1"


def rtl_files(job: BundleJob) -> dict[str, str]:
    """The Verilog of the core, by name."""
    head = f"// {job.origin}, {job.kind}\n// SPDX-License-Identifier: Apache-2.0\n"
    return {f"rtl/{job.prefix}.v": head + job.core.verilog}


def tool_files(job: BundleJob) -> dict[str, str]:
    """The files for tools, by name."""
    prefix, version = job.prefix, job.versions["siammixer"]
    images = "\n".join(
        f"      - images/{name}.hex: {{file_type: user, copyto: images/{name}.hex}}"
        for name in sorted(image.name for image in job.images)
    )
    return {
        "Makefile": filled("Makefile", prefix=prefix, bench=job.bench),
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
            buses=filled("buses_axi.tcl", stream=job.stream) if job.stream else filled("buses_stream.tcl"),
        ),
    }


def _description(job: BundleJob) -> str:
    return f"{job.description}: accelerator {job.accelerator.name}"
