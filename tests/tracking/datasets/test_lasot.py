"""LaSOT's two layouts, its labels and its list of test sequences."""

import pytest

from siammixer.tracking.datasets import open_dataset


@pytest.fixture
def add(frames, text):
    """add(folder): a sequence of three frames, occluded in frame 1 and out of view in frame 2."""

    def write(folder):
        frames(folder / "img", (1, 2, 3), "{:08d}.jpg")
        text(folder / "groundtruth.txt", "1,2,3,4", "2,2,3,4", "0,0,0,0")
        text(folder / "full_occlusion.txt", "0,1,0")
        text(folder / "out_of_view.txt", "0,0,1")
        return folder

    return write


@pytest.mark.parametrize("category", ["cat/", ""])
def test_by_category_and_flat(tmp_path, add, numbers, category):
    for number in (10, 2):
        add(tmp_path / f"{category}cat-{number}")
    two, ten = open_dataset("lasot", tmp_path)
    assert (two.name, ten.name, numbers(two)) == ("cat-2", "cat-10", [1, 2, 3])
    assert two.boxes == [(1, 2, 3, 4), None, None]


def test_splits(tmp_path, add, text, refused):
    for name in ("cat/cat-1", "cat/cat-2", "dog/dog-1"):
        add(tmp_path / name)
    refused(r"testing_set\.txt: no such file", "lasot", tmp_path, "test")
    text(tmp_path / "testing_set.txt", "dog-1", "cat-2")
    names = {
        split: [sequence.name for sequence in open_dataset("lasot", tmp_path, split)]
        for split in (None, "test", "train")
    }
    assert names == {None: ["cat-1", "cat-2", "dog-1"], "test": ["dog-1", "cat-2"], "train": ["cat-1"]}
    text(tmp_path / "training_set.txt", "cat-2")
    assert [sequence.name for sequence in open_dataset("lasot", tmp_path, "train")] == ["cat-2"]
    text(tmp_path / "testing_set.txt", "dog-7")
    refused(
        r"has no sequence dog-7, which its list names; expected as dog/dog-7 or dog-7",
        "lasot",
        tmp_path,
        "test",
    )


def test_what_is_wrong_is_named(tmp_path, add, text, refused):
    folder = add(tmp_path / "cat/cat-1")
    text(folder / "out_of_view.txt", "0,0")
    refused(r"out_of_view\.txt: must hold 3 numbers, one a frame, not 2", "lasot", tmp_path)
    text(folder / "groundtruth.txt", "1,2,3,4", "2,2,3,4")
    refused(r"groundtruth\.txt: must hold one box for each of 3 frames, not 2", "lasot", tmp_path)
    (folder / "groundtruth.txt").unlink()
    refused(r"cat-1/groundtruth\.txt: no such file", "lasot", tmp_path)
