"""The floorplan: every block a place of its own, a lane's side by side, the lanes in a row that turns."""

import json
import re
from itertools import pairwise

import pytest

from siammixer.arch.accelerator import DEFAULT_ACCELERATOR, TAPS, find_accelerator
from siammixer.boards.floorplan import apply_floorplan, floorplan
from siammixer.ir.errors import InputError

LANES = find_accelerator(DEFAULT_ACCELERATOR).lanes
REQUANTISERS = 12  # of DSP blocks: 156 less the array's 144


def multipliers(lane: int) -> list[str]:
    products = [
        f"t.core.lanes.lane_{lane}.multipliers.multiplier_{tap}.dsp.mult18x18d" for tap in range(TAPS)
    ]
    return products + (
        [f"t.core.lanes.lane_{lane}.requantise.product.dsp.mult18x18d"] if lane < REQUANTISERS else []
    )


def weights(lane: int) -> list[str]:
    return [f"t.core.lanes.lane_{lane}.weights.block_{block}" for block in range(8)]


def maps() -> list[str]:
    return [
        f"t.core.feature_maps.bank_{bank}.block_{block}"
        for bank in range(5)
        for block in range(15 if bank < 4 else 8)
    ]


OTHERS = ["t.core.response.cells.block_0", "t.link.buffer.ram.block_2"]
CELLS = [*(cell for lane in range(LANES) for cell in multipliers(lane) + weights(lane)), *maps(), *OTHERS]


def place(bel: str) -> tuple[int, int]:
    return tuple(map(int, re.fullmatch(r"X(\d+)/Y(\d+)/(?:MULT18_[0145]|EBR[0-3])", bel).groups()))


def middle(bels) -> tuple[float, float]:
    xs, ys = zip(*map(place, bels), strict=True)
    return sum(xs) / len(xs), sum(ys) / len(ys)


def test_every_block_of_the_lanes_and_maps_has_a_place_of_its_own():
    found = floorplan(CELLS)
    assert set(found) == set(CELLS) - set(OTHERS)
    assert len(set(found.values())) == len(found)
    assert {cell for cell, bel in found.items() if "MULT" in bel} == {
        cell for cell in found if "mult18x18d" in cell
    }


def test_a_lane_stands_together_and_its_neighbour_beside_it():
    found = floorplan(CELLS)
    middles = []
    for lane in range(LANES):
        products, memory = (
            [found[cell] for cell in cells] for cells in (multipliers(lane)[:TAPS], weights(lane))
        )
        middles.append(middle(products))
        row = [place(bel) for bel in products if place(bel)[1] == place(products[0])[1]]
        assert len(row) >= 7 and max(row)[0] - min(row)[0] <= 24
        assert (
            abs(middle(memory)[0] - middles[-1][0]) <= 20
            and abs(middle(memory)[1] - place(products[0])[1]) == 12
        )
    assert all(abs(a[0] - b[0]) + abs(a[1] - b[1]) < 40 for a, b in pairwise(middles))


def test_cells_with_more_blocks_than_places_are_left_to_nextpnr():
    deep = [f"t.core.lanes.lane_0.weights.block_{block}" for block in range(18)]
    assert floorplan([*deep, *multipliers(0)]).keys() == set(multipliers(0))


def netlist(**tops: str) -> dict:
    cells = {
        "t.core.lanes.lane_0.weights.block_0": "DP16KD",
        "t.core.lanes.lane_0.weights.block_1": "TRELLIS_FF",
    }
    made = {name: {"type": kind, "attributes": {"src": "x"}} for name, kind in cells.items()}
    return {
        "modules": {
            name: {"attributes": {"top": top} if top else {}, "cells": made} for name, top in tops.items()
        }
    }


def test_places_are_written_into_the_netlist(tmp_path):
    file = tmp_path / "top.json"
    file.write_text(json.dumps(netlist(top="1" * 32, box="")))
    assert apply_floorplan(file) == 1
    cells = json.loads(file.read_text())["modules"]["top"]["cells"]
    (block,) = floorplan(["t.core.lanes.lane_0.weights.block_0"]).values()
    assert [cell["attributes"] for cell in cells.values()] == [{"src": "x", "BEL": block}, {"src": "x"}]


def test_a_netlist_without_one_top_module_is_refused(tmp_path):
    file = tmp_path / "top.json"
    file.write_text(json.dumps(netlist(one="", two="")))
    with pytest.raises(InputError, match="must have one top module, not 0"):
        apply_floorplan(file)
