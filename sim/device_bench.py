"""The Python side inside the simulator of a device: a pseudo-terminal at the one end, the serial line at the
other.

Loaded by cocotb in the simulator's process, in the folder that siammixer.sim.device prepared.
"""

import logging
import os
import select
import time
import tty
from pathlib import Path

import cocotb
from cocotb.triggers import Timer
from cocotbext.uart import UartSink, UartSource

from siammixer.sim.device import BAUD, PORT_FILE

# Simulated time between two looks at the terminal: a few bytes of the line.
_LOOK_NS = 40 * 1_000_000_000 // BAUD
# Bytes given to the line at once, and looks without any after which the simulator rests.
_CHUNK, _QUIET_LOOKS = 64, 400


@cocotb.test()
async def serve(dut) -> None:
    """Carries bytes both ways until the process is ended or its parent is gone."""
    for name in ("rx", "tx"):
        logging.getLogger(f"cocotb.{dut._name}.{name}").setLevel(logging.WARNING)
    source, sink = UartSource(dut.rx, BAUD), UartSink(dut.tx, BAUD)
    # The other end stays open here too: a host that closes the port does not end the terminal.
    terminal, port = os.openpty()
    tty.setraw(port)
    Path(PORT_FILE + ".draft").write_text(os.ttyname(port))
    Path(PORT_FILE + ".draft").rename(PORT_FILE)
    parent, quiet = os.getppid(), 0
    while os.getppid() == parent:
        quiet += 1
        if source.empty() and select.select([terminal], [], [], 0)[0]:
            source.write_nowait(os.read(terminal, _CHUNK))
            quiet = 0
        if not sink.empty():
            os.write(terminal, bytes(sink.read_nowait()))
            quiet = 0
        if not source.idle() or dut.busy.value:
            quiet = 0
        if quiet > _QUIET_LOOKS:
            time.sleep(0.002)
        await Timer(_LOOK_NS, "ns")
