"""The cases made for rare bins fall into them, and agree on every engine."""

import pytest

from siammixer.verify.fuzz.campaign import run_cases
from siammixer.verify.fuzz.coverage import bins
from siammixer.verify.fuzz.directed import DIRECTED
from siammixer.verify.fuzz.verdict import prepare


@pytest.mark.parametrize("name", DIRECTED)
def test_they_fall_into_their_bins(name):
    assert name in bins(prepare(DIRECTED[name]))


def test_they_agree():
    campaign = run_cases(list(DIRECTED.values()))
    assert (campaign.checked, campaign.failures) == (len(DIRECTED), ())
