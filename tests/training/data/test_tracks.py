"""Tracks out of folders of crops and out of whole frames."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box
from siammixer.tracking.clip import Clip
from siammixer.tracking.crop import crop, mean_colour, template_window
from siammixer.tracking.sequence import FileSequence, Sequence
from siammixer.training.data.tracks import CROP_SIDE, CropTrack, read_tracks, tracks_of, write_crops


class Still(Sequence):
    """An image that grows brighter by 1 from frame to frame; the boxes are given."""

    def __init__(self, image, boxes):
        super().__init__("still", boxes)
        self.shown = image

    def __len__(self):
        return len(self._boxes)

    def _image(self, index):
        return self.shown + np.uint8(index)


def test_near_counts_frames_not_crops():
    track = CropTrack("a", (0, 5, 10, 11, 40), (b"",) * 5, (None,) * 5)
    assert list(track.near(1, 1, 6)) == [2, 3]
    assert list(track.near(2, -10, 0)) == [0, 1, 2]
    assert list(track.near(4, 1, 30)) == []


@pytest.mark.parametrize(
    "box",
    [Box(180, 120, 60, 90), Box(10, 200, 33.5, 20.25), Box(-30, -20, 100, 80), Box(300, 250, 400, 200)],
    ids=str,
)
def test_a_frame_is_cut_like_the_tracker_cuts_it(box):
    """In the middle, partly outside, shrunk; the tracker counts positions in 1/256, OpenCV in 1/32 pixel."""
    image = Clip(frames=1).image(0)
    window = replace(template_window(box, NETWORKS["siammixer"]), side=CROP_SIDE)
    (track,) = tracks_of([Still(image, [box])])
    difference = np.abs(track.image(0).astype(int) - crop(image, window))
    # A step between neighbours of 255 shows 255/32 for a position that is 1/32 off.
    assert difference.max() <= 12 and difference.mean() < 0.3
    assert track.size(0) == pytest.approx(window.to_crop(box)[2:], rel=1e-3)


def test_outside_the_frame_is_its_mean_colour():
    image = np.random.default_rng(3).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    (track,) = tracks_of([Still(image, [Box(20, 10, 20, 20)])])
    assert (track.image(0)[0, 0] == mean_colour(image)).all()


def test_frames_without_a_box_are_left_out():
    boxes = [Box(9, 9, 9, 9), None, Box(9, 9, 18, 18), None]
    (track,) = tracks_of([Still(np.zeros((40, 60, 3), np.uint8), boxes)])
    assert track.frames == (0, 2) and list(track.near(0, 1, 5)) == [1]
    assert (track.image(0) == 0).all() and (track.image(1) == 2).all()
    # A square box takes half of its context's side.
    assert [track.size(index) for index in range(2)] == [(63.5, 63.5)] * 2


def test_written_crops_read_back(tmp_path):
    """Frame numbers, sizes to 1/100 pixel and, but for JPEG, the pixels."""
    clip = Clip(frames=5)
    assert write_crops([clip], tmp_path / "crops", every=2) == []
    (read,), (cut,) = read_tracks(tmp_path / "crops"), tracks_of([clip])
    assert read.name == clip.name and read.frames == (0, 2, 4)
    assert (
        np.abs(
            np.array(read.sizes) - np.array([cut.size(index) for index in range(0, len(cut.frames), 2)])
        ).max()
        <= 0.005
    )
    for index in range(3):
        assert np.abs(read.image(index).astype(int) - cut.image(2 * index)).mean() < 3


def test_broken_frames_are_reported_and_left_out(tmp_path):
    for frame in range(3):
        cv2.imwrite(str(tmp_path / f"{frame}.png"), np.zeros((40, 60, 3), np.uint8))
    (tmp_path / "1.png").write_bytes(b"broken")
    sequence = FileSequence("seq", tmp_path, ["0.png", "1.png", "2.png"], [Box(9, 9, 9, 9)] * 3)
    (message,) = write_crops([sequence], tmp_path / "crops")
    assert "1.png: not a readable image" in message
    assert read_tracks(tmp_path / "crops")[0].frames == (0, 2)


def test_an_interrupted_run_goes_on(tmp_path):
    """A finished part is not done again."""
    first, second = Still(np.zeros((40, 60, 3), np.uint8), [Box(9, 9, 9, 9)]), Clip(frames=1)
    write_crops([first], tmp_path)
    (tmp_path / "still" / "targets.csv").write_text("frame\n0\n")
    write_crops([first, second], tmp_path)
    still, clip = sorted(read_tracks(tmp_path), key=lambda track: len(track.name))
    assert still.sizes == (None,) and clip.name == second.name


def test_crops_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match=r"file/.*: cannot be written"):
        write_crops([Clip(frames=1)], tmp_path / "file")


def test_sizes_of_both_layouts(tmp_path):
    (tmp_path / "x.png").write_bytes(b"")
    (tmp_path / "index.csv").write_text("file,source,track,frame,w,h\nx.png,a,t,0,10.5,20\nx.png,a,t,1,,\n")
    assert read_tracks(tmp_path)[0].sizes == ((10.5, 20), None)
    (tmp_path / "index.csv").write_text("file,source,track,frame,w,h\nx.png,a,t,0,wide,20\n")
    with pytest.raises(InputError, match=r"index\.csv: rows must have"):
        read_tracks(tmp_path)


def test_the_index_layout_and_stills(tmp_path):
    """One track name in two sources is two targets, each a still."""
    rows = ["file,source,track,frame"]
    images = np.random.default_rng(0).integers(0, 256, (2, 319, 319, 3), dtype=np.uint8)
    for source, image in zip("ab", images, strict=True):
        cv2.imwrite(str(tmp_path / f"{source}.png"), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        rows.append(f"{source}.png,{source},same,0")
    (tmp_path / "index.csv").write_text("\n".join(rows))
    tracks = read_tracks(tmp_path)
    assert [track.name for track in tracks] == ["a/same", "b/same"]
    assert (np.stack([track.image(0) for track in tracks]) == images).all()


def test_bad_folders_are_named(tmp_path):
    with pytest.raises(InputError, match="missing: no such folder"):
        read_tracks(tmp_path / "missing")
    with pytest.raises(InputError, match="holds no crops"):
        read_tracks(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "targets.csv").write_text("frame,width,height\n1,2,3\n")
    with pytest.raises(InputError, match=r"00001\.jpg: cannot be read"):
        read_tracks(tmp_path)
    (tmp_path / "a" / "00001.jpg").write_bytes(b"no image")
    (track,) = read_tracks(tmp_path)
    assert track.sizes == ((2, 3),)
    with pytest.raises(InputError, match="a, frame 1: not a readable image"):
        track.image(0)
    (tmp_path / "a" / "targets.csv").write_text("frame,width,height\nfirst,2,3\n")
    with pytest.raises(InputError, match=r"targets\.csv: rows must"):
        read_tracks(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_tables_as_other_programs_write_them(tmp_path, encoding, separator):
    """Any encoding and separator, ends of lines of DOS, names of columns in capitals, names beyond ASCII."""
    rows = ["Frame, Width, Height", "7, 60.5, 90, ", "", "3, 50, 80"]
    (tmp_path / "Übung").mkdir()
    table = "\r\n".join(rows).replace(", ", separator)
    (tmp_path / "Übung/targets.csv").write_bytes(table.encode(encoding))
    for frame in (3, 7):
        cv2.imwrite(str(tmp_path / f"Übung/{frame:05d}.jpg"), np.zeros((9, 9, 3), np.uint8))
    (track,) = read_tracks(tmp_path)
    assert (track.name, track.frames) == ("Übung", (3, 7)) and track.size(1) == (60.5, 90)
    assert track.image(0).shape == (9, 9, 3)
    rows = ("file", "source", "track", "frame"), ("Übung/00003.jpg", "Ä", "ö", "0")
    (tmp_path / "index.csv").write_bytes("\n".join(map(separator.join, rows)).encode(encoding))
    (track,) = read_tracks(tmp_path)
    assert track.name == "Ä/ö" and track.size(0) is None


def test_a_table_that_is_no_text(tmp_path):
    (tmp_path / "index.csv").write_bytes(b"file,source\0\1\2")
    with pytest.raises(InputError, match=r"index\.csv: is no text in an encoding that is known"):
        read_tracks(tmp_path)


def test_a_crop_that_is_broken_names_itself(tmp_path):
    track = CropTrack("a", (4,), (b"broken",), (None,))
    with pytest.raises(InputError, match="crop of a, frame 4: not a readable image"):
        track.image(0)
