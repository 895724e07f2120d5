"""--box in the ways in which people write it."""

import pytest

from siammixer.cli.box_option import joined, parse_box
from siammixer.ir.errors import InputError


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("--box -5,2,30,40", ["--box=-5,2,30,40"]),
        ("--box 306 5 95 65 0", ["--box=306 5 95 65", "0"]),
        ("--box -5 -2 30 40 --out x", ["--box=-5 -2 30 40", "--out", "x"]),
        ("--box 306, 5, 95, 65 walk.mp4", ["--box=306, 5, 95, 65", "walk.mp4"]),
        ("--box=306 5 95 65 0", ["--box=306 5 95 65", "0"]),
        ("--box 1,2,3,4 0", ["--box=1,2,3,4", "0"]),
        ("--box 1,2,3 0", ["--box=1,2,3", "0"]),
        ("--box [1,2,3,4]", ["--box=[1,2,3,4]"]),
        ("--box .5 1e1 3. +4", ["--box=.5 1e1 3. +4"]),
        ("--box --json x", ["--box", "--json", "x"]),
        ("--box x,y,w,h", ["--box", "x,y,w,h"]),
        ("--boxes 1 2", ["--boxes", "1", "2"]),
        ("-- --box 1", ["--", "--box", "1"]),
        ("--box", ["--box"]),
    ],
)
def test_joined(before, after):
    assert joined(["track", *before.split()]) == ["track", *after]


@pytest.mark.parametrize(
    "text",
    ["306 5 95 65", "306,5,95,65", "306, 5, 95, 65,", "(306,5,95,65)", "[306; 5; 95; 65]", "306\t5\t95\t65"],
)
def test_four_numbers(text):
    assert parse_box(text) == (306, 5, 95, 65)


@pytest.mark.parametrize("text", ["306 5 95", "306x5x95x65", "", "1,2,3,4,5,6,7,8", "1,2 3,4 5,6 7,8"])
def test_what_is_no_box(text):
    with pytest.raises(InputError, match=r"--box must be four numbers x,y,w,h in pixels, not .*; such as"):
        parse_box(text)
