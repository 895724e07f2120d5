"""Which files of a folder are frames, and how their pixels are read."""

import os

import cv2
import numpy as np
import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.headers import orientation
from siammixer.tracking.images import decode, frame_names


@pytest.fixture
def colours():
    """12 x 16 pixels, RGB: red above, blue below, green at the left edge."""
    image = np.zeros((12, 16, 3), np.uint8)
    image[:6], image[6:], image[:, :4] = (200, 0, 0), (0, 0, 200), (0, 200, 0)
    return image


def encoded(suffix, image, *options):
    channels = {2: ..., 3: [2, 1, 0], 4: [2, 1, 0, 3]}[image.shape[2] if image.ndim == 3 else 2]
    good, data = cv2.imencode(suffix, image if image.ndim == 2 else image[..., channels], list(options))
    assert good
    return data.tobytes()


@pytest.mark.parametrize("suffix", [".bmp", ".tif", ".TIFF", ".webp", ".ppm", ".png", ".JPG", ".jpe", ".dib"])
def test_formats(suffix, colours, tmp_path):
    lossless = (cv2.IMWRITE_WEBP_QUALITY, 101) if suffix == ".webp" else ()
    (tmp_path / f"1{suffix}").write_bytes(encoded(suffix.lower(), colours, *lossless))
    assert frame_names(tmp_path) == [f"1{suffix}"]
    found = decode(tmp_path / f"1{suffix}")
    assert found.note == "" and np.abs(found.image.astype(int) - colours).mean() < 12


@pytest.mark.parametrize("suffix", [".png", ".tif", ".pgm"])
def test_sixteen_bits(suffix, tmp_path):
    deep = np.linspace(0, 65_535, 12 * 16).reshape(12, 16).astype(np.uint16)
    (tmp_path / f"1{suffix}").write_bytes(encoded(suffix, deep))
    found = decode(tmp_path / f"1{suffix}")
    assert (found.image == (deep >> 8)[..., None]).all() and "the upper 8 are taken" in found.note
    (tmp_path / f"1{suffix}").write_bytes(encoded(suffix, deep >> 6))
    assert "nearly black" in decode(tmp_path / f"1{suffix}").note


@pytest.mark.parametrize("suffix", [".tif", ".png", ".ppm"])
@pytest.mark.parametrize("depth", [8, 16])
def test_red_is_red_at_every_depth(suffix, depth, colours, tmp_path):
    stored = cv2.cvtColor(colours, cv2.COLOR_RGB2BGR)
    stored = stored.astype(np.uint16) * 257 if depth == 16 else stored
    assert cv2.imwrite(str(tmp_path / f"1{suffix}"), stored)
    assert np.array_equal(decode(tmp_path / f"1{suffix}").image, colours)


def test_grey_transparency_and_one_bit(colours, tmp_path):
    (tmp_path / "1.pgm").write_bytes(encoded(".pgm", colours[..., 0]))
    assert (decode(tmp_path / "1.pgm").image == colours[..., :1]).all()
    (tmp_path / "1.png").write_bytes(
        cv2.imencode(".png", np.dstack([colours[..., ::-1], colours[..., 0]]))[1].tobytes()
    )
    assert (decode(tmp_path / "1.png").image == colours).all()
    (tmp_path / "1.pbm").write_bytes(b"P1\n2 1\n0 1\n")
    assert decode(tmp_path / "1.pbm").image[0, :, 0].tolist() == [255, 0]


def test_numbers_of_another_kind_are_refused(tmp_path, capfd):
    (tmp_path / "1.tif").write_bytes(cv2.imencode(".tif", np.ones((4, 4), np.float32))[1].tobytes())
    with pytest.raises(InputError, match=r"1\.tif: not a readable image; accepted are .* of 8 or 16 bits"):
        decode(tmp_path / "1.tif")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("tag", range(1, 9))
def test_all_orientations(tag, colours, turned, tmp_path):
    """Against NumPy: what stands in the file is turned so that it is upright."""
    upright = {
        1: lambda image: image,
        2: lambda image: image[:, ::-1],
        3: lambda image: image[::-1, ::-1],
        4: lambda image: image[::-1],
        5: lambda image: image.swapaxes(0, 1),
        6: lambda image: np.rot90(image, -1),
        7: lambda image: image[::-1, ::-1].swapaxes(0, 1),
        8: lambda image: np.rot90(image),
    }[tag]
    (tmp_path / "1.jpg").write_bytes(turned(colours[..., ::-1], tag))
    stored = decode(tmp_path / "1.jpg", upright=False)
    found = decode(tmp_path / "1.jpg")
    assert stored.note == "" and stored.image.shape == colours.shape
    assert ("orientation" in found.note) == (tag != 1)
    assert orientation((tmp_path / "1.jpg").read_bytes()) == tag
    assert (found.image == upright(stored.image)).all()


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_the_orientation_of_other_formats(suffix, colours, turned, tmp_path):
    """OpenCV follows it there too, so it must be told there too."""
    exif = turned(colours).split(b"Exif\0\0")[1][:26]
    metadata = [np.frombuffer(exif, np.uint8)]
    good, data = cv2.imencodeWithMetadata(suffix, colours, [cv2.IMAGE_METADATA_EXIF], metadata)
    assert good
    (tmp_path / f"1{suffix}").write_bytes(np.asarray(data).tobytes())
    found = decode(tmp_path / f"1{suffix}")
    assert found.image.shape == (16, 12, 3) and "orientation" in found.note
    assert decode(tmp_path / f"1{suffix}", upright=False).image.shape == (12, 16, 3)


def test_what_is_no_frame(colours, tmp_path):
    """Files that systems leave behind do not count; a link that leads nowhere is a broken frame."""
    for name in ("2.png", "10.png"):
        (tmp_path / name).write_bytes(encoded(".png", colours))
    for name in ("._2.png", ".10.png", "Thumbs.db", ".DS_Store", "notes.txt"):
        (tmp_path / name).write_bytes(b"no picture")
    os.symlink(tmp_path / "11.png", tmp_path / "11.png")
    assert frame_names(tmp_path) == ["2.png", "10.png", "11.png"]
    with pytest.raises(InputError, match=r"11\.png: cannot be read"):
        decode(tmp_path / "11.png")


def test_a_folder_without_frames_says_what_it_holds(tmp_path):
    (tmp_path / "img").mkdir()
    with pytest.raises(
        InputError, match=r"holds no frame; accepted are .*; it holds folders, .* meant: img$"
    ):
        frame_names(tmp_path)
    (tmp_path / "img/1.heic").write_bytes(b"")
    with pytest.raises(InputError, match=r"img: holds no frame; .* files, not \.heic, of which it has 1$"):
        frame_names(tmp_path / "img")
    with pytest.raises(InputError, match=r"1\.heic: cannot be listed \(Not a directory\)"):
        frame_names(tmp_path / "img/1.heic")
