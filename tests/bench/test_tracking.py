"""The committed tracking figures are those of the shipped weights."""

import json
from pathlib import Path

import pytest

from siammixer.bench import tracking
from siammixer.bench.tracking import FILE, FILES, condensed
from siammixer.cli.main import main
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import load_weights

RECORD = json.loads(FILE.read_text())
SEQUENCES = Path(__file__).resolve().parents[3] / "shared" / "data" / "video_val"


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_figures_are_of_the_shipped_weights(file):
    assert json.loads(file.read_text())["fingerprint"] == load_weights(find_network("siammixer")).fingerprint


def test_each_set_of_videos_has_a_record_of_its_own(monkeypatch, tmp_path):
    files = {name: tmp_path / name for name in FILES}
    monkeypatch.setattr(tracking, "FILES", files)
    overall = RECORD["overall"] | {"passes": RECORD["passes"]}
    (tmp_path / "report").write_text(json.dumps(RECORD | {"overall": overall, "baselines": {}}))
    assert tracking.main([str(tmp_path / "report"), "--videos", "otb"]) == 0
    assert (files["otb"].exists(), files["validation"].exists()) == (True, False)
    assert json.loads(files["otb"].read_text())["overall"] == RECORD["overall"]


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
