"""Words of messages."""

from siammixer.ir.words import counted


def test_one_and_more():
    assert [counted(number, "frame") for number in (0, 1, 1200)] == ["0 frames", "1 frame", "1,200 frames"]
    assert [counted(number, "box") for number in (1, 2)] == ["1 box", "2 boxes"]
