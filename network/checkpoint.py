"""Checkpoints of a training run: written whole or not at all, read only for their own network."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from network.model import SiamMixer
from spec.errors import SpecError
from spec.network import Network


def save_checkpoint(path: Path, state: dict) -> None:
    """Writes the checkpoint whole or not at all."""
    temporary = path.with_suffix(".part")
    torch.save(state, temporary)
    os.replace(temporary, path)


def load_checkpoint(network: Network, path: Path | str) -> dict:
    """A checkpoint of this network: keys network, fingerprint, step, model, optimiser, hits.

    Raises
    ------
    SpecError
        Where the file is missing, damaged or of another network.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        found = state["network"], state["fingerprint"]
    except FileNotFoundError:
        raise SpecError(f"{path}: no such checkpoint") from None
    except Exception as error:  # torch raises whatever its unpickler met
        raise SpecError(f"{path}: damaged or not a checkpoint ({error})") from None
    if found != (network.name, network.fingerprint):
        raise SpecError(f"{path}: checkpoint must be of {network.name} ({network.fingerprint}), not of {found[0]} ({found[1]})")
    return state


def load_model(network: Network, path: Path | str) -> SiamMixer:
    """The trained model in evaluation mode."""
    model = SiamMixer(network)
    model.load_state_dict(load_checkpoint(network, path)["model"])
    return model.eval()
