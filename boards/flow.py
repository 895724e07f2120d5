"""The build flow from an accelerator to a bitstream. It runs yosys, nextpnr and ecppack on Amaranth's build
plan of the board.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from amaranth.hdl import Elaboratable

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.fabric import FabricDesign
from siammixer.boards.board import Board
from siammixer.boards.camera_top import CameraTop
from siammixer.boards.floorplan import apply_floorplan
from siammixer.boards.place import Placement, place
from siammixer.boards.pll import Dividers, find_dividers
from siammixer.boards.tools import require_tools, run_tool, tool_versions
from siammixer.boards.top import Top
from siammixer.ir.files import write_whole

NAME = "siammixer"
STAGES = ("elaborate", "yosys", "floorplan", "nextpnr-ecp5", "ecppack")


@dataclass(frozen=True, kw_only=True)
class Build:
    """Result of a build.

    Parameters
    ----------
    dividers
        Setting of the PLL. ``dividers.output_mhz`` is the requested clock.
    placement
        Resources and speed.
    bitstream
        The file that the FPGA is loaded with.
    seconds
        Seconds that each stage took, by its name in STAGES.
    tools
        Versions of the tools. With the seed they determine every bit of the bitstream.
    """

    board: Board
    accelerator: Accelerator
    dividers: Dividers
    placement: Placement
    bitstream: Path
    seconds: dict[str, float]
    tools: dict[str, str]

    @property
    def clock_mhz(self) -> float:
        """Requested clock of the tracker in MHz."""
        return float(self.dividers.output_mhz)

    @property
    def met(self) -> bool:
        """Whether the design is fast enough for its clock."""
        return self.placement.slowest_mhz >= self.clock_mhz

    @property
    def load_command(self) -> str:
        """Shell command that loads the bitstream into the FPGA, where it stays until the power is cut."""
        return f"openFPGALoader -b {self.board.loader} {self.bitstream}"


def build(
    board: Board,
    accelerator: Accelerator,
    *,
    clock_mhz: Fraction,
    seed: int,
    folder: Path,
    progress: Callable[[str], None] = lambda stage: None,
    design: FabricDesign | None = None,
) -> Build:
    """Builds the tracker for a board. The default accelerator takes a quarter of an hour.

    A design that is too slow for its clock is no error (:attr:`Build.met`). The build leaves files named
    ``siammixer`` in ``folder``: ``.il`` (Amaranth's RTLIL), ``.ys`` (script for yosys), ``.lpf`` (pins and
    input clock), ``.json`` (netlist with the floorplan), ``.config``, ``.bit``, and a log of every tool.

    Parameters
    ----------
    progress
        Called with each of STAGES when the stage begins.
    design
        The tracker behind a camera, on that accelerator. None: the core behind the serial line.

    Raises
    ------
    InputError
        The PLL cannot make the clock, or a tool fails; the message names the log.
    """
    dividers = find_dividers(board.input_mhz, clock_mhz)
    require_tools()
    folder.mkdir(parents=True, exist_ok=True)
    seconds: dict[str, float] = {}

    def stage(name: str, work: Callable[[], object]):
        progress(name)
        start = time.monotonic()
        result = work()
        seconds[name] = round(time.monotonic() - start, 1)
        return result

    def make_top() -> Elaboratable:
        return Top(board, accelerator, dividers) if design is None else CameraTop(board, design, dividers)

    make_netlist(board, make_top, folder, stage)
    placement = stage("nextpnr-ecp5", lambda: place_board(board, folder, seed, clock_mhz))
    arguments = ["--compress", "--input", f"{NAME}.config", "--bit", f"{NAME}.bit"]
    stage("ecppack", lambda: run_tool("ecppack", arguments, folder, f"{NAME}.ecppack.log"))
    return Build(
        board=board,
        accelerator=accelerator,
        dividers=dividers,
        placement=placement,
        bitstream=folder / f"{NAME}.bit",
        seconds=seconds,
        tools=tool_versions(),
    )


def write_sources(board: Board, top: Elaboratable, folder: Path) -> None:
    """Writes the RTLIL, the yosys script and the constraints of Amaranth's build plan into ``folder``.

    The shell scripts of the plan stay unused, because they would hide which tool runs.
    """
    # Names of source lines would double the netlist.
    plan = board.platform().build(top, NAME, do_build=False, emit_src=False)
    for suffix in ("il", "ys", "lpf"):
        content = plan.files[f"{NAME}.{suffix}"]
        write_whole(folder / f"{NAME}.{suffix}", content)


def make_netlist(
    board: Board,
    make_top: Callable[[], Elaboratable],
    folder: Path,
    stage: Callable[[str, Callable[[], object]], object] = lambda _, work: work(),
) -> None:
    """Runs every stage before place and route.

    Parameters
    ----------
    make_top
        The design, which its call makes.
    stage
        Called with the name of each stage and its work, which it must do.
    """
    stage("elaborate", lambda: write_sources(board, make_top(), folder))
    stage("yosys", lambda: run_tool("yosys", [f"{NAME}.ys"], folder, f"{NAME}.yosys.log"))
    stage("floorplan", lambda: apply_floorplan(folder / f"{NAME}.json"))


def place_board(board: Board, folder: Path, seed: int, clock_mhz: Fraction) -> Placement:
    """Places and routes the netlist in ``folder``; see :func:`siammixer.boards.place.place`."""
    return place(
        folder / f"{NAME}.json",
        device=board.device,
        package=board.platform.package,
        speed=board.speed,
        seed=seed,
        frequency_mhz=float(clock_mhz),
        constraints=folder / f"{NAME}.lpf",
    )
