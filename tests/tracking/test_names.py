"""The light lists of names are those of the tables that stand behind them."""

from siammixer.tracking import names
from siammixer.tracking.baselines import TRACKERS
from siammixer.tracking.datasets import DATASETS
from siammixer.tracking.metrics import RULES


def test_baselines_and_benchmarks_are_those_of_the_library():
    assert tuple(TRACKERS) == names.BASELINES
    assert set(names.BENCHMARKS) == RULES.keys() and set(names.BENCHMARKS) < DATASETS.keys()
