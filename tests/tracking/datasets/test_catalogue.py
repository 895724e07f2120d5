"""The checks that all data sets have in common."""

import subprocess
import sys

import pytest

from siammixer.tracking.datasets import DATASETS


def test_an_unknown_dataset(refused, tmp_path):
    refused(r"dataset must be one of otb, uav123, got10k, lasot, vot, vid, coco, not 'nfs'", "nfs", tmp_path)


@pytest.mark.parametrize("kind", DATASETS)
def test_a_missing_root_and_an_empty_one(kind, refused, tmp_path):
    """Both are named, and what is accepted is said."""
    refused(
        rf"nowhere: no such folder; {DATASETS[kind].title.split()[0]}.* is expected as ",
        kind,
        tmp_path / "nowhere",
    )
    refused(str(tmp_path), kind, tmp_path)


@pytest.mark.parametrize("kind", [kind for kind in DATASETS if DATASETS[kind].splits])
def test_an_unknown_split(kind, refused, tmp_path):
    refused(rf"must be one of {', '.join(DATASETS[kind].splits)}, not 'x'", kind, tmp_path, "x")


def test_the_catalogue_is_light():
    """--help prints it, and loads neither NumPy nor OpenCV."""
    script = (
        "import sys, tracking.datasets; print([name for name in ('numpy', 'cv2') if name in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )
