"""Training on pairs of crops: balanced logistic and peak losses, AdamW, warm-up and cosine, checkpoints that resume."""

from __future__ import annotations

import argparse
import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, Subset

from network.checkpoint import load_checkpoint, save_checkpoint
from network.model import SiamMixer, to_input
from network.pairs import HIT_PIXELS, Pairs, TrainingPairs, pixels, validation_pairs
from network.tracks import read_tracks
from network.validate import float_responses, response_hits
from spec.errors import SpecError
from spec.network import NETWORKS, Network, find_network

NEGATIVE_WEIGHT = 0.15
PEAK_WEIGHT = 0.5
WARM_UP_SHARE = 0.03
VALIDATION_SEED = 7


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What a run does; ``pairs`` counts (template, search) pairs over the whole run."""

    pairs: int
    templates_per_step: int = 8
    searches_per_template: int = 3
    learning_rate: float = 2e-3
    weight_decay: float = 1e-2
    seed: int = 1

    @property
    def steps(self) -> int:
        return max(1, self.pairs // (self.templates_per_step * self.searches_per_template))

    def rate(self, step: int) -> float:
        """Share of ``learning_rate`` at a step: linear warm-up, then a cosine to zero."""
        warm_up = max(1, round(WARM_UP_SHARE * self.steps))
        if step < warm_up:
            return (step + 1) / warm_up
        return 0.5 + 0.5 * math.cos(math.pi * (step - warm_up) / max(1, self.steps - warm_up))


def squared_distance(network: Network, target: Tensor) -> Tensor:
    """Of every response cell from the target (dx, dy), in square pixels: (n, 2) -> (n, 1, r, r)."""
    side = network.response_side
    offset = (torch.arange(side) - (side - 1) / 2) * network.stride
    return ((offset - target[:, :1]).square()[:, None, :] + (offset - target[:, 1:]).square()[:, :, None])[:, None]


def labels(network: Network, target: Tensor) -> Tensor:
    """1.0 in the response cells within 16 px of the target (dx, dy): (n, 2) pixels -> (n, 1, r, r)."""
    return (squared_distance(network, target) <= pixels(network, HIT_PIXELS) ** 2).float()


def balanced_loss(logits: Tensor, label: Tensor) -> Tensor:
    """Logistic loss in which each pair's positive cells weigh as much as its negative cells; shapes (n, 1, r, r)."""
    loss = functional.binary_cross_entropy_with_logits(logits, label, reduction="none")
    positive = (loss * label).sum((1, 2, 3)) / label.sum((1, 2, 3)).clamp(min=1)
    negative = (loss * (1 - label)).sum((1, 2, 3)) / (1 - label).sum((1, 2, 3)).clamp(min=1)
    return (positive + negative).mean() / 2


