"""Result files as the benchmarks' toolkits read them."""

import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box
from siammixer.tracking.results import write_results

BOXES = [Box(1, 2, 3, 4), Box(1.23456, -2, 3, 4.5)]
SECONDS = [0.5, 0.0123456789]
LINES = "1.0000,2.0000,3.0000,4.0000\n1.2346,-2.0000,3.0000,4.5000\n"
TIMES = "0.50000000\n0.01234568\n"


def written(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.txt")}


@pytest.mark.parametrize("kind", ["otb", "uav123", "lasot"])
def test_one_file_a_sequence(tmp_path, kind):
    assert (
        write_results(kind, tmp_path / "new", "ours", "Jogging-1", BOXES, SECONDS)
        == tmp_path / "new/ours/Jogging-1.txt"
    )
    assert written(tmp_path / "new") == {"ours/Jogging-1.txt": LINES, "ours/times/Jogging-1_time.txt": TIMES}


def test_got10k(tmp_path):
    assert (
        write_results("got10k", tmp_path, "ours", "GOT_1", BOXES, SECONDS)
        == tmp_path / "ours/GOT_1/GOT_1_001.txt"
    )
    assert written(tmp_path) == {"ours/GOT_1/GOT_1_001.txt": LINES, "ours/GOT_1/GOT_1_time.txt": TIMES}


def test_vot_marks_the_frame_that_was_given(tmp_path):
    assert (
        write_results("vot", tmp_path, "ours", "bag", BOXES, SECONDS)
        == tmp_path / "ours/baseline/bag/bag_001.txt"
    )
    expected = "1\n" + LINES.splitlines()[1] + "\n"
    assert written(tmp_path) == {
        "ours/baseline/bag/bag_001.txt": expected,
        "ours/baseline/bag/bag_time.txt": TIMES,
    }


def test_an_earlier_run_is_replaced(tmp_path):
    for boxes in (BOXES[::-1], BOXES):
        path = write_results("otb", tmp_path, "ours", "Girl", boxes, SECONDS)
    assert path.read_text() == LINES


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("coco", "ours", "Girl", SECONDS),
            "results must be for one of otb, uav123, got10k, lasot, vot, not 'coco'",
        ),
        (("otb", "../ours", "Girl", SECONDS), r"must serve as file names, not '\.\./ours'"),
        (("otb", "ours", "", SECONDS), "must serve as file names, not ''"),
        (("otb", "ours", "Girl", SECONDS[:1]), "Girl: must have a time for each of 2 boxes, not 1"),
        (("otb", "file", "Girl", SECONDS), r"file/Girl\.txt: cannot be written"),
    ],
)
def test_what_is_refused(tmp_path, arguments, message):
    (tmp_path / "file").write_text("in the way")
    kind, tracker, name, seconds = arguments
    with pytest.raises(InputError, match=message):
        write_results(kind, tmp_path, tracker, name, BOXES, seconds)
