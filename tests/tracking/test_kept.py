"""Kept runs: what is written is found again, unless anything that it depends on is another."""

import dataclasses

import numpy as np
import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box
from siammixer.tracking.evaluate import Run
from siammixer.tracking.kept import KeptRuns
from siammixer.tracking.sequence import FolderSequence

SETTINGS = {"weights of fingerprint": "0123", "--frames": None}


@pytest.fixture
def sequence(folder):
    return FolderSequence(folder)


@pytest.fixture
def run(sequence):
    return Run(
        name=sequence.name,
        boxes=(Box(1.0, 2.0, 10.0, 12.0), Box(1 / 3, 2, 10, 12), Box(3, 2, 1e-17, 12)),
        confidences=np.array([1, 1 / 7, 0.5]),
        seconds=np.array([0.25, 0, 1e-9]),
        size=(40, 30),
        problems=("frame 1: 10.png: not a readable image",),
        lost=np.array([False, True, False]),
        passes=np.array([8, 0, 1]),
        notes=("two",),
    )


@pytest.fixture
def kept(tmp_path, run, sequence):
    kept = KeptRuns(tmp_path / "results", "tiny-golden", SETTINGS)
    kept.keep(run, sequence)
    return kept


def same(a, b):
    return all(
        np.array_equal(getattr(a, field.name), getattr(b, field.name)) for field in dataclasses.fields(Run)
    )


def test_found_again_to_the_bit(kept, run, sequence):
    assert same(kept.find(sequence), run)
    bare = dataclasses.replace(run, lost=None, passes=None)
    kept.keep(bare, sequence)
    assert same(kept.find(sequence), bare)


def test_nothing_kept(tmp_path, kept, sequence):
    assert KeptRuns(tmp_path / "results", "other", SETTINGS).find(sequence) is None
    assert KeptRuns(tmp_path / "nowhere", "tiny-golden", SETTINGS).find(sequence) is None


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff", b'{"settings": {}}'])
def test_a_damaged_file_is_none(kept, sequence, damage):
    (path,) = kept.folder.iterdir()
    path.write_bytes(damage)
    assert kept.find(sequence) is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (SETTINGS | {"weights of fingerprint": "4567"}, "made with weights of fingerprint 0123, not 4567"),
        (SETTINGS | {"--frames": 3}, "made with --frames None, not 3"),
        (SETTINGS | {"more": 1}, "made with more None, not 1"),
        ({"--frames": None}, "made with weights of fingerprint 0123, not None"),
    ],
)
def test_other_settings_are_refused(tmp_path, kept, sequence, settings, message):
    with pytest.raises(InputError, match=f"seq.json: was {message}; leave out --resume"):
        KeptRuns(tmp_path / "results", "tiny-golden", settings).find(sequence)


def changed_pixels(folder):
    path = folder / "img/10.png"
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)


def other_names(folder):
    (folder / "img/11.png").rename(folder / "img/12.png")


def other_boxes(folder):
    (folder / "groundtruth_rect.txt").write_text("1,2,10,12\n3.5\t4\t10\t13\n")


def missing_frame(folder):
    (folder / "img/10.png").unlink()


@pytest.mark.parametrize("change", [changed_pixels, other_names, other_boxes, missing_frame])
def test_other_data_is_refused(kept, folder, change):
    change(folder)
    with pytest.raises(InputError, match=r"was made of other frames or boxes than .*seq/img has now"):
        kept.find(FolderSequence(folder))


def test_the_same_data_in_another_place(kept, folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    other = folder.rename(tmp_path / "elsewhere/seq")
    assert kept.find(FolderSequence(other)) is not None


def test_where_nothing_can_be_written(tmp_path, run, sequence):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot be made \(Not a directory\)"):
        KeptRuns(tmp_path / "file", "t", SETTINGS).keep(run, sequence)