def peak_loss(network: Network, logits: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy between the softmax over the cells (n, 1, r, r) and a bell of sigma 8 px around the target (n, 2).

    The logistic loss judges each cell by itself; what the tracker reads is which cell is the largest.
    """
    bell = (-squared_distance(network, target) / (2 * pixels(network, HIT_PIXELS / 2) ** 2)).flatten(1).softmax(1)
    return functional.cross_entropy(logits.flatten(1), bell)


@dataclass(frozen=True)
class Batch:
    """template (n, s, s, 3) uint8, search (n, k, s, s, 3) uint8, target (n, k, 2) float32 as (dx, dy) pixels from the search centre."""

    template: Tensor
    search: Tensor
    target: Tensor


def collate(items: list[Pairs]) -> Batch:
    """n items of :class:`network.pairs.TrainingPairs` in one batch."""
    return Batch(
        torch.from_numpy(np.concatenate([item.template for item in items])),
        torch.from_numpy(np.stack([item.search for item in items])),
        torch.from_numpy(np.stack([item.target for item in items])),
    )


def batch_loss(model: SiamMixer, batch: Batch) -> Tensor:
    """Loss of a batch, a scalar.

    Both branches go through BatchNorm as one batch of search-sized crops, because in use they share its
    statistics. A smaller template crop, as in the local network, gives the same centre cells.

    Every search is correlated with every template, by one dense convolution. With its own template the
    response must peak on the target; with another target's, a negative pair, nothing may respond.
    """
    count, searches = batch.search.shape[:2]
    with torch.autocast("cpu", torch.bfloat16):
        maps = model.embed(to_input(torch.cat([batch.template, batch.search.flatten(0, 1)])), "search")
    template, embedding = model.template_of(maps[:count]).float(), maps[count:].float()
    logits = model.logits(functional.conv2d(embedding, template)).unflatten(0, (count, searches))
    own = torch.eye(count, dtype=torch.bool)[:, None].expand(count, searches, count)
    matched, target = logits[own][:, None], batch.target.flatten(0, 1)
    positive = balanced_loss(matched, labels(model.network, target)) + PEAK_WEIGHT * peak_loss(model.network, matched, target)
    return positive + NEGATIVE_WEIGHT * functional.softplus(logits[~own]).mean()


def train(network: Network, recipe: Recipe, data: list[Path], validation: Path, out: Path, *, workers: int = 1, every: int = 200) -> SiamMixer:
    """Runs or resumes a training run; ``out/NETWORK.pt`` is its checkpoint, written every ``every`` steps and at the end."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{network.name}.pt"
    torch.manual_seed(recipe.seed)
    tracks = [track for folder in data for track in read_tracks(folder)]
    held_out = validation_pairs(network, read_tracks(validation), 200, VALIDATION_SEED)
    model = SiamMixer(network).train()
    optimiser = torch.optim.AdamW(_parameter_groups(model, recipe), lr=recipe.learning_rate)
    done = 0
    if path.exists():
        state = load_checkpoint(network, path)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        done = state["step"]
        print(f"resuming {path} at step {done}")
    items = TrainingPairs(network, tracks, searches=recipe.searches_per_template, items=recipe.steps * recipe.templates_per_step, seed=recipe.seed)
    remaining = Subset(items, range(done * recipe.templates_per_step, len(items)))
    loader = DataLoader(remaining, recipe.templates_per_step, num_workers=workers, collate_fn=collate)
    columns = (TextColumn(network.name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    recent, start = [], time.time()
    with Progress(*columns, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("", total=recipe.steps, completed=done)
        for step, batch in enumerate(loader, done):
            for group in optimiser.param_groups:
                group["lr"] = recipe.learning_rate * recipe.rate(step)
            loss = batch_loss(model, batch)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            recent.append(loss.item())
            progress.update(task, advance=1, description=f"loss {np.mean(recent[-50:]):.3f}")
            if (step + 1) % every == 0 or step + 1 == recipe.steps:
                hits = float(response_hits(network, float_responses(model, held_out), held_out.target).mean())
                state = {"network": network.name, "fingerprint": network.fingerprint, "step": step + 1, "hits": hits}
                save_checkpoint(path, state | {"model": model.state_dict(), "optimiser": optimiser.state_dict()})
                speed = (step + 1 - done) * recipe.templates_per_step * recipe.searches_per_template / (time.time() - start)
                print(f"step {step + 1}/{recipe.steps}  loss {np.mean(recent[-every:]):.4f}  hits {hits:.3f}  {speed:.1f} pairs/s", flush=True)
    return model.eval()


def _parameter_groups(model: SiamMixer, recipe: Recipe) -> list[dict]:
    """Weight matrices decay; BatchNorm's vectors and the two scalars of the loss do not."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    return [{"params": matrices, "weight_decay": recipe.weight_decay}, {"params": vectors, "weight_decay": 0.0}]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m network.train", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--network", default="siammixer", help=f"one of {', '.join(NETWORKS)}")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of training crops (layouts: network/pairs.py)")
    parser.add_argument("--validation", type=Path, required=True, help="folder of crops of other sequences, to measure the hit rate on")
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoint; an existing one of this network is resumed")
    parser.add_argument("--pairs", type=int, default=50_000, help="(template, search) pairs of the whole run")
    parser.add_argument("--learning-rate", type=float, default=Recipe.learning_rate, help="peak of the schedule")
    parser.add_argument("--templates", type=int, default=Recipe.templates_per_step, help="templates per step, each with its searches")
    parser.add_argument("--seed", type=int, default=Recipe.seed, help="of the initial weights and of every pair")
    parser.add_argument("--threads", type=int, default=1, help="threads of the computation")
    parser.add_argument("--workers", type=int, default=1, help="processes that prepare pairs; 0: none beside the computation")
    parser.add_argument("--every", type=int, default=200, help="steps between checkpoints, each with its hit rate")
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    try:
        recipe = Recipe(pairs=given.pairs, learning_rate=given.learning_rate, templates_per_step=given.templates, seed=given.seed)
        train(find_network(given.network), recipe, given.data, given.validation, given.out, workers=given.workers, every=given.every)
    except SpecError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
