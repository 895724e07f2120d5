"""The recorded sizes: simulated equal, one of each number of multipliers, and each still does what the
record says.
"""

import json

import pytest

from siammixer.bench.sizes import FILE, SIZES, predicted, simulated, still_holds
from siammixer.ir.catalogue import find_network
from siammixer.ir.named import DEFAULT_NETWORK

NETWORK = find_network(DEFAULT_NETWORK)
RECORD = json.loads(FILE.read_text())
BY_NAME = pytest.mark.parametrize("accelerator", SIZES, ids=lambda accelerator: accelerator.name)


def test_every_size_is_recorded():
    assert list(RECORD) == [accelerator.name for accelerator in SIZES]
    assert [size["predicted"]["multipliers"] for size in RECORD.values()] == sorted(
        {accelerator.multipliers for accelerator in SIZES}
    )


@BY_NAME
def test_every_simulation_was_equal_and_took_the_predicted_cycles(accelerator):
    size = RECORD[accelerator.name]
    assert size["simulated"]["equal"] and size["simulated"]["problem"] is None
    assert still_holds(size["simulated"], accelerator, size["predicted"])


@pytest.mark.long
@BY_NAME
def test_the_default_network_runs_on_every_size(accelerator):
    found = simulated(NETWORK, accelerator)
    assert found["problem"] is None
    assert still_holds(found, accelerator, predicted(NETWORK, accelerator))
