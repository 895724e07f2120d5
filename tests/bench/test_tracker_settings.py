"""Videos made from crops: as the tracks say, the same for the same seed; and the command runs on them."""

from dataclasses import replace

import numpy as np
import pytest

from siammixer.bench.tracker_settings import SIDE, Wandering, main, wandering
from siammixer.ir.errors import InputError
from siammixer.tracking.clip import Clip
from siammixer.training.data.tracks import read_tracks, write_crops


@pytest.fixture(scope="module")
def crops(tmp_path_factory):
    folder = tmp_path_factory.mktemp("crops")
    assert write_crops([Clip(frames=4, width=160, height=120)], folder) == []
    return folder


def test_every_crop_is_a_frame_with_the_target_in_its_box(crops):
    (track,) = read_tracks(crops)
    first, jumping = wandering([track], seeds=2, frames=3)
    assert len(first) == len(jumping) == 3 < len(track.frames)
    assert first.image(0).shape == (SIDE, SIDE, 3)
    assert tuple(first.box(0))[2:] == pytest.approx(track.size(0)), "no growth before the first frame"
    assert first.box(0).centre == pytest.approx((SIDE / 2, SIDE / 2), abs=1)
    assert first.box(2) != first.box(0) and first.box(1) != jumping.box(1)
    (again,) = wandering([track], seeds=1, frames=3)
    assert again.boxes == first.boxes and np.array_equal(again.image(2), first.image(2))


def test_tracks_whose_sizes_are_not_known_are_left_out(crops):
    (track,) = read_tracks(crops)
    unknown = replace(track, sizes=(*track.sizes[:-1], None))
    assert wandering([unknown], seeds=2, frames=3) == []
    with pytest.raises(InputError, match=f"{track.name}: crop 3 must tell the size of its target"):
        Wandering(unknown, (0, 0), 4)


def test_the_command_prints_a_line_for_each_of_the_settings(crops, capsys):
    main([str(crops), "--network", "tiny", "--frames", "2", "--seeds", "1", "--settings", "", "window=0.2"])
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("1 videos") and [line.split()[0] for line in printed[1:]] == [
        "defaults",
        "window=0.2",
    ]
