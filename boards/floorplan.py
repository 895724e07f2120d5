"""Floorplan of the lanes' multipliers and block RAMs and of the feature maps on an LFE5U-85F.

nextpnr places each DSP block and block RAM on its own and spreads a lane over the whole device. The wires
then take most of a cycle, and the design needs more wires than the device has. The floorplan puts the blocks
of a lane together. The lanes stand in a row that turns at the edges, so that every lane is next to its
successor.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from siammixer.arch.accelerator import TAPS
from siammixer.ir.errors import InputError

# The device's columns of DSP blocks and block RAMs come in groups, left to right; a place is (column, row,
# name there).
GROUPS = (4, 13, 22, 31, 40, 49, 58, 69, 78, 87, 96, 105, 114)
Place = tuple[int, int, str]


def _row(y: int, offsets: Iterable[tuple[int, str]]) -> list[Place]:
    return [(x + offset, y, name) for x in GROUPS for offset, name in offsets]


def _multipliers(y: int) -> list[Place]:
    return _row(y, ((0, "MULT18_0"), (1, "MULT18_1"), (4, "MULT18_4"), (5, "MULT18_5")))


def _block_rams(y: int) -> list[Place]:
    return _row(y, ((0, "EBR0"), (2, "EBR1"), (4, "EBR2"), (6, "EBR3")))


@dataclass(frozen=True)
class LaneRow:
    """Places for a row of lanes, in the order of the lanes: those of the multipliers, and those of the block
    RAMs beside them.
    """

    multipliers: list[Place]
    block_rams: list[Place]
    multipliers_of_a_lane: int


LANES_IN_A_ROW = 5
BLOCK_RAMS_OF_A_LANE = 8
_TOP, _UPPER, _MIDDLE, _LOWER = (_block_rams(y) for y in (82, 70, 46, 22))
# Three rows of 52 multipliers: five lanes with their requantisers in each of two, the other lanes in the
# last. What that lacks is found where the others begin.
LANE_ROWS = (
    LaneRow(_multipliers(58)[2:], _UPPER[8:48], TAPS + 1),
    LaneRow(_multipliers(34)[-3::-1], _MIDDLE[47:7:-1], TAPS + 1),
    LaneRow(_multipliers(10), _LOWER[2:50], TAPS),
)
ALL_MULTIPLIERS = [place for y in (58, 34, 10) for place in _multipliers(y)]
# Feature maps: results come from the last lane, on the right; what is read goes to the first, on the left.
MAP_PLACES = [*_UPPER[48:], *_TOP[::-1], *_UPPER[7::-1], *_MIDDLE[3::-1]]

_LANE_CELL = re.compile(r"\.lane_(\d+)\.(multipliers|requantise|weights)\.(?:\w+_(\d+))?")
_MAP_CELL = re.compile(r"\.feature_maps\.bank_(\d+)\.block_(\d+)")


def floorplan(cells: Iterable[str]) -> dict[str, str]:
    """The BEL (nextpnr's name of a place) of each cell that the floorplan places. nextpnr places the others.

    Parameters
    ----------
    cells
        Names of the MULT18X18Ds and DP16KDs in the flattened netlist of one tracker.
    """
    parts: dict[tuple[int, str], list[tuple[int, str]]] = defaultdict(list)
    maps = []
    for cell in cells:
        if match := _LANE_CELL.search(cell):
            lane, part, number = match.groups()
            parts[int(lane), part].append((int(number or 0), cell))
        elif match := _MAP_CELL.search(cell):
            maps.append((tuple(map(int, match.groups())), cell))
    named = {key: [cell for _, cell in sorted(found)] for key, found in parts.items()}
    found = _place_multipliers(named) | _place_weights(named)
    found |= {cell: place for (_, cell), place in zip(sorted(maps), MAP_PLACES, strict=False)}
    return {cell: f"X{x}/Y{y}/{name}" for cell, (x, y, name) in found.items()}


def apply_floorplan(netlist: Path) -> int:
    """Writes the floorplan into yosys's JSON netlist and returns the number of cells that it places.

    Raises
    ------
    InputError
        The netlist does not have exactly one top module.
    """
    design = json.loads(netlist.read_text())
    tops = [module for module in design["modules"].values() if int(module["attributes"].get("top", "0"), 2)]
    if len(tops) != 1:
        raise InputError(f"{netlist}: must have one top module, not {len(tops)}")
    cells = tops[0]["cells"]
    places = floorplan(name for name, cell in cells.items() if cell["type"] in ("MULT18X18D", "DP16KD"))
    for name, bel in places.items():
        cells[name]["attributes"]["BEL"] = bel
    netlist.write_text(json.dumps(design))
    return len(places)


def _row_of(lane: int) -> tuple[LaneRow, int]:
    """(row of the lane, number of lanes before it in that row)."""
    row = min(lane // LANES_IN_A_ROW, len(LANE_ROWS) - 1)
    return LANE_ROWS[row], lane - row * LANES_IN_A_ROW


def _place_multipliers(named: dict[tuple[int, str], list[str]]) -> dict[str, Place]:
    """Places of the multipliers. Those of a lane stand side by side, as far as its row has places. Each of
    the others takes the nearest place that is left.
    """
    found: dict[str, Place] = {}
    homeless: list[tuple[str, Place]] = []
    for lane in sorted({lane for lane, _ in named}):
        row, before = _row_of(lane)
        cells = [*named.get((lane, "multipliers"), []), *named.get((lane, "requantise"), [])]
        start = before * row.multipliers_of_a_lane
        places = row.multipliers[start : start + row.multipliers_of_a_lane]
        found |= dict(zip(cells, places, strict=False))
        homeless += [(cell, (places or row.multipliers)[-1]) for cell in cells[len(places) :]]
    free = set(ALL_MULTIPLIERS) - set(found.values())
    for cell, (x, y, _) in homeless[: len(free)]:
        found[cell] = min(free, key=lambda place: (abs(place[0] - x) + abs(place[1] - y), place))
        free.remove(found[cell])
    return found


def _place_weights(named: dict[tuple[int, str], list[str]]) -> dict[str, Place]:
    """Places of the weight memories beside the lane's multipliers.

    A memory with more block RAMs than a lane's share of the row gets none.
    """
    found: dict[str, Place] = {}
    for (lane, part), cells in named.items():
        if part == "weights" and len(cells) <= BLOCK_RAMS_OF_A_LANE:
            row, before = _row_of(lane)
            found |= dict(zip(cells, row.block_rams[BLOCK_RAMS_OF_A_LANE * before :], strict=False))
    return found
