"""Reading what people have: every usual codec, held any way, broken in the middle, cut off, through a pipe or
from an address; or no video at all.
"""

import gc
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import av
import cv2
import numpy as np
import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking import container, decoding
from siammixer.tracking.video import open_video

JPEG_START = b"\xff\xd8\xff"


def place(image):
    return round(float(image[10:, :, 0].mean()) / 20) if image is not None else None


def read(source, **options):
    with open_video(str(source), **options) as video:
        return list(video.frames), video


def places(source):
    return [place(frame.image) for frame in read(source)[0]]


def refused(source):
    with pytest.raises(InputError) as caught:
        read(source)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [
        ("a.mp4", "libx264", "yuv420p"),
        ("a.mov", "libx265", "yuv420p10le"),
        ("a.mp4", "libsvtav1", "yuv420p"),
        ("a.webm", "libvpx-vp9", "yuv420p"),
        ("a.mkv", "libx264", "yuv444p"),
        ("a.gif", "gif", "rgb8"),
        ("a.avi", "mjpeg", "yuvj420p"),
        ("a.avi", "rawvideo", "bgr24"),
        ("a.ts", "libx264", "yuv420p"),
        ("a.mov", "prores_ks", "yuv422p10le"),
        ("a.mkv", "ffv1", "gray16le"),
    ],
)
def test_codecs(name, codec, pixels, film, capfd):
    options = {"x265-params": "log-level=none"} if codec == "libx265" else None
    path = film(name, codec, pixels=pixels, options=options)
    capfd.readouterr()  # an encoder's words
    frames, video = read(path)
    assert (video.name, video.rate, video.count, video.problem) == (name, 20, 10, "")
    assert [frame.index for frame in frames] == list(range(10))
    np.testing.assert_allclose([frame.time for frame in frames], np.arange(10) / 20, atol=1e-6)
    assert all(frame.image.shape == (48, 64, 3) and frame.image.dtype == np.uint8 for frame in frames)
    if pixels != "gray16le":
        assert [place(frame.image) for frame in frames] == list(range(10))
    assert capfd.readouterr() == ("", "")  # FFmpeg keeps its thoughts to itself


@pytest.mark.parametrize(
    ("turned", "bright"),
    [(0, np.s_[:4]), (90, np.s_[:, :4]), (180, np.s_[-4:]), (-90, np.s_[:, -4:])],
)
def test_a_phone_held_any_way(turned, bright, film):
    """The stripe lies above in what is stored; a player turns the picture counterclockwise, and so do we."""
    path = film("a.mp4", turned=turned)
    image = read(path)[0][0].image
    assert image.shape == ((64, 48, 3) if turned in (90, -90) else (48, 64, 3)) and image[bright].min() > 200
    stored = read(path, upright=False)[0][0].image
    assert stored.shape == (48, 64, 3) and stored[:4].min() > 200


def test_a_mirrored_picture(film):
    path = film("a.mp4", turned=180)
    data = bytearray(path.read_bytes())
    at = data.index((-0x10000).to_bytes(4, "big", signed=True))
    data[at : at + 4] = (0x10000).to_bytes(4, "big")  # now upside down alone
    path.write_bytes(data)
    assert read(path)[0][0].image[-4:].min() > 200


def test_a_changing_rate_of_frames(film):
    times = [0, 1, 2, 10, 11, 30, 31, 32, 33, 60]
    frames, video = read(film("a.mp4", times=times))
    np.testing.assert_allclose([frame.time for frame in frames], np.array(times) / 20, atol=1e-6)
    assert 0 < video.rate < 20 and video.problem == ""


def jpegs(data):
    """The position in the file at which each frame starts."""
    starts, at = [], data.find(JPEG_START)
    while at >= 0:
        starts.append(at)
        at = data.find(JPEG_START, at + 3)
    return starts


def test_a_broken_frame_is_reported_and_the_next_ones_follow(film):
    avi = film("a.avi", "mjpeg", pixels="yuvj420p")
    data = bytearray(avi.read_bytes())
    fourth, sixth = jpegs(bytes(data))[4], jpegs(bytes(data))[6]
    data[fourth : sixth - 16] = bytes(sixth - 16 - fourth)
    avi.write_bytes(data)
    frames, _ = read(avi)
    assert [frame.index for frame in frames] == list(range(len(frames)))
    broken = [frame.index for frame in frames if frame.image is None]
    assert broken and frames[broken[0]].problem == f"a.avi: frame {broken[0]} cannot be decoded"
    assert broken[0] == 4 and [place(frame.image) for frame in frames[-4:]] == [6, 7, 8, 9]


