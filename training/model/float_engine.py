"""The float network as an engine (:mod:`siammixer.tracking.engine`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.training.loop.checkpoint import load_model
from siammixer.training.model.model import SiamMixer, to_input


class FloatEngine:
    """A trained model, in evaluation mode, on the device that holds it.

    Its responses have units of their own: the tracker reads ratios only.
    """

    name = "float"

    def __init__(self, model: SiamMixer):
        self.model, self.network = model.eval(), model.network
        self._template: Tensor | None = None

    @classmethod
    def from_checkpoint(cls, network: Network, path: Path | str) -> FloatEngine:
        """Returns the model of a checkpoint of ``network`` or of a variant of it, which :attr:`network` then
        is; InputError for any other.
        """
        return cls(load_model(network, path))

    def set_template(self, crop: np.ndarray) -> None:
        """Keeps the template of a crop uint8 (template_side, template_side, 3) RGB."""
        with torch.inference_mode():
            self._template = self.model.embed(self._input(crop[None]), "template")

    def responses(self, crops: np.ndarray) -> np.ndarray:
        """Returns float32 (n, r, r): responses of search crops uint8 (n, search_side, search_side, 3) RGB to
        the kept template.
        """
        if self._template is None:
            raise InputError("a template must be set before responses are asked for")
        with torch.inference_mode():
            return (
                functional.conv2d(self.model.embed(self._input(crops), "search"), self._template)[:, 0]
                .float()
                .cpu()
                .numpy()
            )

    def close(self) -> None:
        """Forgets the template; there is nothing else to release."""
        self._template = None

    def _input(self, crops: np.ndarray) -> Tensor:
        return to_input(torch.from_numpy(np.ascontiguousarray(crops)).to(self.model.gain.device))
