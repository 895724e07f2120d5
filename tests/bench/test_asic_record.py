"""The record of IHP SG13G2 (docs/asic.md): of this accelerator, before layout, and its areas add up."""

import json

import pytest

from siammixer.arch.accelerator import DEFAULT_ACCELERATOR, find_accelerator
from siammixer.bench.document import DOCS
from siammixer.ir.named import DEFAULT_NETWORK

RECORD = json.loads((DOCS.parent / "bench/asic.json").read_text())
FIRST_MM2, LESS_MM2 = 45.3, 12


def test_the_record_is_of_the_default():
    assert RECORD["stage"] == "before layout"
    assert RECORD["accelerator_fingerprint"] == find_accelerator(DEFAULT_ACCELERATOR).fingerprint
    assert RECORD["network"] == DEFAULT_NETWORK
    assert (
        [one["corner"] for one in RECORD["timing"]] == RECORD["corners"] == ["1.20 V, 25 C", "1.08 V, 125 C"]
    )


def test_areas_add_up():
    total = RECORD["area_mm2"]
    assert total == pytest.approx(RECORD["sum_of_blocks_mm2"], rel=0.01)
    assert total == pytest.approx(sum(RECORD["area_by_kind_mm2"].values()), rel=0.01)
    parts = sum(area for kinds in RECORD["area_by_block_mm2"].values() for area in kinds.values())
    assert total == pytest.approx(parts, rel=0.01)
    assert total < FIRST_MM2 - LESS_MM2


def test_the_weights_have_one_port():
    lanes = find_accelerator(DEFAULT_ACCELERATOR).lanes
    macros = {cell: count for cell, count in RECORD["macros"].items() if "_1P_" in cell}
    assert sorted(macros.values()) == [lanes, lanes]


def test_the_document_has_the_figures():
    text = (DOCS / "asic.md").read_text()
    for figure in (f"{RECORD['area_mm2']:.2f}", *(f"{one['mhz']:.1f}" for one in RECORD["timing"])):
        assert figure in text
