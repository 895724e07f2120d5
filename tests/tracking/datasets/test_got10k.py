"""GOT-10k's layout: lists, labels per frame, and a test part with first boxes only."""

import pytest

from siammixer.tracking.datasets import open_dataset

NAME = "GOT-10k_Val_000001"


@pytest.fixture
def val(tmp_path, frames, text):
    """One sequence of four frames: absent in frame 1, covered in frame 2."""
    folder = frames(tmp_path / "val" / NAME, range(1, 5), "{:08d}.jpg")
    text(tmp_path / "val/list.txt", NAME)
    text(folder / "groundtruth.txt", *(f"{x}.0000,1.0000,4.0000,5.0000" for x in range(4)))
    text(folder / "absence.label", 0, 1, 0, 0)
    text(folder / "cover.label", 8, 3, 0, 1)
    text(folder / "cut_by_image.label", 0, 0, 0, 0)
    text(
        folder / "meta_info.ini",
        "[METAINFO]",
        "url: https://example.org",
        "anno_fps: 10Hz",
        "resolution: (16, 12)",
    )
    return folder


def test_hidden_targets(tmp_path, val, numbers):
    (sequence,) = open_dataset("got10k", tmp_path)
    assert sequence.name == NAME and numbers(sequence) == [1, 2, 3, 4]
    assert sequence.boxes == [(0, 1, 4, 5), None, None, (3, 1, 4, 5)]
    assert sequence.present.tolist() == [0, 3]


def test_the_first_box_stays(tmp_path, val, text):
    """Whatever its label: tracking begins there."""
    text(val / "cover.label", 0, 8, 8, 8)
    assert open_dataset("got10k", tmp_path)[0].present.tolist() == [0, 2, 3]


def test_the_folder_of_one_split_is_a_root_too(tmp_path, val):
    assert [sequence.name for sequence in open_dataset("got10k", tmp_path / "val")] == [NAME]


def test_labels_may_be_missing(tmp_path, val):
    (val / "absence.label").unlink()
    (val / "cover.label").unlink()
    assert open_dataset("got10k", tmp_path, "val")[0].present.tolist() == [0, 1, 2, 3]


def test_only_the_first_box_of_a_test_sequence(tmp_path, frames, text):
    folder = frames(tmp_path / "test/GOT-10k_Test_000001", range(1, 4), "{:08d}.jpg")
    text(tmp_path / "test/list.txt", folder.name)
    text(folder / "groundtruth.txt", "1,2,3,4")
    (sequence,) = open_dataset("got10k", tmp_path, "test")
    assert len(sequence) == 3 and [sequence.box(index) for index in range(3)] == [(1, 2, 3, 4), None, None]


def test_a_broken_frame_is_named_when_asked_for(tmp_path, val):
    (val / "00000003.jpg").write_bytes(b"broken")
    (sequence,) = open_dataset("got10k", tmp_path)
    sequence.image(3)
    with pytest.raises(ValueError, match=r"00000003\.jpg: not a readable image"):
        sequence.image(2)


def test_what_is_wrong_is_named(tmp_path, val, text, refused):
    refused(r"train: no such folder; GOT-10k has train, val and test", "got10k", tmp_path, "train")
    text(val / "cover.label", 8, 8, 8)
    refused(r"cover\.label: must hold 4 numbers, one a frame, not 3", "got10k", tmp_path)
    text(val / "absence.label", 0, 0, "x", 0)
    refused(r"absence\.label: must hold whole numbers", "got10k", tmp_path)
    text(val / "groundtruth.txt", "1,2,3,4", "1,2,3,4")
    refused(r"groundtruth\.txt: must hold one box for each of 4 frames, not 2", "got10k", tmp_path)
    (val / "groundtruth.txt").unlink()
    refused(rf"{NAME}/groundtruth\.txt: no such file", "got10k", tmp_path)
    text(tmp_path / "val/list.txt", "GOT-10k_Val_000002")
    refused(r"GOT-10k_Val_000002: no such folder", "got10k", tmp_path)
    (tmp_path / "val/list.txt").unlink()
    refused(r"val/list\.txt: no such file; it holds the names", "got10k", tmp_path)
