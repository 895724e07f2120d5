"""The float network as an engine (:mod:`siammixer.tracking.engine`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.numerics import ACTIVATION_MAX, ACTIVATION_MIN
from siammixer.ir.operators import RESPONSE
from siammixer.tracking.settings import require_box_head
from siammixer.training.loop.checkpoint import load_model
from siammixer.training.model.model import SiamMixer, to_input


class FloatEngine:
    """A trained model, in evaluation mode, on the device that holds it.

    Everything but the last step is computed in floating point: the box map, whose units are fixed
    (:mod:`siammixer.ir.box_map`), is rounded to INT8 for the tracker, which knows integers only.

    Raises
    ------
    InputError
        The model's network has no box head.
    """

    name = "float"

    def __init__(self, model: SiamMixer):
        require_box_head(model.network)
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
        """Returns INT32 (n, r, r, 5): box maps of search crops uint8 (n, search_side, search_side, 3) RGB
        for the kept template, each value the nearest integer (half to even) within INT8.
        """
        if self._template is None:
            raise InputError("a template must be set before responses are asked for")
        count = len(crops)
        with torch.inference_mode():
            template = self._template.expand(count, -1, -1, -1)
            maps = self.model.tensors(self._input(crops), "search", template)[RESPONSE]
            integers = maps.float().round().clamp(ACTIVATION_MIN, ACTIVATION_MAX).to(torch.int32)
            return integers.permute(0, 2, 3, 1).cpu().numpy()

    def close(self) -> None:
        """Forgets the template; there is nothing else to release."""
        self._template = None

    def _input(self, crops: np.ndarray) -> Tensor:
        return to_input(torch.from_numpy(np.ascontiguousarray(crops)).to(self.model.gain.device))
