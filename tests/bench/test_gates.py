"""Netlist and exported Verilog run and are equal, and the checks of them see what is broken: power-up and
export every day, the netlist with the long tests; the record and its table.
"""

import json
import shutil

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.bench import document, gates
from siammixer.bench.document import mark
from siammixer.delivery.job import Job
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import load_weights
from siammixer.verify.gates.netlist import change_table

RECORD = json.loads(gates.FILE.read_text())
NETWORK = find_network("tiny")
JOB = Job(
    network=NETWORK,
    weights=load_weights(NETWORK),
    accelerator=find_accelerator("tiny"),
    bus="stream",
    prefix=gates.PREFIX,
)
icarus = pytest.mark.skipif(
    shutil.which("iverilog") is None, reason="needs Icarus Verilog: apt-get install iverilog"
)


def replaced(old, new, count=1):
    """A change of a text that must be there so often."""

    def change(text):
        assert text.count(old) == count, f"{old!r}: {text.count(old)} times"
        return text.replace(old, new)

    return change


@icarus
def test_a_frame_from_power_up(tmp_path):
    """Everything is X, the reset takes one cycle: the frame is golden's, at the predicted cycles."""
    found = gates.check_power_up(JOB, tmp_path, resets=(1,))
    assert found["problems"] == [] and found["registers"] > 600 and found["memories"] == 20


@icarus
def test_a_register_without_reset_is_seen(tmp_path):
    """The sequencer's state keeps what it has in a reset: X from then on."""
    change = replaced("    if (rst) begin\n      fsm_state <= 3'h0;\n    end\n", "")
    found = gates.check_power_up(JOB, tmp_path, change, resets=(1,))
    assert "reset of 1: X in the status" in found["problems"]


def test_the_exported_verilog_is_the_design(tmp_path):
    found = gates.check_export(JOB, tmp_path)
    assert found["problems"] == [] and found["registers"] > 20_000 and found["memories"] == 46
    assert found["points"] >= found["registers"]


@pytest.mark.long
def test_a_netlist_runs_a_frame(tmp_path):
    found = gates.check_netlist(JOB, tmp_path)
    assert found["problems"] == []
    assert found["cycles"] == JOB.frame.cycles


@pytest.mark.long
def test_a_wrong_table_of_the_netlist_is_seen(tmp_path):
    found = gates.check_netlist(JOB, tmp_path, lambda text: change_table(text, 4000))
    assert found["problems"]


def test_the_record_is_whole_and_finds_nothing():
    core = RECORD["`tiny` on `tiny`"]
    assert list(core) == list(gates.CHECKS)
    assert [entry["problems"] for checks in RECORD.values() for entry in checks.values()] == [[]] * sum(
        map(len, RECORD.values())
    )
    assert core["netlist"]["cycles"] == core["power-up"]["cycles"] == JOB.frame.cycles


def test_the_document_shows_the_record():
    assert mark(gates.COMMAND) + gates.table(RECORD) in (document.DOCS / gates.DOCUMENT).read_text()
