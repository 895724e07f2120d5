"""The settings' ranges and integers, and which networks a tracker takes."""

from dataclasses import replace

import pytest

from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.tracking.settings import Settings, require_box_head


@pytest.mark.parametrize(
    "settings",
    [
        {"window": 1.5},
        {"window": -0.1},
        {"size_gain": 4.1},
        {"size_rate": 2},
        {"aspect_rate": -1},
        {"size_range": 0.5},
        {"size_range": 17},
        {"lost_below": -1},
        {"patience": -1},
        {"patience": 2.5},
        {"patience": 1001},
        {"found_above": float("nan")},
    ],
)
def test_out_of_range(settings):
    with pytest.raises(InputError, match=rf"^{next(iter(settings))} must "):
        Settings(**settings)


def test_the_ends_are_allowed():
    Settings(window=0, size_gain=4, size_rate=1, aspect_rate=0, size_range=1, lost_below=0, patience=0)
    Settings(window=1, size_gain=0, size_range=16, found_above=1, patience=1000)


@pytest.mark.parametrize(
    ("value", "share"), [(0, 0), (1, 256), (0.5, 128), (0.35, 90), (0.0019, 0), (0.002, 1)]
)
def test_settings_in_integers(value, share):
    settings = Settings(window=value)
    assert settings.share("window") == share and settings.chance("window") == 128 * share


def test_a_network_needs_a_box_head():
    require_box_head(NETWORKS["tiny"])
    bare = replace(NETWORKS["tiny"], head_layers=())
    with pytest.raises(
        InputError, match=r"^network tiny has no box head: a tracker needs a response of 5 channels, not 1$"
    ):
        require_box_head(bare)
