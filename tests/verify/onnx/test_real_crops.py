"""The shipped weights on real video: golden, onnxruntime and the reference evaluator agree on
every tensor."""

from pathlib import Path

import pytest

from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.weights import load_weights
from siammixer.tracking.pair import take_pair
from siammixer.tracking.sequence import FolderSequence
from siammixer.verify.onnx.compare import confirm

SEQUENCES = Path(__file__).resolve().parents[3] / "shared/data/sequences"
NAMES = ["Crossing", "David", "Deer", "Girl", "MotorRolling"]
EVERYDAY = [("tiny", name, 10) for name in NAMES] + [("siammixer", "Deer", 10)]
LONG = [(network, name, frame) for network in NETWORKS for name in NAMES for frame in (1, 25, 50)]

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SEQUENCES.is_dir(), reason=f"needs the real video of {SEQUENCES}"),
]


@pytest.mark.parametrize(
    ("name", "sequence", "frame"), EVERYDAY + [pytest.param(*case, marks=pytest.mark.long) for case in LONG]
)
def test_every_tensor_of_real_crops(name, sequence, frame):
    network = NETWORKS[name]
    pair = take_pair(FolderSequence(SEQUENCES / sequence), network, frame)
    rows = confirm(network, load_weights(network), pair.template, pair.search)
    assert [row for row in rows if not row.equal] == []
