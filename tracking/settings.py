"""The tracker's settings, and whether a network suits the tracker."""

from __future__ import annotations

from dataclasses import dataclass

from siammixer.ir import box_map
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.tracking import fixed

SHARE_BITS = 8
"""The tracker takes settings in 1/256."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the tracker reads the responses; the defaults were chosen on validation video (docs/tracking.md).

    The tracker rounds each to 1/256; ``patience`` is a whole number.

    Parameters
    ----------
    window
        Weight of the raised cosine that damps far places, 0 to 1.
    size_gain
        Factor on the logarithms of the sizes that the network sees, 0 to 4: it sees too small changes.
    size_rate, aspect_rate
        Share of a sure change of size, and of the ratio of width to height, that is taken over a frame.
    size_range
        How much smaller and larger than in the first frame the target may become, 1 to 16.
    lost_below
        Probability under which a frame is missed, 0 to 1.
    patience
        Frames in a row that may be missed; with one more the target counts as lost, and the tracker looks
        beside the last place too.
    found_above
        Probability that a place beside the last one must have, twice, before the tracker goes there.

    Raises
    ------
    InputError
        A setting is out of its range, or ``patience`` is no whole number.
    """

    window: float = 0.35
    size_gain: float = 1.4
    size_rate: float = 0.1
    aspect_rate: float = 0.03
    size_range: float = 5.0
    lost_below: float = 0.15
    patience: int = 3
    found_above: float = 0.8

    def __post_init__(self) -> None:
        highest = {"size_gain": 4, "size_range": 16, "patience": 1000}
        for name, value in vars(self).items():
            low, high = int(name == "size_range"), highest.get(name, 1)
            if not low <= value <= high:
                raise InputError(f"{name} must lie in {low}..{high}, not {value}")
        if self.patience != int(self.patience):
            raise InputError(f"patience must be a whole number, not {self.patience}")

    def share(self, name: str) -> int:
        """The setting of that name in 1/256, rounded to the nearest."""
        return round(getattr(self, name) * (1 << SHARE_BITS))

    def shares(self) -> dict[str, int]:
        """Every setting by its name, as hardware takes it: in 1/256, but ``patience`` as it is."""
        return {name: self.share(name) for name in vars(self) if name != "patience"} | {
            "patience": int(self.patience)
        }

    def chance(self, name: str) -> int:
        """The setting of that name as a probability of the tracker, in 1/32768 but a multiple of 1/256."""
        return self.share(name) << (fixed.PROBABILITY_BITS - SHARE_BITS)


def require_box_head(network: Network) -> None:
    """Raises InputError where the network's response is no box map."""
    channels = network.response_shape[2]
    if channels != box_map.BOX_CHANNELS:
        raise InputError(
            f"network {network.name} has no box head: a tracker needs a response of "
            f"{box_map.BOX_CHANNELS} channels, not {channels}"
        )
