"""Division, square root, tables, the window's step: as siammixer.tracking does them, to the bit."""

import json
import math
import random

import pytest

from siammixer.ir.catalogue import NETWORKS
from siammixer.rtl.tracker import routines
from siammixer.tracking import fixed
from siammixer.tracking.crop import window_at
from siammixer.tracking.vectors import FILE

RECORD = json.loads(FILE.read_text())
NAMES = ("siammixer", "tiny")


def calls(name):
    return lambda a: a.call(name)


def cases(rows):
    return [(tuple(row), ()) for row in rows]


@pytest.mark.parametrize("name", NAMES)
def test_logarithm(name, designs, stepped):
    design = designs[name]
    dice, largest = random.Random(f"log {name}"), design.bounds["step"]
    powers = [2**power + beside for power in range(1, largest.bit_length()) for beside in (-1, 0, 1)]
    values = [1, largest, *(dice.randint(1, 2 ** dice.randint(1, 22)) for _ in range(300)), *powers]
    values += [value for value, _ in RECORD["logarithm"] if 1 <= value <= largest]
    step = stepped(design, calls(routines.LOGARITHM), ["A"])
    step.check(
        cases([value] for value in values if 1 <= value <= largest),
        lambda given, _: [fixed.logarithm(*given)],
        20,
    )


@pytest.mark.parametrize("name", NAMES)
def test_scaled(name, designs, stepped):
    """Sizes, and steps of views; the logarithms' ends and both sides of every octave."""
    design = designs[name]
    dice, limit = random.Random(f"scaled {name}"), design.log_limit
    logs = [-limit, limit, *(whole * 65536 + beside for whole in (-2, -1, 0, 1, 2) for beside in (-1, 0, 1))]
    logs += [dice.randint(-limit, limit) for _ in range(200)]
    rows = [(dice.choice([1, 255, dice.randint(1, 1280 * 256), 1280 * 256]), log) for log in logs]
    rows += [(value, log) for value, log, _ in RECORD["scaled"] if abs(log) <= limit]
    step = stepped(design, calls(routines.SCALED), ["value", "A"])
    step.check(cases(rows), lambda given, _: [fixed.scaled(*given)], 60)


def test_a_size_of_sixteen_times(stepped, designs):
    """The largest range that the settings allow needs the table of octaves to its ends."""
    design = type(designs["tiny"])(**vars(designs["tiny"]) | {"size_range": 16 * 256})
    assert design.log_limit == 4 * 65536
    step = stepped(design, calls(routines.SCALED), ["value", "A"])
    rows = [(value, log) for value in (1, 1280 * 256, 4097) for log in (-262144, -262143, 262143, 262144)]
    step.check(cases(rows), lambda given, _: [fixed.scaled(*given)], len(rows))


def quotient_rows(bits, dice, count):
    """Dividends and divisors whose quotients reach the ends of so many bits, signed."""
    largest = 2 ** (bits - 1)
    for _ in range(count):
        below = dice.choice([1, 2, 3, dice.randint(1, 9 * 2**15)])
        value = dice.choice([-largest, largest - 1, 0, -1, dice.randint(-largest, largest - 1)])
        yield value * below + dice.choice([0, below - 1, dice.randrange(below)]), below


def test_quotients_of_votes(designs, stepped):
    rows = list(quotient_rows(routines.QUOTIENT_BITS, random.Random("quotient"), 400))
    rows += [(2 * top + below, 2 * below) for top, below, _ in RECORD["quotient"]]
    step = stepped(designs["siammixer"], calls(routines.QUOTIENT), ["divisor", "A"])
    step.check(cases((below, top) for top, below in rows), lambda given, _: [given[1] // given[0]], 30)


@pytest.mark.parametrize("name", NAMES)
def test_square_roots(name, designs, stepped):
    dice, largest = random.Random(f"root {name}"), designs[name].bounds["root"]
    roots = [1, 2, largest, *(dice.randint(1, 2 ** dice.randint(1, 22)) for _ in range(200))]
    values = [0, *(root**2 + beside for root in roots for beside in (-1, 0, 1))]
    step = stepped(designs[name], calls(routines.ROOT), ["A"])
    step.check(cases([value] for value in values), lambda given, _: [math.isqrt(*given)], 20)


@pytest.mark.parametrize("name", NAMES)
def test_the_windows_step(name, designs, stepped):
    design, network = designs[name], NETWORKS[name]
    dice, largest = random.Random(f"step {name}"), design.bounds["size"]
    sizes = [(1, 1), (1, 2), (largest, 1), (1, largest), (largest, largest * 9 // 16), (2560, 15360)]
    sizes += [tuple(dice.randint(1, 2 ** dice.randint(1, 20)) for _ in range(2)) for _ in range(200)]
    if name == "siammixer":
        assert {(row["width"], row["height"]): row["step"] for row in RECORD["window"]}.keys() >= {(256, 256)}
        sizes += [(row["width"], row["height"]) for row in RECORD["window"] if max(row.values()) <= largest]
    step = stepped(design, calls(routines.STEP), ["width", "height"])
    step.check(cases(sizes), lambda given, _: [window_at(0, 0, *given, 255, network).step], 12)


def test_numbers_and_limits(designs, stepped):
    """``number``, ``rounded``, ``at_least``, ``at_most`` and ``times``."""
    design = designs["tiny"]
    for value in (0, 1, -1, 2047, -2048, 2048, -2049, 152170, -152170, 2**22, 2**30 - 1, -(2**30)):
        step = stepped(design, lambda a, value=value: a.number(value))
        assert step.interpreted(()) == (value,)
    for bits in (1, 2, 8, 24):
        step = stepped(design, lambda a, bits=bits: routines.rounded(a, bits), ["A"])
        for value in (
            0,
            1,
            -1,
            2 ** (bits - 1),
            2 ** (bits - 1) - 1,
            -(2 ** (bits - 1)),
            2**bits,
            12345,
            -777,
        ):
            assert step.interpreted((value,)) == (fixed.shifted(value, bits),)
    for write, python in ((routines.at_least, max), (routines.at_most, min)):
        step = stepped(design, lambda a, write=write: write(a, "limit"), ["limit", "A"])
        for given in ((3, 5), (5, 3), (4, 4), (-1, 0), (0, -1)):
            assert step.interpreted(given) == (python(given),)
    for factor in (0, 1, 511, 512, 2**20):
        step = stepped(design, lambda a, factor=factor: routines.times(a, "value", factor), ["value"])
        assert [step.interpreted((value,)) for value in (0, -7, 12345)] == [
            (0,),
            (-7 * factor,),
            (12345 * factor,),
        ]
