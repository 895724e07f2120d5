"""The core's ports, the protocol of a run, and its latencies: one description for the hardware and for all
that drives it.

After a reset of at least RESET_CYCLES the core is busy until its pipelines are empty
(:attr:`siammixer.arch.accelerator.Accelerator.flush_cycles`); it takes no word in that time, and a start is
an error that it tells at the end.

A run, as every harness and every host does it:

1. load: words go to the write port, one a cycle, only while the core is not busy;
2. start: ``start`` is high for one cycle, beside it ``entry``, the place of the program's first word in the
   program memory. This is cycle 0, and the first pixel is offered in it;
3. pixels: the crop's pixels, in the order of the program, the very last one marked ``last``;
4. done: ``done`` is high for one cycle; the number of that cycle is the run's count of cycles;
5. read: a cell of the response comes RESPONSE_LATENCY cycles after its address. Error code, step and peak
   stand until the next start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

HOST = "host"
"""Name of the core's member that holds the host's ports; empty where they are members of the core itself."""

RESET_CYCLES = 1
"""Cycles that a reset must last at least."""

RESPONSE_LATENCY = 3
"""Cycles from ``response_address`` to the cell of the response in ``response_data``."""

WRITE_FIELDS = (("address", 24), ("target", 2), ("data", 72))
"""A word for the write port, field by field from the least significant bit on, with their widths in bits."""

PIXEL_FIELDS = (("red", 8), ("green", 8), ("blue", 8), ("last", 1))
"""A pixel, likewise."""

ENTRY_BITS = 16
"""Bits of ``entry``, a place in the program memory."""

RESPONSE_ADDRESS_BITS = 16
"""Bits of ``response_address``: a host can read so many cells of the response as it has values."""

RESPONSE_BITS = 32
"""Bits of a cell of the response, and of its peak, signed."""


@dataclass(frozen=True, kw_only=True)
class Port:
    """One port of the core.

    Parameters
    ----------
    name
        As the core's member is called, with a dot before a part of it: ``write.payload``.
    direction
        "in" or "out", seen from the core.
    bits
        Its width.
    fields
        The fields of a payload and their widths, from the least significant bit on.
    signed
        Whether it holds a signed number.
    host
        Whether it belongs to the host's ports.
    verification
        Whether it serves verification only: synthesis leaves it unconnected.
    """

    name: str
    direction: Literal["in", "out"]
    bits: int
    fields: tuple[tuple[str, int], ...] = ()
    signed: bool = False
    host: bool = True
    verification: bool = False

    @property
    def verilog(self) -> str:
        """Its name in the Verilog of the core."""
        path = ([HOST] if HOST and self.host else []) + self.name.split(".")
        return "__".join(path)

    @property
    def signal(self) -> str:
        """The name of the signal that a harness connects to it."""
        return self.name.replace(".", "_")


def _stream(name: str, fields: tuple[tuple[str, int], ...]) -> tuple[Port, ...]:
    """The ports of a stream into the core."""
    return (
        Port(name=f"{name}.payload", direction="in", bits=sum(bits for _, bits in fields), fields=fields),
        Port(name=f"{name}.valid", direction="in", bits=1),
        Port(name=f"{name}.ready", direction="out", bits=1),
    )


HOST_PORTS = (
    *_stream("write", WRITE_FIELDS),
    *_stream("pixels", PIXEL_FIELDS),
    Port(name="refused", direction="out", bits=8),
    Port(name="start", direction="in", bits=1),
    Port(name="entry", direction="in", bits=ENTRY_BITS),
    Port(name="busy", direction="out", bits=1),
    Port(name="done", direction="out", bits=1),
    Port(name="error", direction="out", bits=8),
    Port(name="step", direction="out", bits=16),
    Port(name="response_address", direction="in", bits=RESPONSE_ADDRESS_BITS),
    Port(name="response_data", direction="out", bits=RESPONSE_BITS, signed=True),
    Port(name="peak_position", direction="out", bits=RESPONSE_ADDRESS_BITS),
    Port(name="peak_value", direction="out", bits=RESPONSE_BITS, signed=True),
)
"""The ports that a host drives and reads: the same for every size of the core."""


def ports(trace_bytes: int) -> tuple[Port, ...]:
    """All ports of the core but its clock ``clk`` and its reset ``rst``, which is active high.

    Parameters
    ----------
    trace_bytes
        Bytes of ``trace.data``: see :func:`trace_bytes_of`.
    """
    return (
        *HOST_PORTS,
        Port(name="identity", direction="out", bits=64, host=False),
        *(
            Port(name=name, direction="out", bits=bits, host=False, verification=True)
            for name, bits in (
                ("step_done", 1),
                ("trace.valid", 1),
                ("trace.step", 16),
                ("trace.address", 16),
                ("trace.data", 8 * trace_bytes),
            )
        ),
    )


def trace_bytes_of(lanes: int) -> int:
    """Bytes of ``trace.data``: the word that is written, and the word before the residual was added."""
    return 2 * lanes
