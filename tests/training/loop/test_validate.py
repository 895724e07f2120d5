"""The hit rate: its rule, its command, and the shipped weights on real video."""

from pathlib import Path

import numpy as np
import pytest

from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.weights import SHIPPED, load_weights
from siammixer.training.data.pairs import validation_pairs
from siammixer.training.data.tracks import read_tracks
from siammixer.training.loop.validate import golden_responses, main, peak, response_hits

NETWORK = NETWORKS["siammixer"]
REAL_CROPS = Path(__file__).resolve().parents[3] / "shared" / "data" / "crops" / "val"


def response_with_peaks(*cells: tuple[int, int]) -> np.ndarray:
    response = np.zeros((1, 17, 17), np.int32)
    for cell in cells:
        response[0][cell] = 5
    return response


@pytest.mark.parametrize("cell, expected", [((8, 8), (0, 0)), ((8, 9), (8, 0)), ((0, 16), (64, -64))])
def test_the_peak_in_pixels(cell, expected):
    assert tuple(peak(NETWORK, response_with_peaks(cell))[0]) == expected


def test_the_first_of_equal_peaks_counts():
    assert tuple(peak(NETWORK, response_with_peaks((10, 3), (4, 12)))[0]) == (32, -32)


@pytest.mark.parametrize(
    "target, hit", [((0, 0), True), ((16, 0), True), ((0, -16.1), False), ((12, 12), False)]
)
def test_a_hit_lies_within_16_px(target, hit):
    assert response_hits(NETWORK, response_with_peaks((8, 8)), np.array([target]))[0] == hit


def test_the_16_px_scale_with_the_exemplar():
    tiny = NETWORKS["tiny"]
    response = np.zeros((2, tiny.response_side, tiny.response_side))
    response[:, 2, 2] = 1
    assert response_hits(tiny, response, np.array([[3.9, 0], [4.0, 0]])).tolist() == [True, False]


@pytest.mark.parametrize("name", [name for name in NETWORKS if (SHIPPED / f"{name}.npz").is_file()])
def test_shipped_weights_are_valid_and_use_their_range(name):
    network = NETWORKS[name]
    weights = load_weights(network)
    for operator in network.weighted():
        used = (
            np.abs(weights.operators[operator.name].weight.astype(int))
            .reshape(operator.outputs, -1)
            .max(axis=1, initial=0)
        )
        if not operator.weight_bytes:
            continue
        # The least multiplier, 128, costs wide operators of small weights up to a bit.
        assert np.median(used) >= 127 // 2


def test_the_command_measures_the_shipped_weights(crops, capsys):
    assert main(["--network", "tiny", "--data", str(crops), "--pairs", "8"]) == 0
    assert "tiny, golden:" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--data", "nowhere"], "nowhere: no such folder"),
        (["--network", "huge", "--data", "."], "unknown network"),
        (["--data", ".", "--engine", "float"], "needs --checkpoint"),
        (["--data", ".", "--pairs", "0"], "at least 1, not 0"),
    ],
)
def test_bad_arguments_exit_with_2(capsys, arguments, message):
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


@pytest.mark.shared
@pytest.mark.skipif(not REAL_CROPS.is_dir(), reason=f"needs the real crops in {REAL_CROPS}")
def test_shipped_weights_peak_on_the_target_of_real_video():
    pairs = validation_pairs(NETWORK, read_tracks(REAL_CROPS), 100, 0)
    hits = response_hits(NETWORK, golden_responses(NETWORK, load_weights(NETWORK), pairs), pairs.target)
    assert hits.mean() >= 0.80
