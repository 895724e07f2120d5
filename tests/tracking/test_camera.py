"""A camera that is made up: OpenCV's answers, and when they come, are chosen here."""

import threading

import cv2
import numpy as np
import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.video import open_video


class Camera:
    """Gives three frames, the next one only when allowed to."""

    def __init__(self, size=(64, 48)):
        self.allowed, self.taken, self.asked = threading.Semaphore(0), threading.Semaphore(0), {}
        self.left, self.size, self.released = 3, size, False

    def get(self, what):
        sides = {cv2.CAP_PROP_FRAME_WIDTH: self.size[0], cv2.CAP_PROP_FRAME_HEIGHT: self.size[1]}
        return float(sides.get(what, -1))

    def set(self, what, value):
        self.asked[what] = value

    def isOpened(self):  # noqa: N802
        return True

    def read(self):
        self.taken.release()
        self.allowed.acquire()
        self.left -= 1
        return self.left >= 0, np.full((48, 64, 3), (1, 2, self.left), np.uint8)

    def release(self):
        self.released = True


@pytest.fixture
def camera(monkeypatch):
    camera = Camera()
    monkeypatch.setattr(cv2, "VideoCapture", lambda source: camera)
    return camera


def test_a_camera_is_read_until_it_ends(camera):
    with open_video("0") as video:
        camera.allowed.release()
        frames = [next(video.frames)]
        for _ in range(2):
            camera.allowed.release()
            frames.append(next(video.frames))
        camera.allowed.release()
        assert next(video.frames, None) is None
    assert [tuple(frame.image[0, 0]) for frame in frames] == [(2, 2, 1), (1, 2, 1), (0, 2, 1)]  # RGB
    assert [frame.index for frame in frames] == [0, 1, 2] and frames[0].time == 0
    assert frames[2].time > frames[1].time > 0
    assert (video.name, video.count, video.rate, video.left_out) == ("camera 0", None, 25, 0)
    assert video.problem == "camera 0: gives no more frames" and camera.released


def test_what_comes_meanwhile_is_left_out(camera):
    """The tracker gets what the camera sees now; the frames are numbered without gaps."""
    with open_video("0") as video:
        camera.allowed.release()
        first = next(video.frames)
        for _ in range(3):
            camera.allowed.release()
            assert camera.taken.acquire(timeout=5)
        assert camera.taken.acquire(timeout=5)
        rest = list(video.frames)
    assert first.image[0, 0, 0] == 2 and [frame.image[0, 0, 0] for frame in rest] == [0]
    assert [frame.index for frame in rest] == [1] and video.left_out == 1


@pytest.mark.parametrize(
    ("given", "note"), [((1280, 720), ""), ((640, 480), "gives 640 x 480 pixels, not 1280 x 720")]
)
def test_a_size_is_asked_for(given, note, camera):
    camera.size = given
    camera.allowed.release(9)
    with open_video("/dev/video0", camera_size=(1280, 720)) as video:
        assert next(video.frames).note == note
    assert camera.asked[cv2.CAP_PROP_FRAME_WIDTH] == 1280 and camera.asked[cv2.CAP_PROP_FRAME_HEIGHT] == 720


@pytest.mark.parametrize("source", ["97", "/dev/video97"])
def test_no_camera(source, capfd):
    message = rf"^camera {source}: cannot be opened \(there is no /dev/video97; there are: .*\); accepted are"
    with pytest.raises(InputError, match=message), open_video(source):
        pass
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("rights", "message"), [(False, "is not yours to use; its group"), (True, "another program may use it")]
)
def test_a_camera_that_is_there_but_does_not_open(rights, message, tmp_path, monkeypatch):
    from siammixer.tracking import camera

    monkeypatch.setattr(camera.Path, "exists", lambda path: str(path).startswith("/dev/video"))
    monkeypatch.setattr(camera.os, "access", lambda path, mode: rights)
    with pytest.raises(InputError, match=message), open_video("3"):
        pass


@pytest.mark.parametrize("source", ["200", "9999999999999999999999"])
def test_large_numbers_are_cameras_of_their_own(source, monkeypatch):
    """OpenCV takes 200 for camera 0 in another way, and fails with what is no number of C."""
    opened = []

    class Closed(Camera):
        def isOpened(self):  # noqa: N802
            return False

    monkeypatch.setattr(cv2, "VideoCapture", lambda source: opened.append(source) or Closed())
    with pytest.raises(InputError, match=f"there is no /dev/video{source}"), open_video(source):
        pass
    assert opened == [f"/dev/video{source}"]
