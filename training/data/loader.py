"""Samples in batches, prepared ahead of the computation by other processes."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, fields, replace
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from siammixer.training.data.dataset import Sample
from siammixer.training.data.workers import WorkerContext
from siammixer.training.loop.distributed import Processes

PREFETCHED = 8
"""Batches that every worker keeps ready."""


@dataclass(frozen=True)
class Batch:
    """n templates with k searches each; fields as in :class:`siammixer.training.data.dataset.Sample`.

    ``wanted`` (n, 1 + k, c, e, e) and ``counted`` (n, 1 + k, e, e) are None without a teacher, ``triplet``
    (n,) without scale triplets.
    """

    template: Tensor
    search: Tensor
    target: Tensor
    triplet: Tensor | None = None
    wanted: Tensor | None = None
    counted: Tensor | None = None
    problems: tuple[str, ...] = ()

    def to(self, device: torch.device) -> Batch:
        """Returns the batch on a device."""
        return self._each(lambda tensor: tensor.to(device, non_blocking=True))

    def pin_memory(self) -> Batch:
        """Pins the tensors; the loader calls this where a GPU will fetch the batch."""
        return self._each(Tensor.pin_memory)

    def _each(self, change) -> Batch:
        tensors = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(
            self, **{name: change(value) for name, value in tensors.items() if isinstance(value, Tensor)}
        )


def collate(samples: list[Sample]) -> Batch:
    """Joins n samples in one batch."""

    def stacked(name: str) -> Tensor | None:
        parts = [getattr(sample, name) for sample in samples]
        return None if parts[0] is None else torch.from_numpy(np.stack(parts))

    problems = tuple(problem for sample in samples for problem in sample.problems)
    triplet = torch.tensor([sample.triplet for sample in samples])
    return Batch(
        stacked("template"),
        stacked("search"),
        stacked("target"),
        triplet,
        stacked("wanted"),
        stacked("counted"),
        problems,
    )


def load_batches(
    dataset: Dataset,
    steps: range,
    size: int,
    processes: Processes,
    *,
    workers: int,
    collate: Callable[[list], Any] = collate,
) -> Generator:
    """Yields the batches of the given steps, in order: ``size`` samples each, of which every process gets its
    share. Whoever does not take them all closes it, which ends the workers.

    Parameters
    ----------
    workers
        Processes that prepare them; 0: none beside the computation.
    collate
        Joins samples to a batch.
    """
    share = size // processes.count
    firsts = [step * size + processes.number * share for step in steps]
    options: dict[str, Any] = {}
    if workers:
        options = {
            "prefetch_factor": PREFETCHED,
            "persistent_workers": True,
            "multiprocessing_context": WorkerContext(),
        }
    batches = [range(first, first + share) for first in firsts]
    pin = processes.device.type == "cuda"
    # A forked worker would wait for ever for threads of OpenCV's that it has not inherited; and one worker
    # is to be one thread.
    cv2.setNumThreads(0)
    loader = DataLoader(
        dataset, batch_sampler=batches, num_workers=workers, collate_fn=collate, pin_memory=pin, **options
    )
    return _until_closed(loader)


def _until_closed(loader: DataLoader) -> Generator:
    batches = iter(loader)  # the workers begin now

    def taken() -> Generator:
        try:
            yield from batches
        finally:
            # Else they end when the garbage is collected, where an interrupt would be told with a traceback.
            getattr(batches, "_shutdown_workers", lambda: None)()

    return taken()
