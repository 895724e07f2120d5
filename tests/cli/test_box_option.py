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
        ("--box 1,2 3,4 0", ["--box=1,2 3,4", "0"]),
        ("--box 1,2 3 4 0", ["--box=1,2 3 4", "0"]),
        ("--box 1,2,3,4 5,6", ["--box=1,2,3,4", "5,6"]),
        ("--box \u22125 2 30 40 0", ["--box=\u22125 2 30 40", "0"]),
        ("--box x=1 y=2 w=3 h=4 0", ["--box=x=1 y=2 w=3 h=4", "0"]),
        ("--box 1px 2px 3px 4px walk.mp4", ["--box=1px 2px 3px 4px", "walk.mp4"]),
    ],
)
def test_joined(before, after):
    assert joined(["track", *before.split()]) == ["track", *after]


def test_two_words():
    assert joined(["--box", "-5 2", "30 40", "0"]) == ["--box=-5 2 30 40", "0"]


@pytest.mark.parametrize(
    "text",
    [
        *("306 5 95 65", "306,5,95,65", "306, 5, 95, 65,", "(306,5,95,65)", "[306; 5; 95; 65]"),
        *("306\t5\t95\t65", "x=306,y=5,w=95,h=65", "w:95 h:65 x:306 y:5", "306px 5px 95px 65 px"),
        *('{"x": 306, "y": 5, "w": 95, "h": 65}', "xmin=306, ymin=5, xmax=401, ymax=70", "95x65+306+5"),
        *('"306","5","95","65"', "\uff13\uff10\uff16\uff0c5\uff0c95\uff0c65", "306,0;5;95;65"),
    ],
)
def test_four_numbers(text):
    assert parse_box(text) == (306, 5, 95, 65)


@pytest.mark.parametrize("text", ["306 5 95", "306x5x95x65", "", "1,2,3,4,5,6,7,8", "1,2 3,4 5,6 7,8"])
def test_what_is_no_box(text):
    with pytest.raises(InputError, match=r"--box must be four numbers x,y,w,h in pixels, not .*; such as"):
        parse_box(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("20:40:20:20", r"commas must separate, and the order be x,y,w,h: others write w:h:x:y"),
        ("20x40x20x20", "commas must separate"),
        ("20,5;40,5;40,25;20,25", "of a polygon of four corners the upright box around it must be given"),
        ("12,5 30,0 40,2 50,0", "decimals must have a point, not a comma"),
        ("1,234;20;30;40", "decimals must have a point"),
        ("(20,40),(50,80)", "of two corners x1,y1 and x2,y2 the box is x1,y1,x2-x1,y2-y1"),
        ("0.1,0.2,0.3,0.4", "shares of the picture must be made pixels"),
        ("10%,20%,30%,40%", "shares of the picture"),
        ("xmin=20,ymin=40", "with names: x=120,y=80,w=40,h=90, or the corners"),
    ],
)
def test_what_helps(text, hint):
    with pytest.raises(InputError, match=rf"--box must be four numbers .*{hint}.*; such as --box 120"):
        parse_box(text)


def test_signs_that_look_alike():
    assert parse_box("\u22125,2,30,40") == parse_box("\u20135 2 30 40") == (-5, 2, 30, 40)
