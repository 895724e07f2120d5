"""Frames of real sequences on the default accelerator; needs the lent video beside the checkout."""

from pathlib import Path

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.patches import Grid
from siammixer.ir.weights import load_weights
from siammixer.sim.frame import simulate_frames
from siammixer.tracking.pair import take_pair
from siammixer.tracking.sequence import FolderSequence

SEQUENCES = Path(__file__).resolve().parents[3] / "shared" / "data" / "sequences"


@pytest.mark.long
@pytest.mark.shared
@pytest.mark.skipif(not SEQUENCES.is_dir(), reason=f"no real video in {SEQUENCES}")
@pytest.mark.parametrize("grid", ["1x4", "4x4", "16x1"])
@pytest.mark.parametrize("name", ["siammixer"])
def test_frames_of_five_sequences(name, grid):
    network = NETWORKS[name]
    weights, accelerator = load_weights(network), find_accelerator("ecp5-85f")
    for folder in ("David", "Deer", "Girl", "Jogging-1", "Surfer"):
        pairs = [take_pair(FolderSequence(SEQUENCES / folder), network, frame) for frame in (1, 20, 45)]
        reports = simulate_frames(
            network,
            weights,
            accelerator,
            Grid.parse(grid),
            pairs[0].template,
            [pair.search for pair in pairs],
        )
        assert [report.mismatch for report in reports] == [None] * len(pairs), folder
