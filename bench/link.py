"""Place and route the link and its UART without the core.

``python -m siammixer.bench.link`` writes ``bench/link.json`` and a part of docs/link.md: resources, the clock
that each seed reaches, and its critical path. It takes a few minutes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import DEFAULT_ACCELERATOR, Accelerator, find_accelerator
from siammixer.bench.arguments import parser
from siammixer.bench.build import BOARD, SEEDS, add_seed, figures, source_fingerprint
from siammixer.bench.document import rewrite
from siammixer.boards.board import Board
from siammixer.boards.catalogue import find_board
from siammixer.boards.place import place
from siammixer.boards.synthesis import make_netlist
from siammixer.boards.tools import tool_versions
from siammixer.rtl.host import CONTROL
from siammixer.rtl.link.link import Link
from siammixer.rtl.link.uart import UartReceiver, UartTransmitter, bit_cycles
from siammixer.rtl.technology.ecp5 import LFE5U_85F

FILE = Path(__file__).with_name("link.json")
DOCUMENT, COMMAND = "link.md", "python -m siammixer.bench.link"
FOLDER, NAME = Path("build/bench/link"), "link"
AIM_MHZ = 150  # more than the design reaches; the target of nextpnr influences the clock that it reaches
PACKAGE = "BG756"  # the board's has fewer pins than the core has ports


class SerialLink(wiring.Component):
    """Link and UART as in :class:`siammixer.rtl.link.device.TrackerDevice`. The core's ports are pins.

    Members
    -------
    rx, tx
        In and out, 1 bit: the serial line, idle at 1.
    core
        Out: the ports of the core, :func:`siammixer.rtl.link.link_requests.core_signature`.
    active
        Out, 1 bit: requests arrive.
    """

    def __init__(self, accelerator: Accelerator, *, clock_hz: float, baud: int):
        self._accelerator, self._clock_hz, self._bit_cycles = (
            accelerator,
            clock_hz,
            bit_cycles(clock_hz, baud),
        )
        super().__init__(
            {
                "rx": In(1, init=1),
                "tx": Out(1, init=1),
                "core": Out(CONTROL),
                "core_reset": Out(1),
                "active": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.receiver = receiver = UartReceiver(self._bit_cycles)
        m.submodules.transmitter = transmitter = UartTransmitter(self._bit_cycles)
        m.submodules.link = link = Link(self._accelerator, clock_hz=self._clock_hz, technology=LFE5U_85F)
        m.d.comb += [
            receiver.rx.eq(self.rx),
            self.tx.eq(transmitter.tx),
            link.framing_error.eq(receiver.framing_error),
            self.active.eq(link.active),
            self.core_reset.eq(link.core_reset),
        ]
        wiring.connect(m, receiver.o, link.i)
        wiring.connect(m, link.o, transmitter.i)
        wiring.connect(m, link.core, wiring.flipped(self.core))
        return m


def measure(board: Board, folder: Path) -> dict:
    """The content of ``bench/link.json``."""
    design = SerialLink(
        find_accelerator(DEFAULT_ACCELERATOR), clock_hz=float(board.clock_mhz * 10**6), baud=board.baud
    )
    print("yosys", flush=True)
    make_netlist(design, NAME, folder)
    record = {
        "device": f"{board.device}-{board.speed}",
        "clock_mhz": float(board.clock_mhz),
        "source": source_fingerprint(folder / f"{NAME}.il"),
        "tools": tool_versions(),
        "seeds": {},
    }
    for seed in SEEDS:
        placed = place(
            folder / f"{NAME}.json",
            device=board.device,
            package=PACKAGE,
            speed=board.speed,
            seed=seed,
            frequency_mhz=AIM_MHZ,
        )
        add_seed(record, seed, figures(placed))
    return record


def table(record: dict) -> str:
    """The record as a Markdown table."""
    used = ", ".join(
        f"{name} {count:,} of {record['available'][name]:,}"
        for name, count in record["used"].items()
        if count
    )
    lines = [
        f"{record['device']}, made for {record['clock_mhz']:g} MHz; {used}.",
        "",
        "| seed | MHz | critical path |",
        "|---|---|---|",
    ]
    lines += [
        f"| {seed} | {result['fmax_mhz']} | {result['critical_path']['text']} |"
        for seed, result in record["seeds"].items()
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit status is 1 where the link alone misses the board's clock."""
    parser("link", __doc__).parse_args(arguments)
    record = measure(find_board(BOARD), FOLDER)
    FILE.write_text(json.dumps(record, indent=2) + "\n")
    rewrite(DOCUMENT, COMMAND, table(record))
    return int(any(result["fmax_mhz"] < record["clock_mhz"] for result in record["seeds"].values()))


if __name__ == "__main__":
    raise SystemExit(main())
