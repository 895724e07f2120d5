"""The tracker asks this of whatever computes the network: float, golden, simulated RTL, a board."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from siammixer.ir.network import Network


class Engine(Protocol):
    """One network with its weights, ready to run.

    Engines need not derive from this class. All but the float engine agree to the bit.
    """

    network: Network
    name: str
    """How reports call it: "float", "golden", "rtl", "board"."""

    def set_template(self, crop: np.ndarray) -> None:
        """Runs the template branch on a crop uint8 (template_side, template_side, 3) RGB and keeps the
        template.
        """

    def responses(self, crops: np.ndarray) -> np.ndarray:
        """Returns the responses (n, r, r) of search crops uint8 (n, search_side, search_side, 3) RGB to the
        kept template.

        INT32 from the engines that compute with integers, float32 in units of its own from the float engine:
        the tracker depends on ratios of responses only.
        """

    def close(self) -> None:
        """Releases processes and files; the engine is not used afterwards."""
