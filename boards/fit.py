"""Whether an accelerator and a network find room on a board: reckoned before the build, which takes long."""

from __future__ import annotations

from dataclasses import replace

from boards.board import Board
from rtl.link_buffer import MESSAGE_BYTE
from spec.accelerator import Accelerator
from spec.area import ECP5_85F_BLOCK_RAMS, ECP5_85F_DSP_BLOCKS, block_rams
from spec.errors import SpecError
from spec.link import BUFFER_BYTES
from spec.network import Network
from spec.schedule import schedule

# A block RAM has 16384 words of one bit, 8192 of two, 4096 of four.
LINK_BLOCK_RAMS = -(-MESSAGE_BYTE.size // (16384 // BUFFER_BYTES))
ALL_WEIGHT_WORDS = 2**16
WEIGHT_BYTES = 9


def check_fit(board: Board, accelerator: Accelerator, network: Network) -> None:
    """Refuses what cannot work on the board, and says by how much.

    Raises
    ------
    SpecError
        Of the accelerator: multipliers, block RAMs. Of the network: weights, or the layer and the limit.
    """
    needs = (
        ("DSP blocks", accelerator.multipliers, ECP5_85F_DSP_BLOCKS),
        ("block RAMs, the link's included", block_rams(accelerator) + LINK_BLOCK_RAMS, ECP5_85F_BLOCK_RAMS),
    )
    for what, need, have in needs:
        if need > have:
            raise SpecError(
                f"accelerator {accelerator.name} is too large for board {board.name}: "
                f"it needs {need} {what}, the {board.device} has {have}: {need - have} too few"
            )
    plan = schedule(network, replace(accelerator, weight_words=ALL_WEIGHT_WORDS))
    need, have = (accelerator.lanes * words * WEIGHT_BYTES for words in (plan.placement["end"], accelerator.weight_words))
    if need > have:
        raise SpecError(
            f"weights of network {network.name} are too large for board {board.name}: they take {need:,} B in the lanes of accelerator "
            f"{accelerator.name}, which have {have:,} B: {need - have:,} B too few"
        )
    for branch in ("template", "search"):
        schedule(network, accelerator, branch=branch)
