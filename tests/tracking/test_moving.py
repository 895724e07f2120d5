"""Image files with several frames: read whole where they are given alone, refused among other frames."""

import struct

import av
import cv2
import numpy as np
import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.headers import orientation, pages, several
from siammixer.tracking.images import decode
from siammixer.tracking.video import open_video

COUNT = 5


@pytest.fixture
def images():
    """Frames of 40 x 30 pixels, RGB, with a square that moves."""
    made = np.zeros((COUNT, 30, 40, 3), np.uint8)
    for index, image in enumerate(made):
        image[5:15, 4 * index : 4 * index + 10] = (250, 20, 40 * index)
    return list(made)


def animation(path, images, milliseconds=80):
    made = cv2.Animation()
    made.frames = [np.ascontiguousarray(image[..., ::-1]) for image in images]
    made.durations = np.full(len(images), milliseconds, np.int32)
    options = [cv2.IMWRITE_WEBP_QUALITY, 101] if path.suffix == ".webp" else []
    assert cv2.imwriteanimation(str(path), made, options)


def paged(path, images, deep=False):
    stored = [np.ascontiguousarray(image[..., ::-1]) for image in images]
    assert cv2.imwritemulti(str(path), [one.astype(np.uint16) * 257 if deep else one for one in stored])


@pytest.mark.parametrize("name", ["a.webp", "a.png", "a.gif", "a.tif", "deep.tif", "no suffix.tif", "1.jpg"])
def test_every_frame_is_read(name, images, tmp_path):
    path = tmp_path / name
    if name.endswith(".tif"):
        paged(path, images, deep=name == "deep.tif")
    else:
        animation(path.with_suffix(".webp") if name == "1.jpg" else path, images)
    if name == "1.jpg":  # the content counts, not the name
        path = path.with_suffix(".webp").rename(path)
    with open_video(str(path)) as video:
        frames = list(video.frames)
    assert len(frames) == COUNT and video.count in (COUNT, None) and not video.problem
    for frame, image in zip(frames, images, strict=True):
        assert frame.problem == ""
        assert name == "a.gif" or np.array_equal(frame.image, image)
    assert bool(frames[0].note) == (name == "deep.tif") and not frames[1].note
    if not name.endswith(".tif"):
        assert frames[2].time == pytest.approx(0.16) and video.rate == pytest.approx(12.5)


@pytest.mark.parametrize("name", ["a.webp", "a.png", "a.gif", "a.tif", "a.avif"])
def test_a_file_among_frames_is_one(name, images, tmp_path):
    paged(tmp_path / name, images) if name == "a.tif" else animation(tmp_path / name, images)
    with pytest.raises(InputError, match=rf"{name}: holds several frames, where a file among frames is one"):
        decode(tmp_path / name)
    still = tmp_path / f"still{name[1:]}"
    assert cv2.imwrite(str(still), images[0][..., ::-1])
    assert not several(still.read_bytes()) and decode(still).image.shape == images[0].shape


def test_pages_that_are_broken_or_no_frames(images, tmp_path):
    """A page that cannot be decoded is told at its place; a small copy of a page is none."""
    path = tmp_path / "a.tif"
    paged(path, images)
    data = bytearray(path.read_bytes())
    tables, at = [], struct.unpack_from("<I", data, 4)[0]
    while at:
        tables.append(at)
        at = struct.unpack_from("<I", data, at + 2 + 12 * struct.unpack_from("<H", data, at)[0])[0]
    path.write_bytes(data[: tables[3] + 2])
    with open_video(str(path)) as video:
        frames = list(video.frames)
    assert [bool(frame.problem) for frame in frames] == [False, False, False, True]
    assert "a.tif, page 4: not a readable image" in frames[3].problem
    assert all(
        np.array_equal(frame.image, image) for frame, image in zip(frames[:3], images[:3], strict=True)
    )
    struct.pack_into("<HHII", data, tables[3] + 2, 254, 4, 1, 1)
    assert pages(bytes(data)) == [0, 1, 2, 4]


