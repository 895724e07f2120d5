"""The committed tracking figures are those of the shipped weights."""

import json
from pathlib import Path

import pytest

from siammixer.bench.tracking import FILE, condensed
from siammixer.cli.main import main
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import load_weights

RECORD = json.loads(FILE.read_text())
SEQUENCES = Path(__file__).resolve().parents[3] / "shared" / "data" / "video_val"


def test_figures_are_of_the_shipped_weights():
    assert RECORD["fingerprint"] == load_weights(find_network("siammixer")).fingerprint


def test_the_classical_trackers_are_beaten():
    for baseline in ("static", "ncc", "kcf", "csrt"):
        for key in ("auc", "p20", "sr50"):
            assert RECORD["overall"][key] > RECORD["baselines"][baseline][key], (baseline, key)


@pytest.mark.long
@pytest.mark.shared
@pytest.mark.skipif(not SEQUENCES.is_dir(), reason=f"no real video in {SEQUENCES}")
def test_golden_tracks_as_recorded(tmp_path):
    report = tmp_path / "report.json"
    assert (
        main(["evaluate", "--dataset", "otb", "--root", str(SEQUENCES), "--jobs", "2", "--json", str(report)])
        == 0
    )
    assert condensed(json.loads(report.read_text())) | {"baselines": RECORD["baselines"]} == RECORD
