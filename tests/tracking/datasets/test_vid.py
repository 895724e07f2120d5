"""ILSVRC VID: objects of XML files become sequences."""

import pytest

from siammixer.tracking.datasets import open_dataset

VIDEO = "ILSVRC2015_VID_train_0000/ILSVRC2015_train_00000001"


def xml(*objects):
    """A frame's annotation; an object is (track, xmin, ymin, xmax, ymax)."""
    corners = "<xmax>{3}</xmax><xmin>{1}</xmin><ymax>{4}</ymax><ymin>{2}</ymin>"
    found = "".join(
        f"<object><trackid>{o[0]}</trackid><name>n01</name><bndbox>{corners.format(*o)}</bndbox></object>"
        for o in objects
    )
    return f"<annotation><size><width>16</width></size>{found}</annotation>"


@pytest.fixture
def tree(tmp_path, frames, text):
    """Five frames: object 0 in frames 1, 2 and 4, object 1 in all, object 2 once."""
    frames(tmp_path / "Data/VID/train" / VIDEO, range(5), "{:06d}.JPEG")
    here = [(), (0,), (0, 2), (), (0,)]
    for frame, tracks in enumerate(here):
        objects = [(track, frame, 1, frame + 3, 5) for track in (*tracks, 1)]
        text(tmp_path / "Annotations/VID/train" / VIDEO / f"{frame:06d}.xml", xml(*objects))
    return tmp_path


def test_objects_are_sequences(tree, numbers):
    one, zero = open_dataset("vid", tree)
    assert (one.name, numbers(one)) == ("ILSVRC2015_train_00000001-1", [0, 1, 2, 3, 4])
    assert one.boxes == [(frame, 1, 4, 5) for frame in range(5)]
    assert (zero.name, numbers(zero)) == ("ILSVRC2015_train_00000001-0", [1, 2, 3, 4])
    assert zero.boxes == [(1, 1, 4, 5), (2, 1, 4, 5), None, (4, 1, 4, 5)]


def test_val_has_one_folder_less(tmp_path, frames, text):
    frames(tmp_path / "Data/VID/val/ILSVRC2015_val_00000000", (0, 1), "{:06d}.JPEG")
    for frame in range(2):
        text(tmp_path / f"Annotations/VID/val/ILSVRC2015_val_00000000/{frame:06d}.xml", xml((7, 0, 0, 9, 9)))
    assert [sequence.name for sequence in open_dataset("vid", tmp_path, "val")] == [
        "ILSVRC2015_val_00000000-7"
    ]
    assert len(open_dataset("vid", tmp_path)) == 1


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("shift_jis", "Shift_JIS"), ("gbk", "GBK"), ("utf-8", "none"), ("gbk", ""), ("utf-16", "utf-16")],
)
def test_encodings(tree, encoding, declared):
    path = tree / "Annotations/VID/train" / VIDEO / "000004.xml"
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    text = xml((0, "4.0", 1, 7, 5), (1, 4, 1, 7, "5,0")).replace("n01", "\u8eca")
    path.write_bytes((head + text + ("" if "16" in encoding else "\0")).encode(encoding))
    one, zero = open_dataset("vid", tree)
    assert one.box(4) == zero.box(3) == (4, 1, 4, 5)


def test_what_is_wrong_is_named(tree, text, refused):
    refused(r"VID/val: no such folder; it holds the XML files", "vid", tree, "val")
    annotation = tree / "Annotations/VID/train" / VIDEO
    for broken in (
        "<annotation>",
        "<annotation><object><trackid>1</trackid></object></annotation>",
        xml((1, "a", 0, 1, 1)),
    ):
        text(annotation / "000002.xml", broken)
        refused(r"000002\.xml: must be VID's XML", "vid", tree)
    text(annotation / "000002.xml", xml())
    text(annotation / "000009.xml", xml())
    refused(r"000009\.xml: annotates a frame that .*00000001 lacks", "vid", tree)
