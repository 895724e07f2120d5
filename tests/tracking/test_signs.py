"""Signs that look alike."""

from siammixer.tracking.signs import plain, spaced


def test_plain():
    assert plain("\uff38\uff0c\uff11\u3001\u0662") == "X,1,2"
    assert plain("\u22125\u201310\u200e") == "-5-10" and plain("\u00ab1\u00bb") == '"1"'
    assert plain("1,2") == "1,2" and plain("\u00b2") == "\u00b2"


def test_spaces_and_apostrophes_between_thousands():
    assert spaced("1'234.5") == ["1234.5"]
    assert spaced("1\u00a0234 5") == ["1 234 5", "1234 5"]
    assert spaced("1\u00a023")[0] == "1 23"
