"""From an accelerator to a bitstream: yosys, nextpnr and ecppack over Amaranth's own build plan of the
board.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from siammixer.arch.accelerator import Accelerator
from siammixer.boards.board import Board
from siammixer.boards.floorplan import apply_floorplan
from siammixer.boards.place import Placement, place
from siammixer.boards.pll import Dividers, find_dividers
from siammixer.boards.tools import run_tool, tool_versions
from siammixer.boards.top import Top

NAME = "siammixer"
STAGES = ("elaborate", "yosys", "floorplan", "nextpnr-ecp5", "ecppack")


@dataclass(frozen=True, kw_only=True)
class Build:
    """What a build made.

    Parameters
    ----------
    dividers
        Of the PLL: ``dividers.output_mhz`` is the clock that was asked for.
    placement
        Area and speed.
    bitstream
        The file to load.
    seconds
        Of every stage.
    tools
        Versions; with the seed they decide every bit.
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
        return float(self.dividers.output_mhz)

    @property
    def met(self) -> bool:
        """The design is fast enough for its clock."""
        return self.placement.slowest_mhz >= self.clock_mhz

    @property
    def load_command(self) -> str:
        """Loads the bitstream until the power goes."""
        return f"openFPGALoader -b {self.board.loader} {self.bitstream}"


def build(
    board: Board,
    accelerator: Accelerator,
    *,
    clock_mhz: Fraction,
    seed: int,
    folder: Path,
    progress: Callable[[str], None] = lambda stage: None,
) -> Build:
    """Builds the tracker for a board (a quarter of an hour for the default accelerator); a missed clock is
    no error.

    Leaves in ``folder``, under the name ``siammixer``: ``.il`` (Amaranth's RTLIL), ``.ys`` (yosys's script),
    ``.lpf`` (pins and input clock), ``.json`` (netlist with places for the blocks), ``.config``, ``.bit``,
    and of every tool a log.

    Parameters
    ----------
    progress
        Told each of STAGES as it begins.

    Raises
    ------
    InputError
        The PLL cannot make the clock, or a tool fails: names its log.
    """
    dividers = find_dividers(board.input_mhz, clock_mhz)
    folder.mkdir(parents=True, exist_ok=True)
    seconds: dict[str, float] = {}

    def stage(name: str, work: Callable[[], object]):
        progress(name)
        start = time.monotonic()
        result = work()
        seconds[name] = round(time.monotonic() - start, 1)
        return result

    make_netlist(board, accelerator, dividers, folder, stage)
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


def write_sources(board: Board, top: Top, folder: Path) -> None:
    """Amaranth's build plan for the board; its shell scripts stay unused: they would hide which tool runs."""
    # Names of source lines would double the netlist.
    plan = board.platform().build(top, NAME, do_build=False, emit_src=False)
    for suffix in ("il", "ys", "lpf"):
        content = plan.files[f"{NAME}.{suffix}"]
        (folder / f"{NAME}.{suffix}").write_text(content if isinstance(content, str) else content.decode())


def make_netlist(
    board: Board,
    accelerator: Accelerator,
    dividers: Dividers,
    folder: Path,
    stage: Callable[[str, Callable[[], object]], object] = lambda _, work: work(),
) -> None:
    """Everything before place and route; ``stage`` is given each of its STAGES with its work, and does it."""
    stage("elaborate", lambda: write_sources(board, Top(board, accelerator, dividers), folder))
    stage("yosys", lambda: run_tool("yosys", [f"{NAME}.ys"], folder, f"{NAME}.yosys.log"))
    stage("floorplan", lambda: apply_floorplan(folder / f"{NAME}.json"))


def place_board(board: Board, folder: Path, seed: int, clock_mhz: Fraction) -> Placement:
    """nextpnr, over the folder's netlist."""
    return place(
        folder / f"{NAME}.json",
        device=board.device,
        package=board.platform.package,
        speed=board.speed,
        seed=seed,
        frequency_mhz=float(clock_mhz),
        constraints=folder / f"{NAME}.lpf",
    )
