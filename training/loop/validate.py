"""How often the response peaks on the target, in float or with golden's integers."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.ir.named import OWN_NETWORK, open_network
from siammixer.ir.network import Network
from siammixer.ir.weights import Weights, load_weights
from siammixer.training.data.pairs import HIT_PIXELS, Pairs, pixels, validation_pairs
from siammixer.training.data.tracks import read_tracks
from siammixer.training.loop.checkpoint import load_checkpoint, load_model
from siammixer.training.model.beside import response_operator
from siammixer.training.model.model import SiamMixer, to_input

ENGINES = ("golden", "float")


def peak(network: Network, response: np.ndarray) -> np.ndarray:
    """Returns the displacement (n, 2), as (dx, dy) pixels from the search centre, of the first largest cell
    of responses (n, r, r).
    """
    count, side, _ = response.shape
    row, column = np.divmod(response.reshape(count, -1).argmax(axis=1), side)
    return (np.stack([column, row], axis=1) - (side - 1) / 2) * network.stride


def response_hits(network: Network, response: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Returns whether each response (n, r, r) peaks within 16 px of its target (n, 2); bool (n,).

    The 16 px are of a 127-pixel exemplar and scale with the network's.
    """
    return np.linalg.norm(peak(network, response) - target, axis=1) <= pixels(network, HIT_PIXELS)


def float_responses(model: SiamMixer, pairs: Pairs, batch: int = 10) -> np.ndarray:
    """Returns the responses (n, r, r) float32 of validation pairs, evaluation mode, computed where the model
    is.
    """
    was_training, device = model.training, model.gain.device
    model.eval()
    with torch.inference_mode():
        parts = [
            model(
                *(
                    to_input(torch.from_numpy(crops[i : i + batch]).to(device))
                    for crops in (pairs.template, pairs.search)
                )
            )
            for i in range(0, len(pairs.target), batch)
        ]
    model.train(was_training)
    return torch.cat(parts)[:, 0].float().cpu().numpy()


def score_maps(model: SiamMixer, pairs: Pairs, batch: int = 10) -> np.ndarray:
    """Returns the scores (n, r, r) float32 that a network with a head gives validation pairs, evaluation
    mode.
    """
    answer, device = response_operator(model.network).name, model.gain.device
    was_training, parts = model.training, []
    model.eval()
    with torch.inference_mode():
        for i in range(0, len(pairs.target), batch):
            template, search = (
                to_input(torch.from_numpy(crops[i : i + batch]).to(device))
                for crops in (pairs.template, pairs.search)
            )
            tensors = model.tensors(search, "search", model.embed(template, "template"))
            parts.append(tensors[answer][:, 0].float())
    model.train(was_training)
    return torch.cat(parts).cpu().numpy()


def golden_responses(network: Network, weights: Weights, pairs: Pairs) -> np.ndarray:
    """Returns the responses (n, r, r) INT32 of validation pairs, computed by the bit-exact integer model: of
    a network with a head its scores.
    """
    from siammixer.golden.network import run  # a training run has no use for golden

    responses, name = [], network.correlation.name
    for template_crop, search_crop in zip(pairs.template, pairs.search, strict=True):
        template = run(network, weights, template_crop, "template")["template"]
        responses.append(run(network, weights, search_crop, "search", template=template)[name][:, :, 0])
    return np.stack(responses)


def main(arguments: list[str] | None = None) -> int:
    """Prints how often the response peaks on the target; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m siammixer.training.loop.validate",
        description=__doc__,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--network", default="siammixer", help=f"{', '.join(NETWORKS)}, {OWN_NETWORK}")
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="folder of crops that the network was not trained on (layouts: training/data/pairs.py)",
    )
    parser.add_argument(
        "--engine", default="golden", choices=ENGINES, help="golden: INT8 weights file; float: checkpoint"
    )
    parser.add_argument("--weights", type=Path, help="weights file; the shipped one where not given")
    parser.add_argument("--checkpoint", type=Path, help="checkpoint, needed by the float engine")
    parser.add_argument(
        "--pairs",
        type=int,
        default=100,
        help="random pairs: template, later frame within 30, target shifted by up to 40 px",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the pairs")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        network = open_network(given.network)
        if given.pairs < 1:
            raise InputError(f"--pairs must be at least 1, not {given.pairs}")
        if given.engine == "float" and given.checkpoint is None:
            raise InputError("--engine float needs --checkpoint")
        pairs = validation_pairs(network, read_tracks(given.data), given.pairs, given.seed)
        if given.engine == "float":
            model = load_model(network, given.checkpoint)
            scores = load_checkpoint(network, given.checkpoint)["stage"] == "distil"
            response = (score_maps if scores else float_responses)(model, pairs)
        else:
            response = golden_responses(network, load_weights(network, given.weights), pairs)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    hits = response_hits(network, response, pairs.target)
    print(
        f"{network.name}, {given.engine}: {hits.sum()} of {len(hits)} responses ({hits.mean():.1%}) peak "
        "within 16 px of the target"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
