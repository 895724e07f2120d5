"""The catalogue fits the tree: every fault applies, every block has one, and the recorded run is of all of
these faults.
"""

import json
from pathlib import Path

import pytest

from siammixer.verify.mutation.__main__ import FILE
from siammixer.verify.mutation.catalogue import MUTATIONS
from siammixer.verify.mutation.runner import ROOT

# Layouts, registers without logic, wiring, and what only tests use.
WITHOUT = {
    "rtl/bus/access.py",
    "rtl/bus/flat.py",
    "rtl/camera/layouts.py",
    "rtl/host.py",
    "rtl/latency.py",
    "rtl/link/request_registers.py",
    "rtl/control/issue.py",
    "rtl/control/instruction.py",
    "rtl/link/device.py",
    "golden/random_weights.py",
}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_it_is_one_line_of_a_source_that_still_is_one(mutation):
    compile(mutation.mutated(ROOT), mutation.file, "exec")
    assert "\n" not in mutation.old + mutation.new
    for test in mutation.tests:
        file, _, name = test.partition("::")
        assert f"def {name.partition('[')[0]}" in (ROOT / file).read_text()


def test_names_differ():
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)


def test_every_block_has_one():
    blocks = {
        str(path.relative_to(ROOT))
        for folder in ("rtl", "golden")
        for path in Path(ROOT, folder).rglob("*.py")
        if path.stem != "__init__"
    }
    assert blocks - {mutation.file for mutation in MUTATIONS} == WITHOUT


def test_the_record_is_of_all_these_faults_and_none_survived():
    recorded = json.loads((ROOT / FILE).read_text())
    missing = [mutation.name for mutation in MUTATIONS if mutation.name not in recorded["outcomes"]]
    assert missing == [], "python -m siammixer.verify.mutation --only and these names"
    wanted = {mutation.name: (mutation.file, mutation.old, mutation.new) for mutation in MUTATIONS}
    for name, fault in recorded["outcomes"].items():
        assert wanted.get(name) == (fault["file"], fault["old"], fault["new"]), (
            f"{name} has changed: python -m siammixer.verify.mutation --only and its name"
        )
        assert fault["caught_by"], name
    assert recorded["survived"] == []