def test_animations_that_cannot_be_read(images, tmp_path, monkeypatch):
    animation(tmp_path / "a.webp", images)
    whole = (tmp_path / "a.webp").read_bytes()
    (tmp_path / "cut.webp").write_bytes(whole[: len(whole) * 2 // 3])
    with (
        pytest.raises(InputError, match=r"cut\.webp: not a readable image"),
        open_video(str(tmp_path / "cut.webp")),
    ):
        pass
    monkeypatch.setattr("siammixer.tracking.moving.MOST_BYTES", 1000)
    with (
        pytest.raises(InputError, match=r"5 frames of 40 x 30 pixels would need .* GB of memory"),
        open_video(str(tmp_path / "a.webp")),
    ):
        pass


@pytest.mark.parametrize("brands", [b"heic\0\0\0\0mif1heic", b"mif1\0\0\0\0mif1heix"])
def test_pictures_that_are_not_read(brands, tmp_path):
    """Phones write HEIC; FFmpeg would take one tile of it for the picture."""
    heic = b"\0\0\0\x18ftyp" + brands
    for name, form, data in (("1.heic", "HEIC", heic), ("1.jxl", "JPEG XL", b"\xff\x0a")):
        (tmp_path / name).write_bytes(data + bytes(100))
        words = f"{name}: a picture in {form}, which is not read"
        with pytest.raises(InputError, match=words), open_video(str(tmp_path / name)):
            pass
        with pytest.raises(InputError, match=words):
            decode(tmp_path / name)


def test_pictures_that_are_left_out_are_told(images, tmp_path):
    """A telephone may change from JPEG to HEIC in the middle."""
    for name in ("1.jpg", "2.jpg"):
        cv2.imwrite(str(tmp_path / name), images[0])
    for name in ("3.HEIC", "4.heic", "5.dng", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    with open_video(str(tmp_path)) as video:
        notes = [frame.note for frame in video.frames]
    assert notes == ["pictures that are not read and left out: 2 .heic, 1 .dng", ""]


def test_avif_is_read(images, tmp_path):
    (tmp_path / "a.avif").write_bytes(cv2.imencode(".avif", images[0][..., ::-1])[1].tobytes())
    assert np.abs(decode(tmp_path / "a.avif").image.astype(int) - images[0]).mean() < 12
    deep = cv2.imencode(".avif", np.full((30, 40, 3), 600, np.uint16), [cv2.IMWRITE_AVIF_DEPTH, 10])[1]
    (tmp_path / "deep.avif").write_bytes(deep.tobytes())
    assert np.abs(decode(tmp_path / "deep.avif").image.astype(int) - 150).max() < 4


def exif(*entries, order=">", count=None, mark=b"Exif\0\0"):
    """A JPEG's segment with a table of these entries: tag, kind and value."""
    table = struct.pack(f"{order}H", len(entries) if count is None else count)
    for tag, kind, value in entries:
        form = {3: "HH", 4: "I"}[kind]
        table += struct.pack(f"{order}HHI{form}", tag, kind, 1, *((value, 0) if kind == 3 else (value,)))
    head = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(f"{order}I", 8)
    content = mark + head + table
    return b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        (exif((0x112, 3, 6)), 6),
        (exif((0x112, 3, 6), order="<"), 6),
        (exif((0x112, 4, 8)), 8),
        (exif((0x112, 3, 0)), 1),
        (exif((0x112, 3, 9)), 1),
        (exif((0x112, 3, 6), count=500), 6),
        (exif((0x100, 3, 40), (0x112, 3, 3)), 3),
        (exif((0x112, 3, 6))[:-6], 1),
        (exif((0x112, 3, 6), mark=b"http\0\0"), 1),
        (exif((0x112, 3, 6), mark=b"http\0\0") + exif((0x112, 3, 8)), 8),
        (b"\xff\xfe\0\x30" + exif((0x112, 3, 6))[4:].ljust(46), 1),
        (b"\xff\xff" + exif((0x112, 3, 6)), 6),
    ],
    ids=[
        *("big end first", "small end first", "of 32 bits", "0", "9", "a count too large", "not first"),
        *("cut off", "of another program", "after one of another program", "in a comment", "after filling"),
    ],
)
def test_the_tag_where_it_belongs(segments, expected, images, tmp_path):
    """Told and turned alike, whatever else the file holds."""
    plain = cv2.imencode(".jpg", images[0])[1].tobytes()
    data = plain[:2] + segments + plain[2:]
    (tmp_path / "1.jpg").write_bytes(data)
    found = decode(tmp_path / "1.jpg")
    assert orientation(data) == expected
    assert found.image.shape[:2] == ((40, 30) if expected > 4 else (30, 40))
    assert ("orientation" in found.note) == (expected != 1)


def test_a_sequence_of_avif_is_a_video(images, tmp_path):
    animation(tmp_path / "a.avif", images)
    with av.open(str(tmp_path / "a.avif")) as opened:
        assert opened.streams.best("video").frames == COUNT
    with open_video(str(tmp_path / "a.avif")) as video:
        assert len(list(video.frames)) == COUNT
