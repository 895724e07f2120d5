"""A core behind AXI as an IP-XACT component (IEEE 1685-2014): ports, bus interfaces, registers.

AXI has the names of Arm's bus definitions; clock, reset and interrupt have those that AMD's tools know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from siammixer.arch.register_map import ADDRESS_BITS, WIDTH, Field, Register, RegisterMap

NAMESPACE = "http://www.accellera.org/XMLSchema/IPXACT/1685-2014"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_MAP = "registers"
_ACCESS = {"read": "read-only", "write": "read-write", "pulse": "write-only", "clear": "read-write"}


class WirePort(NamedTuple):
    """A port of the component: its direction seen from it, and its bits."""

    name: str
    direction: Literal["in", "out"]
    bits: int


def ip_xact(
    registers: RegisterMap,
    values: Mapping[str, int],
    of: str,
    ports: Iterable[WirePort],
    *,
    name: str = "siammixer_axi",
    version: str = "1.0",
    files: Iterable[str] = (),
) -> str:
    """The XML text of the component.

    Parameters
    ----------
    registers
        The map.
    values
        Of the registers that never change, by their names.
    of
        What the core is made for: the name of its accelerator.
    ports
        All ports of the module. Those of the registers' bus begin with ``s_axi_``; those of its only stream
        have one beginning, too.
    name
        Name of the module, and of the component.
    version
        Version of the component.
    files
        The Verilog files, by their names relative to this one.
    """
    ports, files = tuple(ports), tuple(files)
    ElementTree.register_namespace("ipxact", NAMESPACE)
    ElementTree.register_namespace("xsi", _INSTANCE)
    root = Element(_tag("component"))
    root.set(f"{{{_INSTANCE}}}schemaLocation", f"{NAMESPACE} {NAMESPACE}/index.xsd")
    for key, value in (("vendor", "siammixer"), ("library", "ip"), ("name", name), ("version", version)):
        _add(root, key, value)
    _bus_interfaces(_add(root, "busInterfaces"), ports)
    _memory_map(_add(root, "memoryMaps"), registers, values)
    _model(_add(root, "model"), name, ports, bool(files))
    if files:
        group = _add(_add(root, "fileSets"), "fileSet")
        _add(group, "name", "verilog")
        for file in files:
            entry = _add(group, "file")
            _add(entry, "name", file)
            _add(entry, "fileType", "verilogSource")
    _add(root, "description", f"{registers.title}, accelerator {of}: a core that tracks in video.")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _bus_interfaces(parent: Element, ports: tuple[WirePort, ...]) -> None:
    """The registers' bus, the pixels' stream, clock, reset and interrupt."""
    (stream_name,) = (port.name.removesuffix("_tdata") for port in ports if port.name.endswith("_tdata"))
    registers, pixels = _mapped(ports, "s_axi_"), _mapped(ports, f"{stream_name}_")
    clock, reset = {"CLK": "aclk"}, {"RST": "aresetn"}
    axi, stream = ("amba.com", "AMBA4", "AXI4Lite", "r0p0_0"), ("amba.com", "AMBA4", "AXI4Stream", "r0p0_1")
    slave = _interface(parent, "s_axi", axi, registers | {"ACLK": "aclk", "ARESETn": "aresetn"})
    _add(_add(slave, "slave"), "memoryMapRef").set("memoryMapRef", _MAP)
    _add(_interface(parent, stream_name, stream, pixels | {"ACLK": "aclk", "ARESETn": "aresetn"}), "slave")
    for name, ports_of, mode in (("clock", clock, "slave"), ("reset", reset, "slave")):
        one = _interface(parent, name, ("xilinx.com", "signal", name, "1.0"), ports_of)
        _add(one, mode)
        if name == "clock":
            _parameters(one, {"ASSOCIATED_BUSIF": f"s_axi:{stream_name}", "ASSOCIATED_RESET": "aresetn"})
        else:
            _parameters(one, {"POLARITY": "ACTIVE_LOW"})
    line = _interface(
        parent, "interrupt", ("xilinx.com", "signal", "interrupt", "1.0"), {"INTERRUPT": "interrupt"}
    )
    _add(line, "master")
    _parameters(line, {"SENSITIVITY": "LEVEL_HIGH"})


def _mapped(ports: tuple[WirePort, ...], prefix: str) -> dict[str, str]:
    """The ports of a bus, by the names that the bus gives them."""
    return {
        port.name.removeprefix(prefix).upper(): port.name for port in ports if port.name.startswith(prefix)
    }


def _interface(
    parent: Element, name: str, bus: tuple[str, str, str, str], port_map: dict[str, str]
) -> Element:
    """A bus interface without its mode."""
    interface = _add(parent, "busInterface")
    _add(interface, "name", name)
    _reference(_add(interface, "busType"), bus)
    kind = _add(_add(interface, "abstractionTypes"), "abstractionType")
    vendor, library, bus_name, version = bus
    _reference(_add(kind, "abstractionRef"), (vendor, library, f"{bus_name}_rtl", version))
    maps = _add(kind, "portMaps")
    for logical, physical in port_map.items():
        one = _add(maps, "portMap")
        _add(_add(one, "logicalPort"), "name", logical)
        _add(_add(one, "physicalPort"), "name", physical)
    return interface


def _reference(element: Element, names: tuple[str, str, str, str]) -> None:
    for key, value in zip(("vendor", "library", "name", "version"), names, strict=True):
        element.set(key, value)


def _parameters(interface: Element, values: dict[str, str]) -> None:
    parameters = _add(interface, "parameters")
    for name, value in values.items():
        parameter = _add(parameters, "parameter")
        parameter.set("parameterId", f"{interface[0].text}_{name}")
        _add(parameter, "name", name)
        _add(parameter, "value", f'"{value}"')


def _memory_map(parent: Element, registers: RegisterMap, values: Mapping[str, int]) -> None:
    memory = _add(parent, "memoryMap")
    _add(memory, "name", _MAP)
    block = _add(memory, "addressBlock")
    _add(block, "name", _MAP)
    _add(block, "baseAddress", "0")
    _add(block, "range", f"'h{1 << ADDRESS_BITS:x}")
    _add(block, "width", str(WIDTH))
    _add(block, "usage", "register")
    for register in registers.registers:
        _register(block, register, values.get(register.name))
    _add(memory, "addressUnitBits", "8")


def _register(block: Element, register: Register, constant: int | None) -> None:
    element = _add(block, "register")
    _add(element, "name", register.name.upper())
    _add(element, "description", register.text)
    _add(element, "addressOffset", f"'h{register.address:x}")
    _add(element, "size", str(WIDTH))
    for field in register.fields:
        _field(element, field, constant)


def _field(register: Element, field: Field, constant: int | None) -> None:
    element = _add(register, "field")
    _add(element, "name", field.name.upper())
    _add(element, "description", field.text)
    _add(element, "bitOffset", str(field.lowest))
    value = 0 if constant is None and field.access != "read" else constant
    if value is not None:
        _add(_add(_add(element, "resets"), "reset"), "value", f"'h{value:x}")
    _add(element, "bitWidth", str(field.bits))
    if field.access in ("read", "clear") and constant is None:
        _add(element, "volatile", "true")
    _add(element, "access", _ACCESS[field.access])
    if field.access == "clear":
        _add(element, "modifiedWriteValue", "oneToClear")
    if field.moves_on:
        _add(element, "readAction", "modify")


def _model(model: Element, name: str, ports: tuple[WirePort, ...], has_files: bool) -> None:
    view = _add(_add(model, "views"), "view")
    _add(view, "name", "rtl")
    _add(view, "componentInstantiationRef", "verilog")
    instance = _add(_add(model, "instantiations"), "componentInstantiation")
    _add(instance, "name", "verilog")
    _add(instance, "language", "verilog")
    _add(instance, "moduleName", name)
    if has_files:
        _add(_add(instance, "fileSetRef"), "localName", "verilog")
    group = _add(model, "ports")
    for port in ports:
        element = _add(group, "port")
        _add(element, "name", port.name)
        wire = _add(element, "wire")
        _add(wire, "direction", port.direction)
        if port.bits > 1:
            vector = _add(_add(wire, "vectors"), "vector")
            _add(vector, "left", str(port.bits - 1))
            _add(vector, "right", "0")


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _add(parent: Element, name: str, text: str | None = None) -> Element:
    element = SubElement(parent, _tag(name))
    element.text = text
    return element
