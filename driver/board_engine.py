"""A board as an engine of the tracker."""

from __future__ import annotations

from siammixer.arch.accelerator import Accelerator
from siammixer.driver.board import Board
from siammixer.driver.engine import AcceleratorEngine
from siammixer.driver.planner import plan_branches
from siammixer.driver.session import Session
from siammixer.ir.network import Network
from siammixer.ir.patches import Grid
from siammixer.ir.weights import Weights


class BoardEngine(AcceleratorEngine):
    """A network on a board: the weights are loaded with the first template, which stays there.

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
    CoreError
        From the methods, where the line or the board fails.
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
        try:
            program = plan_branches(network, accelerator, grid, weights)
            board.require(accelerator)
        except BaseException:
            board.close()
            raise
        super().__init__(network, weights, [Session(program, weights, board)])
