"""Checkpoints of a training run: written whole or not at all, read only for their own network."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from siammixer.ir.errors import InputError
from siammixer.ir.files import write_whole
from siammixer.ir.network import Network
from siammixer.training.model.fold import Folded
from siammixer.training.model.model import SiamMixer
from siammixer.training.model.variants import find_variant
from siammixer.training.names import STAGES

if TYPE_CHECKING:
    from siammixer.training.quantise.qat import QuantisedSiamMixer


FILE = "file"
"""Where a checkpoint that was read has the name of its file."""


def save_checkpoint(path: Path, state: dict) -> None:
    """Writes the checkpoint whole or not at all; the one that was there before stays until then.

    Raises
    ------
    InputError
        Where it cannot be written.
    """
    content = io.BytesIO()  # torch would say of a full disk nothing but that some writer failed
    torch.save(state, content)
    write_whole(path, content.getvalue())


def load_checkpoint(network: Network, path: Path | str) -> dict:
    """Returns a checkpoint of this network or of a variant of it.

    Returns
    -------
    dict
        network (name), variant (None: the network itself), fingerprint, activation, stage ("float",
        "distil" or "qat"), step, model; and, as :mod:`siammixer.training.loop.train` writes it, what a run
        needs to go on.

    Raises
    ------
    InputError
        Where the file is missing, damaged or of another network.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        state = {"variant": None, "activation": "relu", "stage": "float"} | state
        found, stage = (state["network"], state["fingerprint"]), state["stage"]
        if stage not in STAGES or not isinstance(state["model"], dict):
            raise ValueError(f"stage {stage!r}" if stage not in STAGES else "no tensors in it")
        state[FILE] = str(path)
    except FileNotFoundError:
        raise InputError(f"{path}: no such checkpoint; siammixer train writes them") from None
    except IsADirectoryError:
        raise InputError(f"{path}: must be a checkpoint, not a folder; a run's folder has best.pt") from None
    except Exception as error:  # torch raises whatever its unpickler met
        words = str(error).splitlines()[0] if str(error) else type(error).__name__
        # Torch's own words would advise to load whatever the file holds.
        reason = "" if "weights_only" in words else f" ({words.split('. ')[0]})"
        raise InputError(f"{path}: damaged or not a checkpoint{reason}") from None
    expected = (
        find_variant(network, state["variant"])[0].fingerprint
        if found[0] == network.name
        else network.fingerprint
    )
    if found != (network.name, expected):
        raise InputError(
            f"{path}: checkpoint must be of {network.name} ({expected}), not of {found[0]} ({found[1]})"
        )
    return state


def load_model(network: Network, path: Path | str) -> SiamMixer:
    """Returns the trained float model in evaluation mode; :attr:`SiamMixer.network` is the variant that was
    trained.
    """
    state = load_checkpoint(network, path)
    if state["stage"] == "qat":
        raise InputError(
            f"{path}: checkpoint must be of the stage float or distil, not {state['stage']}: that runs in "
            "integers, from its weights file"
        )
    return restored(network, state).eval()


def load_quantised(network: Network, path: Path | str) -> QuantisedSiamMixer:
    """Returns the model of a checkpoint of the stage qat."""
    state = load_checkpoint(network, path)
    if state["stage"] != "qat":
        raise InputError(f"{path}: checkpoint must be of the stage qat, not {state['stage']}")
    return restored(network, state)


def require_trained_head(network: Network, state: dict, path: Path | str) -> None:
    """Refuses a checkpoint to be quantised whose head has not been trained: that of the stage float."""
    if network.head_layers and state["stage"] == "float":
        raise InputError(
            f"{path}: checkpoint must be of the stage distil, not float, which leaves the head of "
            f"{network.name} untrained"
        )


def restored(network: Network, state: dict) -> SiamMixer | QuantisedSiamMixer:
    """Returns the model of a checkpoint's content, of either stage.

    Raises
    ------
    InputError
        Where its tensors are not those of the network.
    """
    with whole_checkpoint(state.get(FILE, "the checkpoint")):
        return _restored(network, state)


@contextmanager
def whole_checkpoint(path: Path | str) -> Iterator[None]:
    """Says in one sentence what the block misses in the content of a checkpoint.

    Raises
    ------
    InputError
        In place of the errors of content that is not there or of another kind.
    """
    try:
        yield
    except InputError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        lines = [line.strip() for line in str(error).splitlines()] or [type(error).__name__]
        missing = f"it has no {error}" if isinstance(error, KeyError) else lines[min(1, len(lines) - 1)]
        raise InputError(f"{path}: damaged, or not such a checkpoint ({missing.rstrip('. ')})") from None


def _restored(network: Network, state: dict) -> SiamMixer | QuantisedSiamMixer:
    trained = state["model"]
    if state["stage"] == "qat":
        from siammixer.training.quantise.qat import (
            QuantisedSiamMixer,  # it quantises checkpoints, so it imports this module
        )

        keys = {
            operator.name: f"weighted.{operator.name.replace('.', '/')}" for operator in network.weighted()
        }
        folded = {
            name: Folded(trained[f"{key}.weight"].numpy(), trained[f"{key}.bias"].numpy())
            for name, key in keys.items()
        }
        model = QuantisedSiamMixer(network, folded, trained["_extra_state"])
    else:
        actual, options = find_variant(network, state["variant"])
        model = SiamMixer(actual, state["activation"], **options)
    model.load_state_dict(trained)
    return model
