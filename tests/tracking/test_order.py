"""Names of frames as they are met, and their order in time."""

import random

import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.order import frame_number, in_order, order_note

PLAIN = {
    "leading zeros": ["0009.jpg", "0010.jpg", "0011.jpg"],
    "without": ["9.jpg", "10.jpg", "11.jpg", "100.jpg"],
    "copies of Windows": ["img (1).png", "img (2).png", "img (10).png", "img (12).png"],
    "a number before": ["1_color.png", "2_color.png", "10_color.png"],
    "a number in the middle": ["frame2of300.png", "frame10of300.png"],
    "time stamps": ["1305031102.175304.png", "1305031102.900000.png", "1305031103.000001.png"],
    "stamps of other lengths in one order": ["1305031102.1234.png", "1305031102.900000.png"],
    "capitals": ["IMG_9.JPG", "img_10.jpg", "Img_11.jpeg"],
    "other suffixes": ["8.jpg", "9.png", "10.bmp"],
    "two ways to write a letter": ["u\u0308bung 9.png", "\u00fcbung 10.png"],
    "a date that stays": ["2024-05-01 shot 9.png", "2024-05-01 shot 10.png"],
    "one": ["cover.png"],
    "digits of other scripts": ["\uff19.png", "\uff11\uff10.png", "\u0661\u0661.png"],
    "decimal commas of one length": ["0,25.png", "0,50.png", "1,00.png"],
    "a date and a time, year first": ["20240131235959.png", "20240201000000.png"],
    "a date that stays, day first": ["15-01-2024 shot 9.png", "15-01-2024 shot 10.png"],
}
TOLD = {
    "all numbers": ["cam1_9.png", "cam1_10.png", "cam2_1.png", "cam10_1.png"],
    "versions": ["1.9.1.png", "1.10.1.png", "1.10.2.png"],
    "hexadecimal": ["00fe.png", "00ff.png", "0100.png", "0101.png"],
    "alphabet": ["a.png", "B.png", "c.png"],
    "the time of day": ["12.59 AM.png", "1.05 AM.png", "2.10 AM.png"],
    "time of day in": ["shot 11.59 am.png", "shot 12.00 pm.png", "shot 1.00 pm.png"],
    "the time of day in": [
        "Screenshot 2024-05-01 at 9.05.12\u202fAM.png",
        "Screenshot 2024-05-01 at 12.05.12\u202fPM.png",
        "Screenshot 2024-05-01 at 3.05.12\u202fPM.png",
    ],
    "time of day in  names": ["2024-05-01-10-30 AM.png", "2024-05-01-01-30 PM.png"],
    "of day in": ["3 a. m..png", "11 a. m..png", "12 p. m..png"],
    "day in": ["\u4e0a\u534811.05.png", "\u4e0b\u534812.05.png", "\u4e0b\u53481.05.png"],
    "signed": ["-2.png", "-1.png", "0.png", "1.png"],
    "signed or decimal": ["frame_-1.png", "frame_0.png", "frame_10.png"],
    "decimal": ["0.png", "0.5.png", "1.png", "1.5.png", "10.png"],
    "decimal numbers": ["1.05.png", "1.1.png", "1.9.png"],
    "or decimal": ["1e-05.png", "0.0001.png", "0.001.png"],
    "signed or": ["1e-3.png", "1e-2.png", "1e-1.png"],
    "numbers in": ["\u22123.png", "\u22122.png", "\u22121.png"],
    "the day first": ["15-01-2024.png", "02-02-2024.png", "01-01-2025.png"],
    "the month first": ["12-31-2023 9.00.png", "01-01-2024 8.00.png"],
    "dates": ["31122023.png", "01012024.png"],
    "by the dates in": ["31012024235959.png", "01022024000000.png"],
    "go by the dates": ["cam1_310120242359.png", "cam1_010220240000.png"],
    "the year and the day first": ["2024-15-01.png", "2024-02-02.png"],
    "the left one first": ["02.02.png", "15.01.png"],
}
REFUSED = {
    "have the same place": ["1.png", "01.png"],
    "1.jpg and 1.png have": ["1.jpg", "1.png", "2.jpg"],
    "1 like cover.png": ["frame_1.png", "frame_2.png", "cover.png"],
    "2 like a_1.png and 2 like b_1.png": ["a_1.png", "a_2.png", "b_1.png", "b_2.png"],
    "several kinds": ["photo.png", "photo (1).png"],
    "the order of 1.9.png and 1.10.png cannot be told": ["1.9.png", "1.10.png"],
    "the order of 0,5.png and 0,25.png cannot be told": ["0,25.png", "0,5.png", "0,75.png"],
    "the order of 0.25.png and 0.5.png cannot": ["0.png", "0.25.png", "0.5.png", "1.png"],
    "the order of -3.png and -2.png cannot": ["-1.png", "-2.png", "-3.png"],
    "the order of T-3.png and T-2.png cannot": ["T-1.png", "T-2.png", "T-3.png"],
    "signs, decimals, thousands or hyphens": ["a_-1.png", "a_-2.png"],
    "the order of 1.001.png and 999.png": ["999.png", "1.000.png", "1.001.png"],
    "1,000.png and 998.png": ["998.png", "999.png", "1,000.png"],
    "the day or the month may be first": ["01-02-2024.png", "02-01-2024.png"],
    "have dates, and are else of several kinds": ["13-01-2024 a.png", "14-01-2024 b.png"],
    "kinds more": ["d1e5f.png", "4b22a.png", "77c0f.png", "e9d01.png"],
}


NUMBERED = ("0012.jpg", "img (3).png", "a7b.png", "x.png", "\uff11\uff12.jpg")


def shuffled(names, seed=0):
    return random.Random(seed).sample(names, len(names))


@pytest.mark.parametrize("kind", PLAIN)
def test_plain_names(kind):
    names = PLAIN[kind]
    assert in_order(shuffled(names)) == names and order_note(names) == ""


@pytest.mark.parametrize("kind", TOLD)
def test_what_is_one_reading_of_several_is_told(kind):
    names = TOLD[kind]
    assert in_order(shuffled(names)) == names
    note = order_note(names)
    assert kind in note.replace("their", "") or kind == "versions"
    assert f"from {names[0]} to {names[-1]}" in note


@pytest.mark.parametrize("message", REFUSED)
def test_what_cannot_be_told_is_refused(message):
    with pytest.raises(InputError, match=message.replace("(", r"\(").replace(".", r"\.")):
        in_order(REFUSED[message])


def test_the_number_of_a_frame():
    assert [frame_number(name) for name in NUMBERED] == [12, 3, 7, -1, 12]
