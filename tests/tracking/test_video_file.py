"""Video written and read again: what a browser plays, whole or refused."""

import os
import subprocess
import sys

import av
import numpy as np
import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking import video_file
from siammixer.tracking.video import open_video
from siammixer.tracking.video_file import VideoFile

SIZE = (64, 48)


def picture(index):
    return np.full((SIZE[1], SIZE[0], 3), (20 * index, 100, 200 - 10 * index), np.uint8)


def write(path, rate, times):
    with VideoFile(path, rate, SIZE) as file:
        for index, time in enumerate(times):
            file.write(picture(index), time)


def read(path):
    with open_video(str(path)) as video:
        return list(video.frames), video


@pytest.mark.parametrize("rate", [12.5, 25, 30000 / 1001, 24000 / 1001, 0.5, 240])
def test_writing_and_reading_again(rate, tmp_path):
    write(tmp_path / "a.mp4", rate, [None] * 5)
    frames, video = read(tmp_path / "a.mp4")
    assert (video.rate, video.count, video.problem) == (pytest.approx(rate), 5, "")
    np.testing.assert_allclose([frame.time for frame in frames], np.arange(5) / rate, atol=1e-4)
    for index, frame in enumerate(frames):
        assert np.abs(frame.image.astype(int) - picture(index)).max() < 4  # red is still red


def test_a_browser_plays_it(tmp_path):
    write(tmp_path / "a.mp4", 25, [None] * 5)
    with av.open(str(tmp_path / "a.mp4")) as file:
        context = file.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert (context.colorspace, context.color_range) == (1, 1)  # BT.709, as browsers suppose
    data = (tmp_path / "a.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # it starts before it is loaded


def test_the_frames_keep_their_times(tmp_path):
    """They are kept where they go on; a clock that was set anew does not end or stretch the video."""
    write(tmp_path / "a.mp4", 5, [0, 0.1, 0.9, None, 0.2, 0.7, 5000, 5000.5])
    frames, _ = read(tmp_path / "a.mp4")
    found = [frame.time for frame in frames]
    np.testing.assert_allclose(found, [0, 0.1, 0.9, 1.1, 1.3, 1.8, 2.0, 2.5], atol=1e-4)


@pytest.mark.parametrize("size", [(63, 48), (64, 47), (0, 48), (8194, 8)])
def test_sizes_refused(size, tmp_path):
    with pytest.raises(InputError, match="width and height of a video file must be even and at most 8192"):
        VideoFile(tmp_path / "a.mp4", 25, size)


def test_what_cannot_be_written(tmp_path, capfd):
    with pytest.raises(FileNotFoundError) as caught:
        VideoFile(tmp_path / "nowhere/a.mp4", 25, SIZE)
    assert caught.value.filename == str(tmp_path / "nowhere/a.mp4")
    message = r"a frame must be uint8 \(48, 64, 3\), not uint8 \(9, 9, 3\)"
    with VideoFile(tmp_path / "a.mp4", 25, SIZE) as file, pytest.raises(InputError, match=message):
        file.write(np.zeros((9, 9, 3), np.uint8))
        file.write(picture(0))
    assert capfd.readouterr() == ("", "")


def test_without_an_encoder_of_h264_another_is_taken(tmp_path, monkeypatch):
    assert video_file.advice("a.mp4") == ""
    monkeypatch.setattr(video_file, "ENCODERS", ("nonsense", "mpeg4"))
    assert "ffmpeg -i 'my walk.mp4' -c:v libx264" in video_file.advice("my walk.mp4")
    with VideoFile(tmp_path / "a.mp4", 25, SIZE) as file:
        file.write(picture(3))
    assert file.encoder == "mpeg4" and len(read(tmp_path / "a.mp4")[0]) == 1


FULL = """
import resource, signal, sys
import numpy as np
from siammixer.tracking.video_file import VideoFile
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
noise = np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8)
try:
    with VideoFile(sys.argv[1], 25, (64, 48)) as file:
        for _ in range(60):
            file.write(noise)
except OSError as error:
    print(error.errno, error.filename)
"""


@pytest.mark.parametrize("limit", [0, 100, 4000, -1])
def test_a_full_disk_is_told(limit, tmp_path):
    """At the first byte, in the middle, and where the index alone has no place."""
    path = tmp_path / "a.mp4"
    if limit < 0:
        subprocess.run([sys.executable, "-c", FULL, path, "1000000"], check=True)
        limit = path.stat().st_size - 10
    found = subprocess.run([sys.executable, "-c", FULL, path, str(limit)], capture_output=True, text=True)
    assert found.stdout == f"{27} {path}\n" and found.stderr == "" and os.strerror(27) == "File too large"
