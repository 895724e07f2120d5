"""Runs of the tiny network in folders, for the tests of the loop."""

import pytest

from siammixer.ir.catalogue import NETWORKS
from siammixer.training.data.tracks import read_tracks
from siammixer.training.loop.distributed import open_processes
from siammixer.training.loop.place import Crops, Place
from siammixer.training.loop.train import train


@pytest.fixture(scope="module")
def tracks(crops) -> Crops:
    return Crops(training=read_tracks(crops), validation=read_tracks(crops))


@pytest.fixture
def go(request, tracks, tmp_path):
    """Starts or resumes a run in a folder, by default of the file's own ``RECIPE``; returns what it said."""

    def start(out="run", recipe=request.module.RECIPE, **place) -> list[str]:
        said = []
        (tmp_path / out).mkdir(exist_ok=True)
        with open_processes("cpu") as processes:
            at = {"out": tmp_path / out, "processes": processes, "workers": 0, "say": said.append}
            train(NETWORKS["tiny"], recipe, tracks, Place(**(at | place)))
        return said

    return start
