"""A training run: resumable at any step with the same result, on one process or several, on CPUs or GPUs.

In the folder of a run: ``last.pt``, the checkpoint that it goes on from; ``best.pt``, the one with the most
validation hits; ``curves.csv``; and, of the stage qat, ``best.npz`` and ``last.npz``, the weights files of
the two.
"""

from __future__ import annotations

import math
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from siammixer.ir.errors import InputError
from siammixer.ir.interrupt import Interrupted, interruptible
from siammixer.ir.network import Network
from siammixer.training.data.loader import load_batches
from siammixer.training.data.pairs import validation_pairs
from siammixer.training.loop.checkpoint import load_checkpoint, save_checkpoint, whole_checkpoint
from siammixer.training.loop.curves import Row, read_curves, write_curves
from siammixer.training.loop.distributed import all_mean, synchronise
from siammixer.training.loop.lesson import open_lesson
from siammixer.training.loop.place import Crops, Place
from siammixer.training.loop.precision import AUTOCAST, with_precision
from siammixer.training.loop.recipe import Recipe
from siammixer.training.loop.warm_start import Model, checkpoint_to_start_from, digest_of
from siammixer.training.model.variants import find_variant
from siammixer.training.quantise.qat import QuantisedSiamMixer

VALIDATION_SEED = 7
RUN = {"recipe", "crops", "step", "hits", "best", "optimiser", "scaler", "sums", "counted"}
"""What a checkpoint has beside its model, to go on from."""


def train(network: Network, recipe: Recipe, crops: Crops, place: Place) -> Model:
    """Runs or resumes a run; the trained model, in evaluation mode.

    Raises
    ------
    InputError
        Where the folder holds another run, the start is not one for this recipe, or something cannot be read
        or written.
    KeyboardInterrupt
        After SIGINT, SIGTERM or SIGHUP, once the checkpoint is written.
    """
    return Run(network, recipe, crops, place).finish()


