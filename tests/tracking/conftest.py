from fractions import Fraction

import av
import cv2
import numpy as np
import pytest


@pytest.fixture
def folder(tmp_path):
    """A sound sequence of three 40 x 30 frames, whose pixels tell the frame, and two boxes."""
    (tmp_path / "seq/img").mkdir(parents=True)
    for index in range(3):
        cv2.imwrite(
            str(tmp_path / f"seq/img/{index + 9}.png"), np.full((30, 40, 3), (index, 20, 200), np.uint8)
        )
    (tmp_path / "seq/groundtruth_rect.txt").write_text("1,2,10,12\n3.5\t4\t10\t12\n")
    return tmp_path / "seq"


@pytest.fixture
def turned():
    """turned(image, orientation=6): the bytes of a JPEG of that EXIF orientation, 1 to 8; 6 is a telephone
    held upright.
    """

    def encode(image, orientation=6):
        jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes()
        entry = b"\x12\x01\x03\0\x01\0\0\0" + bytes([orientation, 0, 0, 0])
        tags = b"II*\0\x08\0\0\0" + b"\x01\0" + entry + b"\0\0\0\0"
        part = b"\xff\xe1" + (len(tags) + 8).to_bytes(2, "big") + b"Exif\0\0" + tags
        return jpeg[:2] + part + jpeg[2:]

    return encode


@pytest.fixture
def film(tmp_path):
    """Writes a video of frames whose colour tells their place, coded or not: film(name, codec, frames)."""

    def write(name, codec="libx264", count=10, *, times=None, turned=0, pixels="yuv420p", options=None):
        with av.open(str(tmp_path / name), "w") as file:
            stream = file.add_stream(codec, rate=20, options=options or {})
            stream.width, stream.height, stream.pix_fmt = 64, 48, pixels
            if turned:
                stream.set_display_rotation(turned)
            for index in range(count):
                frame = av.VideoFrame.from_ndarray(picture(index), format="rgb24")
                if times is not None:
                    frame.pts, frame.time_base = times[index], Fraction(1, 20)
                file.mux(stream.encode(frame))
            file.mux(stream.encode(None))
        return tmp_path / name

    return write


def picture(index):
    """A frame that tells its place by its colour, and by a bright stripe where above is."""
    image = np.full((48, 64, 3), (20 * (index % 12), 100, 60), np.uint8)
    image[:8] = 255
    return image
