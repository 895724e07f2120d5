"""A board as an engine: the tracker's crops over the line, as :mod:`siammixer.tracking.engine`
describes it."""

from __future__ import annotations

import numpy as np

from siammixer.arch.accelerator import Accelerator
from siammixer.compiler.compile import compile_branch
from siammixer.compiler.memory_checksum import memory_checksum
from siammixer.compiler.packing import pack_template
from siammixer.driver.board import Board, Status
from siammixer.driver.errors import BoardError, ChecksumError
from siammixer.golden.accumulator import require, require_search
from siammixer.golden.network import run as run_golden
from siammixer.ir.errors import InputError
from siammixer.ir.network import BRANCHES, Network
from siammixer.ir.patches import Grid
from siammixer.ir.weights import Weights


class BoardEngine:
    """A network on a board: weights are loaded once, the template stays there, the program changes with the
    branch.

    Every response is checked against the peak that the hardware found.

    Parameters
    ----------
    network, weights
        What to run.
    accelerator
        Which the board must hold.
    board
        Reset and ready; closed with the engine, and where this raises.
    grid
        Patches; by default the accelerator's.

    Raises
    ------
    InputError
        Where the weights are another network's, the network does not fit the accelerator, or the board holds
        another one.
    BoardError
        Also from the methods, where the line or the board fails.
    """

    name = "board"

    def __init__(
        self,
        network: Network,
        weights: Weights,
        accelerator: Accelerator,
        board: Board,
        grid: Grid | None = None,
    ):
        self.network, self._weights, self._board = network, weights, board
        try:
            weights.require(network)
            self._plans = {
                branch: compile_branch(network, accelerator, grid, branch, weights) for branch in BRANCHES
            }
            board.require(accelerator)
            board.write_weights(self._plans["search"].weight_memory(weights))
        except BaseException:
            board.close()
            raise
        self.cycles: list[int] = []
        """Of each crop of the latest :meth:`responses`, from start to done: mostly the wait for pixels."""
        self._loaded: str | None = None  # the branch whose program the board has
        self._template: np.ndarray | None = None  # the crop whose template the board keeps

    def set_template(self, crop: np.ndarray) -> None:
        """Runs the template branch on a crop uint8 (template_side, template_side, 3) RGB."""
        side = self.network.template_side
        require(crop, "template crop", np.uint8, (side, side, 3))
        self._template = None
        self._run("template", crop)
        self._template = crop.copy()

    def responses(self, crops: np.ndarray) -> np.ndarray:
        """INT32 (n, r, r): responses of search crops uint8 (n, search_side, search_side, 3) RGB to the kept
        template.

        Raises
        ------
        InputError
            Where the crops are of another type or shape, or no template is kept.
        """
        cells = self.network.response_side
        require_search(self.network, crops, self._template is not None)
        result = np.empty((len(crops), cells, cells), np.int32)
        self.cycles = []
        for found, crop in zip(result, crops, strict=True):
            status = self._run("search", crop)
            found[:] = self._board.response(cells**2).reshape(cells, cells)
            check_peak(found, status)
            self.cycles.append(status.cycles)
        return result

    def wrong_memory(self) -> list[str]:
        """The parts of the board's weight memories that hold wrong bits, the template's too, in words; none
        where all are right.

        Raises
        ------
        InputError
            Where no template is kept, or the checksum does not fit the accelerator.
        """
        if self._template is None:
            raise InputError("a template must be set before the memories are checked")
        plan = self._plans["search"]
        sums, memory = memory_checksum(plan), plan.weight_memory(self._weights)
        template = pack_template(
            plan.accelerator, run_golden(self.network, self._weights, self._template, "template")["template"]
        )
        memory[:, : template.shape[1]] = template
        self._loaded = None
        self._board.write_weights(sums.operand_words, sums.end)
        self._board.write_program(sums.program)
        self._board.run(np.zeros((0, 3), np.uint8), predicted_cycles=sums.predicted_cycles)
        return sums.wrong(self._board.response(len(sums.parts)), sums.sums(memory))

    def require_intact(self) -> None:
        """:class:`ChecksumError` where :meth:`wrong_memory` finds wrong bits: in which parts."""
        if wrong := self.wrong_memory():
            raise ChecksumError(f"{self._board.name}: the checksum finds wrong bits in {', '.join(wrong)}")

    def close(self) -> None:
        """Ends the connection; the board keeps what it holds until the next one resets it."""
        self._board.close()

    def _run(self, branch: str, crop: np.ndarray) -> Status:
        plan = self._plans[branch]
        if self._loaded != branch:
            self._loaded = None  # until all of it is there
            self._board.write_program(plan.program)
            self._loaded = branch
        return self._board.run(plan.pixels(crop), predicted_cycles=plan.predicted_cycles)


def check_peak(response: np.ndarray, status: Status) -> None:
    """:class:`BoardError` where the peak is not the response's largest cell, the first of equal ones."""
    position = int(np.argmax(response))
    expected, found = (
        (position, int(response.reshape(-1)[position])),
        (status.peak_position, status.peak_value),
    )
    if expected != found:
        raise BoardError(f"peak (cell, value): {expected} in the response, the board reports {found}")
