"""Reading and writing video, with files made here: sound, broken in the middle, cut off, no video at all."""

import cv2
import numpy as np
import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box
from siammixer.tracking.clip import Clip
from siammixer.tracking.sequence import write_folder
from siammixer.tracking.video import Placing, VideoFile, letterbox, open_video

SIZE = (64, 48)
JPEG_START = b"\xff\xd8\xff"


def picture(index):
    """A frame that tells its place by its colour, coded or not."""
    return np.full((SIZE[1], SIZE[0], 3), (20 * index, 100, 200 - 10 * index), np.uint8)


def place(image):
    return round(float(image[..., 0].mean()) / 20)


def read(source):
    with open_video(str(source)) as video:
        return list(video.frames), video


@pytest.fixture
def avi(tmp_path):
    """Ten frames, a JPEG each."""
    writer = cv2.VideoWriter(str(tmp_path / "a.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 20, SIZE)
    for index in range(10):
        writer.write(picture(index)[..., ::-1])
    writer.release()
    return tmp_path / "a.avi"


def jpegs(data):
    """The position in the file at which each frame starts."""
    starts, at = [], data.find(JPEG_START)
    while at >= 0:
        starts.append(at)
        at = data.find(JPEG_START, at + 3)
    return starts


def test_a_file(avi):
    frames, video = read(avi)
    assert [(frame.index, place(frame.image)) for frame in frames] == [(index, index) for index in range(10)]
    assert frames[0].image.shape == (48, 64, 3) and frames[0].image.dtype == np.uint8
    assert (video.name, video.rate, video.count, video.first_box, video.problem) == (
        "a.avi",
        20,
        10,
        None,
        "",
    )


def test_a_broken_frame_is_reported_and_the_next_ones_follow(avi):
    data = bytearray(avi.read_bytes())
    fourth, sixth = jpegs(bytes(data))[4], jpegs(bytes(data))[6]
    data[fourth : sixth - 16] = bytes(sixth - 16 - fourth)
    avi.write_bytes(data)
    frames, _ = read(avi)
    assert [frame.index for frame in frames] == list(range(len(frames)))
    broken = [frame.index for frame in frames if frame.image is None]
    assert broken and frames[broken[0]].problem == f"a.avi: frame {broken[0]} cannot be decoded"
    assert broken[0] == 4 and [place(frame.image) for frame in frames[-4:]] == [6, 7, 8, 9]


def test_a_file_cut_off(avi):
    data = avi.read_bytes()
    avi.write_bytes(data[: jpegs(data)[6]])
    frames, video = read(avi)
    assert [place(frame.image) for frame in frames] == list(range(6))
    assert video.problem == "a.avi: ends after 6 of the 10 frames that it states"


@pytest.mark.parametrize("content", [b"", b"hello", bytes(5000), b"\xff" * 5000])
def test_no_video(content, tmp_path, capfd):
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.mp4: not a readable video; accepted are video files"):
        read(tmp_path / "a.mp4")
    assert capfd.readouterr() == ("", "")  # FFmpeg keeps its thoughts to itself


@pytest.mark.parametrize("name", ["nowhere.mp4", "", "nowhere"])
def test_no_file(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="no such file or folder; accepted are"):
        read(name)


def test_no_camera(capfd):
    with pytest.raises(InputError, match=r"^camera 97: cannot be opened; accepted are"):
        read("97")
    assert capfd.readouterr() == ("", "")


def test_a_camera_has_no_end_of_its_own(monkeypatch):
    class Camera:
        left = 3

        def get(self, what):
            return -1.0

        def isOpened(self):  # noqa: N802
            return True

        def read(self):
            self.left -= 1
            return self.left >= 0, picture(self.left)

        def release(self):
            pass

    monkeypatch.setattr(cv2, "VideoCapture", lambda number: Camera())
    frames, video = read("0")
    assert len(frames) == 3 and (video.name, video.count, video.rate, video.problem) == (
        "camera 0",
        None,
        25,
        "",
    )


def images(folder, sizes, broken=()):
    folder.mkdir(parents=True)
    for index, (width, height) in enumerate(sizes):
        cv2.imwrite(str(folder / f"{index + 8}.png"), np.full((height, width, 3), index, np.uint8))
    for index in broken:
        (folder / f"{index + 8}.png").write_bytes(b"broken")


def test_a_folder_whose_images_differ_in_size_and_one_is_broken(tmp_path):
    images(tmp_path / "walk", [(40, 30), (20, 10), (40, 30), (8, 50)], broken=[2])
    frames, video = read(tmp_path / "walk")
    assert [frame.image is None for frame in frames] == [False, False, True, False]
    assert [frame.image.shape[:2] for frame in frames if frame.image is not None] == [
        (30, 40),
        (10, 20),
        (50, 8),
    ]
    assert "10.png: not a readable image" in frames[2].problem
    assert (video.name, video.count, video.first_box) == ("walk", 4, None)


def test_a_sequence_folder_brings_its_box(tmp_path):
    write_folder(Clip(frames=2, width=160, height=120), tmp_path / "seq")
    frames, video = read(tmp_path / "seq")
    assert video.first_box == Clip(frames=2, width=160, height=120).box(0) and len(frames) == 2
    (tmp_path / "seq/groundtruth_rect.txt").unlink()
    assert read(tmp_path / "seq")[1].first_box is None


def test_a_folder_without_images(tmp_path):
    with pytest.raises(InputError, match=r"holds no frame; accepted are \.jpg, \.png, "):
        read(tmp_path)


def test_the_clip():
    with open_video(None) as video:
        assert (video.count, video.first_box) == (60, Clip().box(0))
        assert (next(video.frames).image == Clip().image(0)).all()


def test_writing_and_reading_again(tmp_path):
    with VideoFile(tmp_path / "b.mp4", 12.5, SIZE) as file:
        for index in range(5):
            file.write(picture(index))
    frames, video = read(tmp_path / "b.mp4")
    assert [place(frame.image) for frame in frames] == list(range(5)) and video.rate == 12.5
    assert np.abs(frames[3].image.astype(int) - picture(3)).max() < 8  # red is still red


@pytest.mark.parametrize("size", [(63, 48), (64, 47), (0, 48)])
def test_odd_sizes_are_refused(size, tmp_path):
    with pytest.raises(InputError, match="width and height of a video file must be even"):
        VideoFile(tmp_path / "b.mp4", 25, size)


def test_what_cannot_be_written(tmp_path, capfd):
    with pytest.raises(InputError, match=r"b\.mp4: cannot be written as video"):
        VideoFile(tmp_path / "nowhere/b.mp4", 25, SIZE)
    message = r"a frame must be uint8 \(48, 64, 3\), not uint8 \(9, 9, 3\)"
    with VideoFile(tmp_path / "b.mp4", 25, SIZE) as file, pytest.raises(InputError, match=message):
        file.write(np.zeros((9, 9, 3), np.uint8))


@pytest.mark.parametrize(
    ("image", "canvas", "expected"),
    [
        ((40, 30), (40, 30), (1, 0, 0)),
        ((40, 30), (80, 60), (2, 0, 0)),
        ((20, 30), (40, 30), (1, 10, 0)),
        ((80, 30), (40, 30), (0.5, 0, 7)),
    ],
)
def test_letterbox(image, canvas, expected):
    """The image's shape stays, black fills the rest, and a box moves along."""
    scale, left, top = expected
    result, placing = letterbox(np.full((image[1], image[0], 3), 200, np.uint8), canvas)
    assert placing == Placing(scale=scale, left=left, top=top) and result.shape == (canvas[1], canvas[0], 3)
    wanted = np.zeros_like(result)
    wanted[top : top + int(image[1] * scale), left : left + int(image[0] * scale)] = 200
    assert (result == wanted).all()
    assert placing.box(Box(2, 4, 6, 8)) == (left + 2 * scale, top + 4 * scale, 6 * scale, 8 * scale)
