"""Folders of pictures as people have them, through the commands."""

import json

import cv2
import numpy as np
import pytest

from siammixer.cli.main import main
from siammixer.tracking.clip import Clip

CLIP = Clip(frames=4, width=160, height=120)
BOX = ",".join(f"{value:.2f}" for value in CLIP.box(0))


def exif_jpeg(image):
    """A telephone held upright: the pixels lie on their side, and a tag says so."""
    jpeg = cv2.imencode(".jpg", np.rot90(image)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes()
    tags = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    return jpeg[:2] + b"\xff\xe1" + (len(tags) + 8).to_bytes(2, "big") + b"Exif\0\0" + tags + jpeg[2:]


def png(image):
    return cv2.imencode(".png", image[..., ::-1])[1].tobytes()


@pytest.fixture
def folder(tmp_path):
    """folder(names, encode=png, place="shots"): the clip's frames under these names, in another order."""

    def make(names, encode=png, place="shots"):
        (tmp_path / place).mkdir()
        for index in sorted(range(len(names)), key=lambda index: names[index]):
            (tmp_path / place / names[index]).write_bytes(encode(CLIP.image(index)))
        return tmp_path / place

    return make


@pytest.fixture
def track(out, capsys):
    """track(*options): the boxes found and what was said; the status must be 0."""

    def run(*options):
        words = ["track", "--network", "tiny", "--json", out / "r.json", *options]
        assert main(list(map(str, words))) == 0
        found = json.loads((out / "r.json").read_text())
        return [frame["box"] for frame in found["frames"]], capsys.readouterr().err

    return run


@pytest.mark.parametrize(
    "names",
    [
        ["img (8).png", "img (9).png", "img (10).png", "img (11).png"],
        ["8_color.png", "9_color.png", "10_color.png", "11_color.png"],
        ["1305031102.800000.png", "1305031102.900000.png", "1305031103.100000.png", "1305031103.200000.png"],
    ],
)
def test_the_order_of_frames(names, folder, track):
    plain = folder(["0001.png", "0002.png", "0003.png", "0004.png"], place="plain")
    assert track(folder(names), "--box", BOX) == track(plain, "--box", BOX)


def test_pictures_of_a_telephone(folder, track):
    """The box is read off the upright picture; this is told once, and the other way is there."""
    names = [f"IMG_{index}.JPG" for index in range(8, 12)]
    shots = folder(names, exif_jpeg)
    boxes, said = track(shots, "--box", BOX)
    assert said.count("orientation") == 1 and "shots: IMG_8.JPG and perhaps others: stored turned" in said
    assert np.allclose(boxes[-1], CLIP.box(3), atol=12)
    _, said = track(shots, "--box", "10,10,40,40", "--as-stored")
    assert "orientation" not in said


def test_evaluate_tells_once_of_turned_pictures(folder, out, capsys):
    shots = folder([f"IMG_{index}.JPG" for index in range(8, 12)], exif_jpeg)
    (shots / "groundtruth.txt").write_bytes(("\ufeff" + BOX + ",\r\n").encode("utf-16-le"))
    words = [
        "evaluate",
        "--dataset",
        "otb",
        "--root",
        shots.parent,
        "--network",
        "tiny",
        "--sequences",
        "shots",
    ]
    assert main([*map(str, words), "--baselines", "static"]) == 0
    assert capsys.readouterr().err.count("orientation") == 1


@pytest.mark.parametrize(
    "box", [["--box", "-5,2,30,40"], ["--box", "-5", "2", "30", "40"], ["--box=-5 2 30 40"]]
)
def test_boxes_that_begin_with_a_minus(box, folder, track):
    shots = folder(["1.bmp", "2.bmp"], lambda image: cv2.imencode(".bmp", image)[1].tobytes())
    boxes, _ = track(shots, *box)
    assert boxes[0] == [-5, 2, 30, 40]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["1.9.png", "1.10.png"], "the order of 1.9.png and 1.10.png cannot be told"),
        (["a1.png", "a2.png", "cover.png"], "2 like a1.png and 1 like cover.png, whose order cannot be told"),
        (["1.png", "01.png"], "01.png and 1.png have the same place in the order of frames"),
        ([], "holds no frame; accepted are .jpg, .png, .bmp, .tif"),
    ],
)
def test_what_cannot_be_told_is_refused(names, message, folder, capsys):
    assert main(["track", str(folder(names)), "--network", "tiny", "--box", BOX]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_a_pattern_that_the_shell_has_taken_apart(folder, capsys):
    shots = folder(["1.png", "2.png", "3.png"])
    assert main(["track", *map(str, sorted(shots.iterdir())), "--box", BOX]) == 2
    error = capsys.readouterr().err
    assert "must be given as their folder, or as a pattern in quotes, such as 'frames/*.png'" in error
    assert main(["track", str(shots / "[12].png"), "--network", "tiny", "--box", BOX]) == 0
    assert "2 frames" in capsys.readouterr().out
