"""Synthesis: the committed report of the default accelerator, and yosys itself on a small one."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import siammixer.bench
from siammixer.arch.accelerator import DEFAULT_ACCELERATOR, find_accelerator
from siammixer.boards.synthesis import main, synthesise

REPORT = Path(siammixer.bench.__file__).with_name("synthesis.json")


def test_the_recorded_report_is_of_this_accelerator_and_fits():
    report = json.loads(REPORT.read_text())
    assert report["fingerprint"] == find_accelerator(DEFAULT_ACCELERATOR).fingerprint, (
        "run python -m siammixer.boards.synthesis --json bench/synthesis.json"
    )
    assert report["fits"]
    assert all(report["used"][resource] <= limit for resource, limit in report["available"].items())


@pytest.mark.long
def test_multipliers_are_dsp_blocks_and_memories_block_rams(tmp_path):
    accelerator = replace(find_accelerator("tiny"), name="smaller", lanes=4, weight_words=2048)
    report = synthesise(accelerator, tmp_path)
    assert report.used["DSP"] == 4 * 9 + 4
    assert report.used["block RAM"] >= 4 * 8
    assert report.fits


def test_unknown_accelerator(capsys):
    assert main(["--accelerator", "none"]) == 2
    assert "unknown accelerator 'none'; known: ecp5-85f" in capsys.readouterr().err