def test_broken_frames_lie_where_they_would_be_seen(film):
    """Not where they are stored: a frame may be needed before it is shown."""
    path = film("a.mp4", options={"bf": "0", "g": "1"})
    with av.open(str(path)) as file:
        packets = [(packet.pos, packet.size) for packet in file.demux(video=0) if packet.size]
    data = bytearray(path.read_bytes())
    for at, size in (packets[3], packets[7]):
        data[at : at + size] = b"\xff" * size
    path.write_bytes(data)
    assert places(path) == [0, 1, 2, None, 4, 5, 6, None, 8, 9]


@pytest.mark.parametrize(
    ("name", "codec", "pixels"), [("a.avi", "mjpeg", "yuvj420p"), ("a.mkv", "mjpeg", "yuvj420p")]
)
def test_a_file_cut_off(name, codec, pixels, film):
    path = film(name, codec, 60, pixels=pixels)
    data = path.read_bytes()
    path.write_bytes(data[: jpegs(data)[6]])
    frames, video = read(path)
    assert [place(frame.image) for frame in frames] == list(range(6))
    assert video.problem in (
        f"{name}: ends after 6 of the 60 frames that it states",
        f"{name}: ends at 0.2 of the 3.0 seconds that it states",
    )


@pytest.mark.parametrize("content", [b"", b"hello", bytes(5000), b"\xff" * 5000])
def test_no_video(content, tmp_path, capfd):
    (tmp_path / "a.mp4").write_bytes(content)
    message = refused(tmp_path / "a.mp4")
    assert "a.mp4: not a readable video (" in message and "; accepted are video files" in message
    assert capfd.readouterr() == ("", "")


def test_a_recording_without_its_index(film):
    path = film("a.mp4")
    path.write_bytes(path.read_bytes().partition(b"moov")[0])
    assert "its index is missing: the recording was cut off before its end" in refused(path)


def test_a_codec_that_nobody_knows_is_named(film):
    path = film("my a.mp4")
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzzz"))
    message = refused(path)
    assert "coded as zzzz" in message and f"ffmpeg -i '{path}' -c:v libx264" in message


def test_encrypted_video_is_no_codec_to_recode(film):
    path = film("my a.mp4")
    path.write_bytes(path.read_bytes().replace(b"avc1", b"encv"))
    message = refused(path)
    assert "is encrypted (encv)" in message and "ffmpeg" not in message


def test_what_would_decode_it_is_told_with_the_codec(film):
    """As where the installed FFmpeg knows the codec but lacks its decoder: all frames are broken."""
    from siammixer.tracking.follow import first_frame

    path = film("a.avi", "mjpeg", 3, pixels="yuvj420p")
    data = path.read_bytes()
    start, end = jpegs(data)[0], data.index(b"idx1")
    path.write_bytes(data[:start] + bytes(end - start) + data[end:])
    message = rf"a\.avi: holds no frame .*coded as mjpeg; recode it .*ffmpeg -i {path} -c:v libx264"
    with open_video(str(path)) as video, pytest.raises(InputError, match=message):
        first_frame(video)


def test_sound_alone_is_no_video(tmp_path):
    with av.open(str(tmp_path / "a.wav"), "w") as file:
        stream = file.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        frame.rate = 8000
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    assert "a.wav: holds no video" in refused(tmp_path / "a.wav")


def test_a_name_is_no_address(film, tmp_path, monkeypatch):
    path = film("a.mp4")
    monkeypatch.chdir(tmp_path)
    path.rename(tmp_path / "http:a%03d.mp4")
    assert places("http:a%03d.mp4") == list(range(10))


def test_a_pipe(film, tmp_path):
    """Nothing is left out, however slowly it is tracked."""
    os.mkfifo(tmp_path / "pipe")
    feeder = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(film("a.mkv").read_bytes()))
    feeder.start()
    with open_video(str(tmp_path / "pipe")) as video:
        found = []
        for frame in video.frames:
            time.sleep(0.01)
            found.append(place(frame.image))
    feeder.join()
    assert found == list(range(10)) and (video.name, video.left_out, video.problem) == ("pipe", 0, "")


