"""The recorded soaks: none ended with a difference, of today's networks and cycles; and the command that
records them.
"""

import json
from dataclasses import replace

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.bench import document, soak
from siammixer.bench.document import mark
from siammixer.compiler.compile import compile_branch
from siammixer.golden.network import run as run_golden
from siammixer.golden.random_weights import random_weights

AGAIN = "run python -m siammixer.bench.soak and commit the change with its reason"
RECORD = json.loads(soak.FILE.read_text())
SOAKS = pytest.mark.parametrize(
    ("case", "recorded"),
    list(zip(soak.SOAKS, RECORD, strict=True)),
    ids=[case.network for case in soak.SOAKS],
)


@SOAKS
def test_it_is_of_this_network_and_found_nothing(case, recorded):
    weights, accelerator = case.weights(), find_accelerator(case.accelerator)
    assert (
        recorded["fingerprints"].items()
        >= {"weights": weights.fingerprint, "accelerator": accelerator.fingerprint}.items()
    ), AGAIN
    assert recorded["problem"] is None
    assert (recorded["frames"], recorded["seed"]) == (case.frames, case.seed), AGAIN
    assert recorded["steady_cycles"] == [compile_branch(weights.network, accelerator).predicted_cycles], AGAIN
    assert min(recorded["resets"], recorded["stalled"]) > case.frames / 10 and recorded["templates"] > 1


@SOAKS
@pytest.mark.long
def test_it_comes_out_as_recorded(case, recorded):
    assert soak.measured(case) == recorded, AGAIN


def test_the_document_shows_the_record():
    assert mark(soak.COMMAND) + soak.table(RECORD) in (document.DOCS / soak.DOCUMENT).read_text()


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """The command writes into this folder, and runs two frames."""
    (tmp_path / soak.DOCUMENT).write_text(mark(soak.COMMAND) + document.END)
    monkeypatch.setattr(document, "DOCS", tmp_path)
    monkeypatch.setattr(soak, "FILE", tmp_path / "soak.json")
    monkeypatch.setattr(soak, "SOAKS", (replace(soak.SOAKS[0], frames=2),))
    return tmp_path


def test_the_command_records_what_it_ran(elsewhere):
    assert soak.main([]) == 0
    (recorded,) = json.loads(soak.FILE.read_text())
    assert (recorded["frames"], recorded["problem"]) == (2, None) and recorded["clocks"] > 2 * RECORD[0][
        "steady_cycles"
    ][0]
    assert soak.table([recorded]) in (elsewhere / soak.DOCUMENT).read_text() and soak.table(
        [recorded]
    ).endswith("| none |\n")


def test_a_soak_from_power_up_is_not_recorded(elsewhere, capsys):
    assert soak.main(["--power-up", "5"]) == 0
    assert "'frames': 2" in capsys.readouterr().out and not soak.FILE.exists()


def test_a_difference_is_status_1_and_recorded(elsewhere, monkeypatch):
    """golden has other weights."""
    monkeypatch.setattr(
        "siammixer.driver.reference.run_golden",
        lambda network, _, *rest, **named: run_golden(network, random_weights(network, 4), *rest, **named),
    )
    assert soak.main([]) == 1
    assert json.loads(soak.FILE.read_text())[0]["problem"].startswith(
        "frame 1: search branch: response, row "
    )
    assert "| DIFFERS: frame 1: search branch: response, row " in (elsewhere / soak.DOCUMENT).read_text()
