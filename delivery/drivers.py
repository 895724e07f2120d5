"""The drivers and register documents of a bundle behind AXI."""

from __future__ import annotations

from siammixer.arch.registers import CORE, constants
from siammixer.delivery.c_driver_files import c_driver_files, c_network
from siammixer.delivery.job import Job
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
    values, of = constants(job.accelerator), job.accelerator.name
    files["registers/registers.rdl"] = system_rdl(CORE, values, of)
    files["registers/registers.md"] = f"# Registers\n\n{register_table()}"
    ports = [WirePort(port.name, port.direction, port.bits) for port in job.ports]
    verilog = [f"../rtl/{job.prefix}.v"]
    files["registers/component.xml"] = ip_xact(CORE, values, of, ports, name=job.prefix, files=verilog)
    return files
