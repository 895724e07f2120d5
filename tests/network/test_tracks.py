"""Folders of crops, read as tracks."""

import cv2
import numpy as np
import pytest

from network.tracks import read_tracks
from spec.errors import SpecError


def test_the_index_layout_and_stills(tmp_path):
    """One track name in two sources is two targets, each a still."""
    rows = ["file,source,track,frame"]
    images = np.random.default_rng(0).integers(0, 256, (2, 319, 319, 3), dtype=np.uint8)
    for source, image in zip("ab", images, strict=True):
        cv2.imwrite(str(tmp_path / f"{source}.png"), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        rows.append(f"{source}.png,{source},same,0")
    (tmp_path / "index.csv").write_text("\n".join(rows))
    tracks = read_tracks(tmp_path)
    assert [track.name for track in tracks] == ["a/same", "b/same"]
    assert (np.stack([track.image(0) for track in tracks]) == images).all()


def test_bad_folders_are_named(tmp_path):
    with pytest.raises(SpecError, match="missing: no such folder"):
        read_tracks(tmp_path / "missing")
    with pytest.raises(SpecError, match="holds no crops"):
        read_tracks(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "targets.csv").write_text("frame,width,height\n1,2,3\n")
    with pytest.raises(SpecError, match=r"00001\.jpg: cannot be read"):
        read_tracks(tmp_path)
    (tmp_path / "a" / "00001.jpg").write_bytes(b"no image")
    (track,) = read_tracks(tmp_path)
    with pytest.raises(SpecError, match="a, frame 1: not a readable image"):
        track.image(0)
    (tmp_path / "a" / "targets.csv").write_text("frame,width,height\nfirst,2,3\n")
    with pytest.raises(SpecError, match=r"targets\.csv: rows must"):
        read_tracks(tmp_path)
