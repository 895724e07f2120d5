"""Check before the long build that an accelerator and a network fit a board."""

from __future__ import annotations

from dataclasses import replace

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.area import ECP5_85F, block_rams, blocks_of, weight_bytes
from siammixer.arch.link import BUFFER_BYTES
from siammixer.boards.board import Board
from siammixer.compiler.analysis.sizing import LARGEST, plans
from siammixer.compiler.compile import compile_branch
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.patches import Grid
from siammixer.rtl.link.link_buffer import MESSAGE_BYTE

LINK_BLOCK_RAMS = blocks_of(BUFFER_BYTES, MESSAGE_BYTE.size)


# Beside the core, whose response then has nine bits: source rows, crop rows, the tracker's program.
CAMERA_BLOCK_RAMS = 6 + 6 + 1 - 3


def check_fit(
    board: Board,
    accelerator: Accelerator,
    network: Network,
    grid: Grid | None = None,
    *,
    camera: bool = False,
) -> None:
    """Refuses an accelerator that does not fit the board, and a network that does not fit the accelerator.

    Parameters
    ----------
    grid
        Of the network's program; by default the accelerator's.
    camera
        The design is the tracker behind a camera instead of the core behind a serial line.

    Raises
    ------
    InputError
        The accelerator has too many multipliers or block RAMs, or the network has too many weights or a layer
        that does not fit. The message says how much is missing.
    """
    others, whose = (CAMERA_BLOCK_RAMS, "the crop's") if camera else (LINK_BLOCK_RAMS, "the link's")
    needs = (
        ("DSP blocks", accelerator.multipliers, ECP5_85F["DSP"]),
        (f"block RAMs, {whose} included", block_rams(accelerator) + others, ECP5_85F["block RAM"]),
    )
    for what, need, have in needs:
        if need > have:
            raise InputError(
                f"accelerator {accelerator.name} is too large for board {board.name}: "
                f"it needs {need} {what}, the {board.device} has {have}: {need - have} too few"
            )
    roomy = replace(accelerator, weight_words=LARGEST["weight_words"])
    need = weight_bytes(replace(roomy, weight_words=compile_branch(network, roomy, grid).weight_layout.end))
    have = weight_bytes(accelerator)
    if need > have:
        raise InputError(
            f"weights of network {network.name} are too large for board {board.name}: they take {need:,} "
            "B in the lanes of accelerator "
            f"{accelerator.name}, which have {have:,} B: {need - have:,} B too few"
        )
    plans(network, accelerator, grid)
