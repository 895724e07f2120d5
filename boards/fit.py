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
from siammixer.rtl.link.link_buffer import MESSAGE_BYTE

LINK_BLOCK_RAMS = blocks_of(BUFFER_BYTES, MESSAGE_BYTE.size)


def check_fit(board: Board, accelerator: Accelerator, network: Network) -> None:
    """Refuses an accelerator that does not fit the board, and a network that does not fit the accelerator.

    Raises
    ------
    InputError
        The accelerator has too many multipliers or block RAMs, or the network has too many weights or a layer
        that does not fit. The message says how much is missing.
    """
    needs = (
        ("DSP blocks", accelerator.multipliers, ECP5_85F["DSP"]),
        ("block RAMs, the link's included", block_rams(accelerator) + LINK_BLOCK_RAMS, ECP5_85F["block RAM"]),
    )
    for what, need, have in needs:
        if need > have:
            raise InputError(
                f"accelerator {accelerator.name} is too large for board {board.name}: "
                f"it needs {need} {what}, the {board.device} has {have}: {need - have} too few"
            )
    roomy = replace(accelerator, weight_words=LARGEST["weight_words"])
    need = weight_bytes(replace(roomy, weight_words=compile_branch(network, roomy).weight_layout.end))
    have = weight_bytes(accelerator)
    if need > have:
        raise InputError(
            f"weights of network {network.name} are too large for board {board.name}: they take {need:,} "
            "B in the lanes of accelerator "
            f"{accelerator.name}, which have {have:,} B: {need - have:,} B too few"
        )
    plans(network, accelerator)
