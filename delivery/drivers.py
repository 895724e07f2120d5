"""The drivers and register documents of a bundle behind AXI."""

from __future__ import annotations

from collections.abc import Mapping

from siammixer.arch.register_map import RegisterMap
from siammixer.arch.registers import CORE, constants
from siammixer.delivery.c_driver_files import c_driver_files, c_network
from siammixer.delivery.job import BundleJob, Job
from siammixer.delivery.pynq_files import pynq_driver, pynq_network
from siammixer.delivery.registers_ipxact import WirePort, ip_xact
from siammixer.delivery.registers_rdl import system_rdl
from siammixer.report.register_text import register_table

PYNQ_NETWORK = "siammixer_network.npz"


def driver_files(job: Job) -> dict[str, str | bytes]:
    """Drivers in C and for PYNQ with their network, and the registers as SystemRDL, IP-XACT and Markdown; no
    files where the core's own ports are the bus.
    """
    if job.bus != "axi":
        return {}
    files: dict[str, str | bytes] = {
        f"driver/c/{name}": text
        for name, text in (
            c_driver_files(job.accelerator) | c_network(job.program, job.weights, job.prefix)
        ).items()
    }
    files["driver/pynq/siammixer_pynq.py"] = pynq_driver()
    files[f"driver/pynq/{PYNQ_NETWORK}"] = pynq_network(job.program, job.weights)
    return files | register_files(job, CORE, constants(job.accelerator))


def register_files(job: BundleJob, registers: RegisterMap, values: Mapping[str, int]) -> dict[str, str]:
    """A map's registers as SystemRDL, IP-XACT and Markdown, by file name.

    Parameters
    ----------
    values
        Of the registers that never change, by their names.
    """
    of, verilog = job.accelerator.name, [f"../rtl/{job.prefix}.v"]
    ports = [WirePort(port.name, port.direction, port.bits) for port in job.ports]
    return {
        "registers/registers.rdl": system_rdl(registers, values, of),
        "registers/registers.md": f"# Registers\n\n{register_table(registers)}",
        "registers/component.xml": ip_xact(registers, values, of, ports, name=job.prefix, files=verilog),
    }
