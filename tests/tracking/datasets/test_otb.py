"""OTB's layout and its quirks."""

from pathlib import Path

import pytest

from siammixer.tracking.datasets import open_dataset
from siammixer.tracking.datasets.otb_names import SPLITS

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "sequences"


def test_delimiters_are_mixed(tmp_path, frames, text, numbers):
    frames(tmp_path / "Girl/img", (1, 2, 3))
    text(tmp_path / "Girl/groundtruth_rect.txt", "1,2,3,4", "1\t2\t3\t5", "1 2  3 6")
    (sequence,) = open_dataset("otb", tmp_path)
    assert (sequence.name, sequence.boxes, numbers(sequence)) == (
        "Girl",
        [(1, 2, 3, 4), (1, 2, 3, 5), (1, 2, 3, 6)],
        [1, 2, 3],
    )


def test_a_folder_of_ones_own_needs_the_first_box_only(tmp_path, frames, text):
    frames(tmp_path / "Own/img", (1, 2, 3))
    text(tmp_path / "Own/groundtruth_rect.txt", "1,2,3,4")
    (sequence,) = open_dataset("otb", tmp_path)
    assert [sequence.box(index) for index in range(3)] == [(1, 2, 3, 4), None, None]


def test_two_targets_in_one_folder(tmp_path, frames, text):
    frames(tmp_path / "Jogging/img", (1, 2))
    text(tmp_path / "Jogging/groundtruth_rect.1.txt", "1,1,2,2", "2,1,2,2")
    text(tmp_path / "Jogging/groundtruth_rect.2.txt", "5,1,2,2", "6,1,2,2")
    first, second = open_dataset("otb", tmp_path)
    assert (first.name, first.boxes) == ("Jogging-1", [(1, 1, 2, 2), (2, 1, 2, 2)])
    assert (second.name, second.boxes) == ("Jogging-2", [(5, 1, 2, 2), (6, 1, 2, 2)])


def test_an_empty_annotation_beside_the_true_one(tmp_path, frames, text):
    """Human4's first file is empty; what is left is not numbered."""
    frames(tmp_path / "Human4/img", (1,))
    text(tmp_path / "Human4/groundtruth_rect.1.txt")
    text(tmp_path / "Human4/groundtruth_rect.2.txt", "5,1,2,2")
    (sequence,) = open_dataset("otb", tmp_path)
    assert (sequence.name, sequence.boxes) == ("Human4", [(5, 1, 2, 2)])


@pytest.mark.parametrize(
    ("name", "there", "boxes", "taken"),
    [("David", range(1, 771), 471, range(300, 771)), ("Football1", range(1, 82), 74, range(1, 75))],
)
def test_frames_beyond_the_annotated_ones(tmp_path, frames, text, numbers, name, there, boxes, taken):
    frames(tmp_path / name / "img", there)
    text(tmp_path / name / "groundtruth_rect.txt", *["1,1,4,4"] * boxes)
    (sequence,) = open_dataset("otb", tmp_path)
    assert numbers(sequence) == [number % 256 for number in taken] and len(sequence.boxes) == boxes


@pytest.mark.parametrize("there", [range(300, 320), range(1, 21)])
def test_as_many_boxes_as_frames_belong_together(tmp_path, frames, text, numbers, there):
    """A David that begins as given, or was cut and numbered anew."""
    frames(tmp_path / "David/img", there)
    text(tmp_path / "David/groundtruth_rect.txt", *["1,1,4,4"] * 20)
    (sequence,) = open_dataset("otb", tmp_path)
    assert numbers(sequence) == [number % 256 for number in there]


def test_a_range_that_does_not_fit(tmp_path, frames, text, refused):
    frames(tmp_path / "David/img", range(1, 320))
    text(tmp_path / "David/groundtruth_rect.txt", *["1,1,4,4"] * 19)
    refused(
        "groundtruth_rect.txt: has 19 boxes for 20 frames of 300 to 770, which OTB annotates in David",
        "otb",
        tmp_path,
    )


def test_the_published_lists(tmp_path, frames, text, refused):
    assert {split: len(set(names)) for split, names in SPLITS.items()} == {"2013": 51, "50": 50, "100": 100}
    for name in ("Own", *SPLITS["50"][:-1]):
        frames(tmp_path / name / "img", (1,))
        text(tmp_path / name / "groundtruth_rect.txt", "1,1,4,4")
    refused("lacks Woman of OTB-50", "otb", tmp_path, "50")
    (tmp_path / "Own").rename(tmp_path / "Woman")
    frames(tmp_path / "Other/img", (1,))
    text(tmp_path / "Other/groundtruth_rect.txt", "1,1,4,4")
    assert [sequence.name for sequence in open_dataset("otb", tmp_path, "50")] == sorted(SPLITS["50"])
    assert len(open_dataset("otb", tmp_path)) == 51


def test_what_is_missing_is_named(tmp_path, frames, text, refused):
    frames(tmp_path / "Girl/img", (1, 2))
    refused(r"Girl/groundtruth_rect\.txt: no such file", "otb", tmp_path)
    text(tmp_path / "Girl/groundtruth_rect.txt", "1,2,3,4", "1,2,3")
    refused(r"Girl/groundtruth_rect\.txt, line 2: must be four numbers", "otb", tmp_path)
    text(tmp_path / "Girl/groundtruth_rect.txt", *["1,2,3,4"] * 3)
    refused(r"has 3 boxes for 2 frames", "otb", tmp_path)
    for path in (tmp_path / "Girl/img").iterdir():
        path.unlink()
    refused(r"Girl/img: holds no frame", "otb", tmp_path)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=f"needs the real video of {SHARED}")
def test_the_lent_sequences():
    sequences = open_dataset("otb", SHARED)
    assert len(sequences) == 13 and {"Jogging-1", "David"} < {sequence.name for sequence in sequences}
    assert all(len(sequence) == len(sequence.boxes) for sequence in sequences)
