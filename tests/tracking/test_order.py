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
}
TOLD = {
    "all numbers": ["cam1_9.png", "cam1_10.png", "cam2_1.png", "cam10_1.png"],
    "versions": ["1.9.1.png", "1.10.1.png", "1.10.2.png"],
    "hexadecimal": ["00fe.png", "00ff.png", "0100.png", "0101.png"],
    "alphabet": ["a.png", "B.png", "c.png"],
}
REFUSED = {
    "have the same place": ["1.png", "01.png"],
    "1.jpg and 1.png have": ["1.jpg", "1.png", "2.jpg"],
    "1 like cover.png": ["frame_1.png", "frame_2.png", "cover.png"],
    "2 like a_1.png and 2 like b_1.png": ["a_1.png", "a_2.png", "b_1.png", "b_2.png"],
    "several kinds": ["photo.png", "photo (1).png"],
    "the order of 1.9.png and 1.10.png cannot be told": ["1.9.png", "1.10.png"],
    "kinds more": ["d1e5f.png", "4b22a.png", "77c0f.png", "e9d01.png"],
}


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
    assert [frame_number(name) for name in ("0012.jpg", "img (3).png", "a7b.png", "x.png")] == [12, 3, 7, -1]
