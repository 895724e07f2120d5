"""Each step against siammixer.tracking's: the cell, the vote, the new target, loss."""

import json
import random

import numpy as np
import pytest

from siammixer.ir.catalogue import NETWORKS
from siammixer.rtl.tracker import program, steps
from siammixer.tracking import fixed, reading
from siammixer.tracking.loss import SIDES, Hold, Look
from siammixer.tracking.settings import Settings
from siammixer.tracking.vectors import FILE

RECORD = json.loads(FILE.read_text())
SETTINGS = Settings()
NAMES = ("siammixer", "tiny")


def words(response: np.ndarray) -> list[int]:
    """A box map (r, r, 5) as the core's response: channel after channel."""
    return response.transpose(2, 0, 1).reshape(-1).tolist()


def only_scores(scores) -> np.ndarray:
    response = np.zeros((*np.shape(scores), 5), np.int64)
    response[..., 0] = scores
    return response


def drawn(random, side, count):
    """Box maps: of all numbers, of few so that cells are equal, of one number, of the extremes."""
    for index in range(count):
        low, high = [(-128, 128), (-20, -16), (7, 8), (-128, -127)][index % 4]
        response = random.integers(-128, 128, (side, side, 5))
        response[..., 0] = random.integers(low, high, (side, side))
        if index % 8 == 3:
            response[..., 1:] = random.choice([-128, 127], (side, side, 4))
        yield response


@pytest.mark.parametrize("name", NAMES)
def test_best_cell(name, designs, stepped):
    design = designs[name]
    side, random = design.response_side, np.random.default_rng(3)
    cosine, share = fixed.cosine(side), SETTINGS.share("window")
    maps = list(drawn(random, side, 60 if name == "tiny" else 8))
    for row in RECORD["best_cell"]:
        maps += [only_scores(row["scores"])] * (len(row["scores"]) == side)
    for place in np.ndindex(side, side):  # the largest stands in each cell
        maps.append(only_scores(np.full((side, side), -60)))
        maps[-1][place][0] = 60
    maps = maps if name == "tiny" else maps[:60]
    cases = [((near,), words(one)) for one in maps for near in (0, 1)]

    def expected(given, response):
        scores = np.array(response[: side * side]).reshape(side, side)
        chances = fixed.probability(scores)
        row, column = reading.best_cell(chances, cosine if given[0] else None, share)
        return row * side + column, row, column

    step = stepped(design, lambda a: a.call(steps.CELL), ["near"], ["place", "row", "column"])
    step.check(cases, expected, 10 if name == "tiny" else 2)


@pytest.mark.parametrize("name", NAMES)
def test_vote(name, designs, stepped):
    design = designs[name]
    side, random = design.response_side, np.random.default_rng(4)
    cells = list(np.ndindex(side, side))
    maps = list(drawn(random, side, 4 * len(cells)))
    given = [(words(one), *cells[index % len(cells)]) for index, one in enumerate(maps)]
    for row in RECORD["vote"]:
        if len(row["response"]) == side:
            given.append((words(np.array(row["response"])), *row["cell"]))
    cases = [((row * side + column, row, column), one) for one, row, column in given]

    def expected(given, response):
        one = np.array(response).reshape(5, side, side).transpose(1, 2, 0)
        chances = fixed.probability(one[..., 0])
        return *reading.vote(one, chances, *given[1:]), int(chances[given[1], given[2]])

    outputs = [*(f"seen.{name}" for name in steps.VOTES), "certainty"]
    step = stepped(design, lambda a: a.call(steps.VOTE), ["place", "row", "column"], outputs)
    step.check(cases, expected, 6 if name == "tiny" else 2)


