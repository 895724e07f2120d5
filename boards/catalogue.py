"""The boards that ``siammixer build`` knows."""

from __future__ import annotations

from siammixer.boards.board import Board
from siammixer.boards.ecpix5 import ECPIX5_85F
from siammixer.boards.ulx3s import ULX3S_85F
from siammixer.ir.errors import InputError

BOARDS: dict[str, Board] = {board.name: board for board in (ULX3S_85F, ECPIX5_85F)}


def find_board(name: str) -> Board:
    """The catalogue's board of that name; :class:`InputError` names the known ones."""
    if name not in BOARDS:
        raise InputError(f"unknown board {name!r}; known: {', '.join(BOARDS)}")
    return BOARDS[name]
