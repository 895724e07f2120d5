"""UAV123's layout: several sequences share a folder of frames."""

import pytest

from siammixer.tracking.datasets import open_dataset

JPG = "{:06d}.jpg"


def test_parts_of_a_shared_folder(tmp_path, frames, text, numbers):
    """car1_s is no part: it has a folder. Without configSeqs.m the published starts count: 751 for car1_2."""
    frames(tmp_path / "data_seq/UAV123/car1", range(1, 760), JPG)
    frames(tmp_path / "data_seq/UAV123/car1_s", (1, 2), JPG)
    text(tmp_path / "anno/UAV123/car1_1.txt", "1,1,4,4", "2,1,4,4")
    text(tmp_path / "anno/UAV123/car1_2.txt", "3,1,4,4", "NaN,NaN,NaN,NaN", "5,1,4,4")
    text(tmp_path / "anno/UAV123/car1_s.txt", "6,1,4,4", "7,1,4,4")
    text(tmp_path / "anno/UAV123/att/car1_1.txt", "0,1,0")
    one, two, own = open_dataset("uav123", tmp_path)
    assert [sequence.name for sequence in (one, two, own)] == ["car1_1", "car1_2", "car1_s"]
    assert [numbers(sequence) for sequence in (one, two, own)] == [
        [1, 2],
        [751 % 256, 752 % 256, 753 % 256],
        [1, 2],
    ]
    assert two.boxes == [(3, 1, 4, 4), None, (5, 1, 4, 4)]


def test_ten_frames_a_second(tmp_path, frames, text, numbers):
    frames(tmp_path / "data_seq/UAV123_10fps/bird1", range(250, 270), JPG)
    text(tmp_path / "anno/UAV123_10fps/bird1_2.txt", "1,1,4,4")
    (sequence,) = open_dataset("uav123", tmp_path)
    assert numbers(sequence) == [259 % 256]


def test_uav20l_takes_its_frames_from_uav123(tmp_path, frames, text):
    frames(tmp_path / "data_seq/UAV123/bird1", range(1, 4), JPG)
    text(tmp_path / "anno/UAV123/bird1_1.txt", "1,1,4,4")
    text(tmp_path / "anno/UAV20L/bird1.txt", *["1,1,4,4"] * 3)
    assert [sequence.name for sequence in open_dataset("uav123", tmp_path)] == ["bird1_1"]
    assert [(sequence.name, len(sequence)) for sequence in open_dataset("uav123", tmp_path, "UAV20L")] == [
        ("bird1", 3)
    ]


def configure(text, root, last):
    start = r"seqs = {struct('name','own_2','path','D:\data_seq\UAV123\own\','startFrame',5,'endFrame',"
    text(root / "configSeqs.m", start + f"{last},'nz',6,'ext','jpg','init_rect',[0,0,0,0]),...")


def test_the_configuration_file_says_where(tmp_path, frames, text, numbers, refused):
    frames(tmp_path / "data_seq/UAV123/own", range(1, 8), JPG)
    text(tmp_path / "anno/UAV123/own_2.txt", "1,1,4,4", "1,1,4,4")
    refused(
        "UAV123/own_2: no such folder; a sequence that shares another's frames must be in configSeqs.m",
        "uav123",
        tmp_path,
    )
    configure(text, tmp_path, 6)
    (sequence,) = open_dataset("uav123", tmp_path)
    assert numbers(sequence) == [5, 6]
    configure(text, tmp_path, 7)
    refused("own_2.txt: must hold 3 boxes, for frames 5 to 7, not 2", "uav123", tmp_path)


@pytest.mark.parametrize("boxes", [3, 4])
def test_missing_frames_are_named(tmp_path, frames, text, refused, boxes):
    frames(tmp_path / "data_seq/UAV123/bike1", (1, 2, 4, 5, 6), JPG)
    text(tmp_path / "anno/UAV123/bike1.txt", *["1,1,4,4"] * boxes)
    refused(rf"bike1.txt: has {boxes} boxes, from frame 1 on; .*bike1 lacks frame 3", "uav123", tmp_path)


def test_missing_annotations(tmp_path, frames, refused):
    frames(tmp_path / "data_seq/UAV123/bike1", (1,), JPG)
    refused("anno/UAV123: no such folder; it holds a text file of boxes a sequence", "uav123", tmp_path)