@pytest.mark.parametrize("name", NAMES)
def test_movement(name, designs, stepped):
    design, network = designs[name], NETWORKS[name]
    side, largest, dice = design.response_side, design.bounds["step"], random.Random(5)
    rows = [
        (cell, offset, step)
        for cell in (0, side // 2, side - 1)
        for offset in (-1280, -1, 0, 1, 1272)
        for step in (1, 20000, 65536, largest)
    ]
    rows += [(dice.randrange(side), dice.randint(-1280, 1272), dice.randint(1, largest)) for _ in range(300)]
    if name == "siammixer":
        rows += [tuple(row[:3]) for row in RECORD["movement"] if row[0] < side]
    step = stepped(
        design,
        lambda a: steps.movement(a, design, "cell", "offset"),
        ["cell", "offset", "window.step"],
    )
    step.check(
        [(row, ()) for row in rows],
        lambda given, _: [reading.movement(given[0], given[1], (side - 1) // 2, network.stride, given[2])],
        100,
    )


def test_change(designs, stepped):
    dice = random.Random(6)
    rows = [tuple(row[:4]) for row in RECORD["change"]]
    rows += [
        tuple(dice.randint(-limit, limit) for limit in (131072, 140000, 152170, 300000)) for _ in range(300)
    ]
    step = stepped(
        designs["siammixer"],
        lambda a: steps.change(a, designs["siammixer"], "width", "error", "grown", "last"),
        ["seen.width", "error", "last", "grown"],
    )
    step.check([(row, ()) for row in rows], lambda given, _: [reading.change(*given, SETTINGS)], 100)


def test_new_sizes(designs, stepped):
    dice, design = random.Random(7), designs["siammixer"]
    rows = [tuple(row[:5]) for row in RECORD["new_sizes"]]
    limit = design.log_limit
    for _ in range(300):
        last = (dice.choice([-limit, limit, dice.randint(-limit, limit)]) for _ in range(2))
        changes = (dice.choice([-900000, 900000, dice.randint(-900000, 900000)]) for _ in range(2))
        rows.append((*last, *changes, dice.choice([0, 32768, dice.randint(0, 32768)])))
    step = stepped(
        design,
        lambda a: steps.new_sizes(a, design),
        ["last.width", "last.height", "change.width", "change.height", "certainty"],
        ["found.width", "found.height"],
    )
    step.check(
        [(row, ()) for row in rows],
        lambda given, _: reading.new_sizes(given[:2], given[2:4], given[4], SETTINGS),
        60,
    )


@pytest.mark.parametrize("gain", [1.4, 0.0, 4.0, 0.01])
def test_own_errors(gain, designs, stepped):
    settings = Settings(size_gain=gain)
    design = type(designs["tiny"]).of(NETWORKS["tiny"], settings.shares())
    dice = random.Random(8)
    seen = [[one for one, _ in row["seen"]] for row in RECORD["own_errors"]]
    seen += [[dice.randint(-131072, 131071) for _ in reading.VIEWS] for _ in range(100)]
    sums = {sum(one): one for one in seen}
    step = stepped(design, lambda a: program.own_error(a, design, "width"), ["errors.width"], ["error"])

    def expected(given, _):
        votes = [reading.Vote(0, 0, one, one) for one in sums[given[0]]]
        return reading.own_errors(votes, settings)[:1]

    step.check([((total,), ()) for total in sums], expected, 20)


@pytest.mark.parametrize("patience", [0, 3])
def test_loss(patience, designs, stepped):
    """``after`` and ``next_look`` of every state that is reached, at both thresholds and beside them."""
    settings = Settings(patience=patience)
    design = type(designs["tiny"]).of(NETWORKS["tiny"], settings.shares())
    low, high = settings.chance("lost_below"), settings.chance("found_above")
    cases = [
        ((missed, *(int(look is one) for one in (Look.NEAR, Look.AGAIN)), chance), ())
        for missed in range(20)
        for look in Look
        for chance in (0, low - 1, low, high - 1, high, 32768)
    ]

    def expected(given, _):
        missed, near, again, chance = given
        look = Look.NEAR if near else Look.AGAIN if again else Look.BESIDE
        hold, taken = Hold(missed, look is Look.AGAIN).after(look, chance, settings)
        following = hold.look(patience)
        side = SIDES[((hold.missed - patience) // 2 - 1) % len(SIDES)]
        looks = [int(following is one) for one in (Look.NEAR, Look.AGAIN, Look.BESIDE)]
        return hold.missed, int(taken), int(hold.lost(patience)), *looks, *side

    def write(a):
        steps.after(a, design)
        steps.next_look(a, design)

    outputs = ["missed", "taken", "lost", "near", "again", "beside", "right", "down"]
    step = stepped(design, write, ["missed", "near", "again", "certainty"], outputs)
    random.Random(9).shuffle(cases)
    step.check(cases, expected, 60)
    _golden(step, patience)


def _golden(step, patience):
    """The golden vectors' 50 frames, one after the other."""
    state, names = (0, 1, 0), {(1, 0, 0): "near", (0, 1, 0): "again", (0, 0, 1): "beside"}
    side = None
    for row in RECORD["loss"] * (patience == SETTINGS.patience):
        near, again = state[1:]
        assert row["look"] == names[near, again, 1 - near - again]
        assert row["side"] == (side if row["look"] == "beside" else None)
        missed, taken, lost, near, again, _, *side = step.interpreted((*state, row["probability"]))
        assert (missed, taken, lost) == (row["missed"], row["taken"], row["lost"])
        state = missed, near, again