def test_standard_input(film):
    script = (
        "from siammixer.tracking.video import open_video\nwith open_video('-') as v: "
        "print(v.name, len(list(v.frames)), v.problem)"
    )
    with film("a.ts").open("rb") as file:
        found = subprocess.run([sys.executable, "-c", script], stdin=file, capture_output=True, text=True)
    assert (found.stdout, found.stderr) == ("standard input 10 \n", "")


@pytest.fixture
def server(film):
    """A web server with a film, and a camera that gives a picture as soon as it is allowed to."""
    path, allowed = film("a.mp4"), threading.Semaphore(0)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

        def do_GET(self):
            if self.path == "/a.mp4?key=secret":
                content = path.read_bytes()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            elif self.path == "/live":
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=xx")
                self.end_headers()
                for index in range(12):
                    allowed.acquire()
                    picture = cv2.imencode(".jpg", np.full((48, 64, 3), 20 * index, np.uint8))[1].tobytes()
                    head = f"--xx\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                    self.wfile.write(head.encode() + picture + b"\r\n")
                allowed.acquire()
            else:
                self.send_error(404)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.allowed = allowed
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    allowed.release(99)
    server.shutdown()
    server.server_close()


def test_a_film_from_an_address(server):
    """Its keys and passwords are not shown, and it is no camera: every frame counts."""
    frames, video = read(f"http://user:word@127.0.0.1:{server.server_port}/a.mp4?key=secret")
    assert [place(frame.image) for frame in frames] == list(range(10))
    assert (video.name, video.count) == (f"http://127.0.0.1:{server.server_port}/a.mp4", 10)


def test_a_camera_at_an_address_that_falls_silent(server, monkeypatch):
    """Frames that come while another is tracked are left out; silence ends it, with the reason."""
    monkeypatch.setattr(container, "PATIENCE", 2.0)
    monkeypatch.setattr(decoding, "PATIENCE", 2.0)
    server.allowed.release(12)
    with open_video(f"http://127.0.0.1:{server.server_port}/live") as video:
        first = next(video.frames)
        while video.left_out + 2 < 12:
            rest = next(video.frames, None)
            if rest is None:
                break
        assert list(video.frames) == []
    assert first.index == 0 and first.time == 0 and video.count is None
    assert video.problem.endswith("/live: ended (no answer within 2 seconds)")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://127.0.0.1:{port}/nothing", "404"),
        ("rtsp://user:word@127.0.0.1:1/cam?key=1", "Connection refused"),
        ("strange://x", "the installed FFmpeg does not speak strange"),
        ("http://nowhere.invalid/a.mp4", "cannot be opened"),
        ("http://[::1", "http://[::1: cannot be opened"),
        ("rtsp://user:word[1]@127.0.0.1:1/cam", "rtsp://127.0.0.1:1/cam: cannot be opened"),
        ("rtsp://user:word#1@127.0.0.1:1/cam", "must be written %2F, %3F and %23"),
        ("rtsp://user:word/1@127.0.0.1:1/cam", "must be written %2F, %3F and %23"),
        ("rtsp://user:12#word@127.0.0.1:1/cam", "must be written %2F, %3F and %23"),
        ("http://127.0.0.1:1/@user/a.mp4?key=a@b", "http://127.0.0.1:1/@user/a.mp4: cannot be opened"),
    ],
)
def test_what_does_not_open_says_why(address, reason, server, capfd):
    message = refused(address.format(port=server.server_port))
    assert reason in message and "key" not in message
    assert "word" not in message.replace("a password", "")
    assert capfd.readouterr() == ("", "")


def test_an_address_that_does_not_answer(monkeypatch):
    monkeypatch.setattr(container, "PATIENCE", 0.3)
    monkeypatch.setattr(decoding, "PATIENCE", 0.3)
    assert "no answer within 0.3 seconds" in refused("udp://127.0.0.1:39999")


@pytest.mark.parametrize("turned", [0, 90])
def test_pictures_are_freed_at_once(turned, film):
    """Garbage that waits to be collected would be hundreds of pictures: gigabytes, where they are large."""
    path = film("a.mp4", count=60, turned=turned)
    gc.collect()
    gc.disable()
    try:
        assert len(places(path)) == 60
        assert gc.collect() < 60
    finally:
        gc.enable()
