"""Sources that are none, break off, or change in the middle: each says its own reason."""

import socket
import threading

import av
import cv2
import numpy as np
import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.video import open_video


def refused(source):
    with pytest.raises(InputError) as caught, open_video(str(source)) as video:
        list(video.frames)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"hello this is text\n", "it holds text"),
        ("<!DOCTYPE html><title>é</title>".encode(), "it holds text"),
        (("é" * 5000).encode()[:5001], "it holds text"),
        (bytes(5000), "it does not begin as such a file does"),
        (bytes(range(128, 256)) * 40, "it does not begin as such a file does"),
    ],
)
def test_what_is_no_video_has_its_own_reason(content, reason, tmp_path):
    (tmp_path / "a.mp4").write_bytes(content)
    assert f"a.mp4: not a readable video ({reason}); accepted are" in refused(tmp_path / "a.mp4")
    if content and reason == "it holds text":
        (tmp_path / "a.mp4").rename(tmp_path / "a.avi")
        assert reason in refused(tmp_path / "a.avi")


@pytest.fixture
def dying():
    """Serves a share of a file's bytes, of which it promises all, and then breaks the connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(data, share):
        def answer():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(9999)
                    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\n\r\n"
                    connection.sendall(head.encode() + data[: int(len(data) * share)])

        threading.Thread(target=answer, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/a.mkv"

    yield serve
    listener.close()


def test_a_server_that_dies(film, dying):
    data = film("a.mkv", count=60).read_bytes()
    with open_video(dying(data, 0.6)) as video:
        count = len(list(video.frames))
    assert 5 < count < 55
    assert video.problem.endswith("a.mkv: ended (the connection broke off)")
    assert video.advice == "the connection broke off"


def test_a_server_that_dies_at_once(film, dying):
    words = "cannot be opened (the connection ended before anything that can be read had come)"
    assert words in refused(dying(film("a.mkv").read_bytes(), 0))


def test_an_index_that_does_not_come(film, dying):
    words = "its index did not come: the connection ended before, or the recording was cut off"
    data = film("a.mp4", count=40).read_bytes()
    assert data.index(b"mdat") < data.index(b"moov")
    assert words in refused(dying(data, 0.5))


def stream(path, size, red):
    """Three frames of one colour, appended to a stream that can be joined to another."""
    with av.open(str(path), "w", format="mpegts") as file:
        made = file.add_stream("mpeg2video", rate=25)
        made.width, made.height, made.pix_fmt = *size, "yuv420p"
        for _ in range(3):
            image = np.full((size[1], size[0], 3), (red, 0, 0), np.uint8)
            file.mux(made.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        file.mux(made.encode(None))
    return path.read_bytes()


@pytest.mark.parametrize(
    ("size", "after", "words"), [((96, 64), (192, 128), "scaled"), ((128, 192), (128, 192), "own pixels")]
)
def test_another_size_in_the_middle_of_a_stream(size, after, words, tmp_path):
    """A frame of the same shape is the same picture, and is scaled as players do; it is told once."""
    path = tmp_path / "a.ts"
    path.write_bytes(stream(tmp_path / "1.ts", (192, 128), 200) + stream(tmp_path / "2.ts", size, 90))
    with open_video(str(path)) as video:
        frames = list(video.frames)
    assert {frame.size for frame in frames[:2]} == {(192, 128)}
    assert {frame.size for frame in frames[4:]} == {after}
    assert abs(int(frames[-1].image[..., 0].mean()) - 90) < 6
    (told,) = [frame.note for frame in frames if frame.note]
    assert f"of {size[0]} x {size[1]} pixels, and the first of 192 x 128" in told and words in told


def test_another_size_in_the_middle_of_a_folder(tmp_path):
    for index, side in enumerate((40, 40, 30, 30, 20)):
        cv2.imwrite(str(tmp_path / f"{index}.png"), np.full((side, side, 3), index, np.uint8))
    with open_video(str(tmp_path)) as video:
        frames = list(video.frames)
    assert [frame.size[0] for frame in frames] == [40, 40, 30, 30, 20]
    assert [frame.index for frame in frames if frame.note] == [2]
    assert frames[2].note == (
        "2.png and perhaps others: of 30 x 30 pixels, and the first of 40 x 40; every frame's box counts in "
        "its own pixels"
    )
