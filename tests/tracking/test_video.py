"""Sources: which is opened as what, and pictures as a video."""

import cv2
import numpy as np
import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.clip import Clip
from siammixer.tracking.sequence import write_folder
from siammixer.tracking.video import is_camera, open_video


def read(source):
    with open_video(str(source)) as video:
        return list(video.frames), video


@pytest.mark.parametrize("name", ["nowhere.mp4", "", "nowhere", "c:walk.mp4"])
def test_no_file(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="no such file or folder; accepted are"):
        read(name)


def test_a_size_is_for_cameras(tmp_path):
    with (
        pytest.raises(InputError, match="a size can be asked of a camera only, not of the rendered clip"),
        open_video(None, camera_size=(640, 480)),
    ):
        pass


def test_a_number_is_a_camera_unless_it_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert is_camera("0") and is_camera("/dev/video2") and not is_camera("walk.mp4") and not is_camera(None)
    (tmp_path / "0").touch()
    assert not is_camera("0")


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