class Run:
    """The state of a run: a model, its optimiser, and how far they are."""

    def __init__(self, network: Network, recipe: Recipe, crops: Crops, place: Place):
        self.network, self.crops, self.place, self.processes = network, crops, place, place.processes
        self.recipe = replace(recipe, initial=digest_of(place.initial))
        if recipe.templates_per_step % self.processes.count:
            raise InputError(
                f"templates per step must be a multiple of the {self.processes.count} processes, not "
                f"{recipe.templates_per_step}"
            )
        self.path = place.out / "last.pt"
        state = self._saved()
        recipe = with_precision(self.recipe, self.processes.device)
        # The machines of a run may differ; the first decides for all.
        self.recipe = recipe = replace(recipe, precision=self.processes.from_first(recipe.precision))
        start = state or checkpoint_to_start_from(network, place.initial)
        actual, _ = find_variant(network, recipe.variant)
        self.held_out = validation_pairs(actual, crops.validation, recipe.validation_pairs, VALIDATION_SEED)
        self.lesson = open_lesson(network, actual, recipe, crops.training, start, state is not None, place)
        self.model, self.objective, self.dataset = (
            self.lesson.model,
            self.lesson.objective,
            self.lesson.dataset,
        )
        if self.processes.count > 1:
            synchronise(self.model)
            self.objective = DistributedDataParallel(self.objective, broadcast_buffers=False)
        groups = self.lesson.groups()
        self.trained = [parameter for group in groups for parameter in group["params"]]
        self.optimiser = torch.optim.AdamW(groups, lr=recipe.learning_rate)
        precision = AUTOCAST[recipe.precision]
        self.scaler = torch.amp.GradScaler(self.processes.device.type, enabled=precision == torch.float16)
        self.step, self.hits, self.best = 0, float("nan"), -1.0
        self.sums, self.counted = torch.zeros(len(self.lesson.parts), device=self.processes.device), 0
        self.told: set[str] = set()
        if state:
            self._restore(state)

    def finish(self) -> Model:
        """Takes every step that is left."""
        recipe, place, started, first = self.recipe, self.place, time.monotonic(), self.step
        rows = [row for row in read_curves(place.out / "curves.csv") if row["step"] <= self.step]
        steps = range(self.step, recipe.steps)
        batches = load_batches(
            self.dataset,
            steps,
            recipe.templates_per_step,
            self.processes,
            workers=place.workers,
            collate=self.lesson.collate,
        )
        self.lesson.train()
        bar = place.bar(self.model.network.name)
        with interruptible() as interrupted, bar as progress, closing(batches):
            task = progress.add_task("", total=recipe.steps, completed=first)
            for batch in batches:
                self._report(batch.problems)
                loss = self._learn(batch.to(self.processes.device))
                speed = (self.step - first) * recipe.pairs_per_step / (time.monotonic() - started)
                if not progress.disable and self.step % 10 == 0:
                    progress.update(
                        task,
                        completed=self.step,
                        description=f"loss {loss.item():.3f}, {speed:.0f} pairs/s, hits {self.hits:.3f}",
                    )
                last = self.step == recipe.steps
                if self.step % recipe.every == 0 or last:
                    self._validate(rows, speed)
                if self.processes.any(interrupted()) and not last:
                    self._save(self.path)
                    self.place.tell(
                        f"stopped at step {self.step} of {recipe.steps}; the same command goes on from "
                        f"{self.path}"
                    )
                    raise Interrupted(interrupted.number)
        self.processes.wait()
        return self.lesson.kept.eval()

    def _learn(self, batch) -> Tensor:
        """Takes one step and returns its loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.learning_rate * self.recipe.rate(self.step) * group.get("rate", 1.0)
        loss, parts = self.objective(batch, self.step)
        self.optimiser.zero_grad()
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimiser)
        nn.utils.clip_grad_norm_(self.trained, self.recipe.clip)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        self.lesson.learned(self.step)
        self.sums += parts
        self.counted += 1
        self.step += 1
        return loss.detach()

    def _validate(self, rows: list[Row], speed: float) -> None:
        """Hits, curves and checkpoints."""
        means = (all_mean(self.sums) / self.counted).tolist()
        self.sums, self.counted = torch.zeros_like(self.sums), 0
        if not all(map(math.isfinite, means)):
            raise InputError(
                f"the loss is no number any more before step {self.step}: lower the learning rate; "
                f"{self.path} is from before"
            )
        if not self.processes.first:
            return
        self.hits = float(self.lesson.hits(self.held_out).mean())
        parts = dict(zip(self.lesson.parts, means, strict=True))
        total = self.lesson.total(means)
        rate = self.recipe.learning_rate * self.recipe.rate(self.step - 1)
        pairs = self.step * self.recipe.pairs_per_step
        rows.append(
            {
                "step": self.step,
                "pairs": pairs,
                "loss": total,
                **parts,
                "hits": self.hits,
                "rate": rate,
                "pairs_per_second": speed,
            }
        )
        if self.hits > self.best:
            self.best = self.hits
            self._save(self.path.with_name("best.pt"))
        write_curves(self.place.out / "curves.csv", rows)
        self._save(self.path)
        self.place.drawn(rows)
        self.place.tell(
            f"step {self.step}/{self.recipe.steps}  loss {total:.4f}  hits {self.hits:.3f} (best "
            f"{self.best:.3f})  {speed:.1f} pairs/s"
        )

    def _save(self, path: Path) -> None:
        """A checkpoint, and the weights file beside it where there is one."""
        if not self.processes.first:
            return
        state = {
            "network": self.network.name,
            "variant": self.recipe.variant,
            "fingerprint": self.lesson.kept.network.fingerprint,
            "activation": self.recipe.activation,
            "stage": self.recipe.stage,
            "recipe": self.recipe.state(),
            "crops": self.crops.digest,
            "step": self.step,
            "hits": self.hits,
            "best": self.best,
            "model": self.lesson.kept.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "scaler": self.scaler.state_dict(),
            "sums": self.sums,
            "counted": self.counted,
        }
        save_checkpoint(path, state | self.lesson.state())
        if isinstance(self.lesson.kept, QuantisedSiamMixer):
            self.lesson.kept.weights().save(path.with_suffix(".npz"))

    def _saved(self) -> dict | None:
        """Reads the checkpoint that this run goes on from, if there is one."""
        if not self.path.exists():
            return None
        try:
            state = load_checkpoint(self.network, self.path)
        except InputError as error:
            raise InputError(
                f"{error}; without this file the run begins anew, and with best.pt under its name from there"
            ) from None
        missing = RUN - state.keys()
        if missing or not isinstance(state["recipe"], dict):
            raise InputError(
                f"{self.path}: not a run's checkpoint: it has no {', '.join(sorted(missing)) or 'recipe'}"
            )
        self.recipe = with_precision(self.recipe, self.processes.device, state["recipe"])
        state["recipe"].setdefault("precision", self.recipe.precision)
        self.recipe.require_same(state["recipe"], str(self.path))
        if state["crops"] != self.crops.digest:
            raise InputError(
                f"{self.path}: its run has other training crops; go on with the same --data or name "
                "another --out"
            )
        self.place.tell(f"going on from {self.path} at step {state['step']} of {self.recipe.steps}")
        return state

    def _restore(self, state: dict) -> None:
        with whole_checkpoint(self.path):
            self.optimiser.load_state_dict(state["optimiser"])
            self.scaler.load_state_dict(state["scaler"])
            self.step, self.hits, self.best = state["step"], state["hits"], state["best"]
            self.sums, self.counted = state["sums"].to(self.processes.device), state["counted"]

    def _report(self, problems: tuple[str, ...]) -> None:
        """Says once what could not be decoded."""
        for problem in problems:
            if problem not in self.told:
                self.told.add(problem)
                self.place.tell(f"{problem}; another sample takes its place")
