"""FusedWindows: when results come back, when windows are due, and where they go, in step with a lane's
latency.
"""

import random

import pytest

from siammixer.arch.accelerator import LANE_CYCLES, find_accelerator
from siammixer.rtl.datapath.fused import FusedWindows

ACCELERATOR = find_accelerator("tiny")


def follow(
    clocked, results: dict[int, tuple[bool, bool]], taken: dict[int, int], cycles: int
) -> dict[str, list]:
    """``results``: cycle -> (whole, row_ends). ``taken``: cycle -> number of the window. A window is
    multiplied a cycle after it is taken.
    """
    inputs = {
        name: [0] * cycles for name in ("clear", "result", "whole", "row_ends", "place", "taken", "multiply")
    }
    inputs["clear"][0] = 1
    inputs["place"] = [{"address": 0, "weight": 0, "constant": 0}] * cycles
    number = 0
    for cycle, (whole, row_ends) in results.items():
        inputs["result"][cycle], inputs["whole"][cycle], inputs["row_ends"][cycle] = (
            1,
            int(whole),
            int(row_ends),
        )
        if whole:
            inputs["place"][cycle] = {
                "address": 1000 + number,
                "weight": 2000 + number,
                "constant": number % 5,
            }
            number += 1
    for cycle in taken:
        inputs["taken"][cycle], inputs["multiply"][cycle + 1] = 1, 1
    return clocked(FusedWindows(), inputs, ["push", "column", "due", "at"], cycles)


@pytest.mark.parametrize("seed", range(3), ids="seed={}".format)
@pytest.mark.parametrize("slots", [1, 3])
def test_every_result_and_every_window(slots, seed, clocked):
    """Windows are taken between two sums, as the address generator does: as soon as they are due, or up to
    ``slots`` - 1 cycles later.
    """
    dice = random.Random(seed)
    columns, cycle, results, due, taken, pushes = 4, 2, {}, [], {}, {}
    for number in range(60):
        idle = dice.choice((0, 0, 0, 7))  # pixels that pause
        while idle or (due and due[0] <= cycle):
            if due and due[0] <= cycle:
                due.pop(0)
                taken[cycle] = len(taken)
            else:
                idle -= 1
            cycle += 1
        cycle += slots
        # A register lies between what is counted and what is issued: the generator counts a cycle before.
        whole = dice.random() < 0.7
        results[cycle] = whole, number % columns == columns - 1
        pushes[cycle + LANE_CYCLES] = number % columns
        if whole:
            due.append(cycle - 1 + LANE_CYCLES)
    for late in due:
        taken[late] = len(taken)
    seen = follow(clocked, results, taken, cycle + 2 * LANE_CYCLES)
    assert {cycle: seen["column"][cycle] for cycle, push in enumerate(seen["push"]) if push} == pushes
    first_due = [
        cycle
        for cycle, is_due in enumerate(seen["due"])
        if is_due and (not seen["due"][cycle - 1] or cycle - 1 in taken)
    ]
    assert first_due == [cycle - 1 + LANE_CYCLES for cycle, (whole, _) in results.items() if whole]
    places = [seen["at"][cycle + 1] for cycle in taken]
    assert [(at.address, at.weight, at.constant) for at in places] == [
        (1000 + n, 2000 + n, n % 5) for n in taken.values()
    ]


def test_clear_forgets_a_window_and_the_column(clocked):
    inputs = {"result": [1, 0], "whole": [1, 0], "row_ends": [0], "clear": [0] * 20 + [1, 0]}
    seen = clocked(FusedWindows(), inputs, ["due", "column"], 23)
    assert (seen["due"][20], seen["column"][20]) == (1, 1)
    assert (seen["due"][21], seen["column"][21]) == (0, 0)


def test_clear_forgets_the_windows_places(clocked):
    """A step that was given up leaves places waiting; the next step's first window has its own."""

    def place(number):
        return {"address": number, "weight": number, "constant": number}

    results = {1: place(1), 2: place(2), 12: place(3)}
    cycles = 14 + LANE_CYCLES
    inputs = {
        "result": [int(cycle in results) for cycle in range(cycles)],
        "whole": [1] * cycles,
        "place": [results.get(cycle, place(0)) for cycle in range(cycles)],
        "clear": [int(cycle == 10) for cycle in range(cycles)],
        "row_ends": [0],
    }
    seen = clocked(FusedWindows(), inputs, ["due", "at"], cycles)
    assert seen["due"][11 + LANE_CYCLES] and seen["at"][11 + LANE_CYCLES].address == 3
