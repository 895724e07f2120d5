"""The committed figures are those of the tree."""

import json

from siammixer.bench.cycles import FILE, cycles


def test_cycles_are_as_recorded():
    assert cycles() == json.loads(FILE.read_text()), (
        "run python -m siammixer.bench.cycles and commit the change with its reason"
    )
