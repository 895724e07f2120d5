"""The description of the core's ports against the hardware, the documents, and the dtypes of the driver."""

from pathlib import Path

import pytest
from amaranth.hdl import Fragment, Shape

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.interface import PIXEL_FIELDS, RESPONSE_LATENCY, WRITE_FIELDS, ports, trace_bytes_of
from siammixer.driver.words import WRITE
from siammixer.rtl.accelerator import SiamMixer
from siammixer.rtl.link.request_registers import CELL_CYCLES
from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.sim.ports import host_ports

TINY = find_accelerator("tiny")
PORTS = ports(trace_bytes_of(TINY.lanes))
DOCUMENT = Path(__file__).parents[2] / "docs" / "interface.md"


@pytest.fixture(scope="module")
def core():
    core = SiamMixer(TINY)
    Fragment.get(core, None)  # a component that is never elaborated warns
    return core


def test_the_accelerator_has_these_ports_and_no_others(core):
    found = {
        ("__".join(map(str, path)), member.flow.name.lower(), Shape.cast(member.shape))
        for path, member, _ in core.signature.flatten(core)
    }
    described = {(port.verilog, port.direction, Shape(port.bits, port.signed)) for port in PORTS}
    assert found == described


@pytest.mark.parametrize(("stream", "fields"), [("write", WRITE_FIELDS), ("pixels", PIXEL_FIELDS)])
def test_payloads_have_these_fields_in_this_order(core, stream, fields):
    layout = getattr(host_ports(core), stream).payload.shape()
    assert [(name, Shape.cast(field.shape).width) for name, field in layout] == list(fields)


def test_a_word_of_the_driver_fits_the_write_port():
    widths = dict(WRITE_FIELDS)
    assert WRITE["data"].itemsize * 8 == widths["data"]
    assert set(WRITE.names) == set(widths)


def test_the_response_comes_when_it_is_said_to():
    """Its address goes through a register, which the additions share, and the block RAM."""
    assert RESPONSE_LATENCY == 1 + BlockRam.LATENCY


def test_the_link_waits_long_enough_for_the_response():
    # One cycle more, in which the cell goes into the reply.
    assert CELL_CYCLES > RESPONSE_LATENCY + 1


def test_the_document_names_every_port():
    text = DOCUMENT.read_text()
    for port in PORTS:
        name = port.verilog
        stream, _, part = name.rpartition("__")
        assert f"`{name}`" in text or (
            f"`{stream}__" in text and (f"`__{part}`" in text or "__*`" in text)
        ), name
