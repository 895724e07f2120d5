"""Counts of other FPGAs: how cells add up, the record, its table."""

import json

import pytest

from siammixer.arch.accelerator import ACCELERATORS, find_accelerator
from siammixer.bench import targets
from siammixer.bench.document import DOCS, mark

TINY = find_accelerator("tiny")
CELLS = {"DSP48E1": 11, "RAMB36E1": 7, "RAMB18E1": 1, "LUT6": 266, "RAM32M": 1, "SRL16E": 2, "FDRE": 532}


def test_cells_add_up_to_resources():
    assert targets.TARGETS["xc7"].used(CELLS) == {"DSP48E1": 11, "RAMB36": 7.5, "LUT": 272, "FF": 532}
    assert targets.TARGETS["gowin"].used({"DFFRE": 2, "DFF": 1, "SP": 1})["FF"] == 3


def test_an_entry_says_how_much_of_a_device_it_is():
    entry = targets.entry(TINY, targets.TARGETS["xc7"], CELLS)
    assert entry["fingerprint"] == TINY.fingerprint
    assert entry["percent"]["Zynq-7020"] == {"DSP48E1": 5.0, "RAMB36": 5.4, "LUT": 0.5, "FF": 0.5}


def test_the_table_has_a_row_of_each_mapping():
    entry = targets.entry(TINY, targets.TARGETS["xc7"], CELLS)
    *_, row = targets.table({"accelerators": {"tiny": {"xc7": entry}}}).splitlines()
    assert row.startswith(
        "| `tiny` | xc7 | 11 DSP48E1, 7.5 RAMB36, 272 LUT, 532 FF | Zynq-7020: DSP48E1 5 %, "
    )


def test_a_mapping_is_recorded(monkeypatch, tmp_path):
    """Other entries stay; the device's shares follow."""
    monkeypatch.setattr(targets, "FILE", tmp_path / "targets.json")
    monkeypatch.setattr(targets, "cached_verilog", lambda *_: "")
    monkeypatch.setattr(targets, "mapped", lambda *_: CELLS)
    written = []
    monkeypatch.setattr(targets, "rewrite", lambda *parts: written.append(parts))
    assert targets.main(["--accelerators", "tiny", "--targets", "xc7"]) == 0
    assert targets.main(["--accelerators", "tiny", "--targets", "gowin"]) == 0
    record = json.loads((tmp_path / "targets.json").read_text())
    assert list(record["accelerators"]["tiny"]) == ["xc7", "gowin"]
    assert written[-1] == (targets.DOCUMENT, targets.COMMAND, targets.table(record))


def test_unknown_names_are_refused(capsys):
    with pytest.raises(SystemExit):
        targets.main(["--targets", "asic"])
    assert "must be some of xc7, gowin, nexus, not 'asic'" in capsys.readouterr().err


def test_the_document_shows_the_record():
    record = json.loads(targets.FILE.read_text())
    assert mark(targets.COMMAND) + targets.table(record) in (DOCS / targets.DOCUMENT).read_text()
    for name, found in record["accelerators"].items():
        assert {entry["fingerprint"] for entry in found.values()} == {ACCELERATORS[name].fingerprint}
