"""Several processes that train one model, as torchrun starts them: each computes its share of every batch.

The gradients are those of one process on the whole batch: what a loss takes from all of a batch (templates,
counts, the statistics of BatchNorm) is exchanged. With one process nothing is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import Tensor, distributed, nn

from siammixer.ir.errors import InputError
from siammixer.training.names import DEVICES

PATIENCE = timedelta(hours=24)
"""How long the others wait for the first process: it alone runs the teacher and the validation."""


@dataclass(frozen=True)
class Processes:
    """This process among ``count``; number 0 alone writes files."""

    number: int
    count: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this is process 0, which alone writes files and speaks."""
        return self.number == 0

    def wait(self) -> None:
        """Until all processes are here."""
        if self.count > 1:
            distributed.barrier()

    def any(self, here: bool) -> bool:
        """Returns whether ``here`` is so in any process."""
        if self.count == 1:
            return here
        flag = torch.tensor(float(here), device=self.device)
        distributed.all_reduce(flag)
        return bool(flag)

    def from_first(self, value):
        """The first process's value, in all."""
        if self.count == 1:
            return value
        box = [value]
        distributed.broadcast_object_list(box, device=self.device)
        return box[0]


@contextmanager
def open_processes(device: str, threads: int | None = None) -> Iterator[Processes]:
    """Yields the processes that torchrun started, or this one alone.

    Parameters
    ----------
    device
        "cpu", "cuda", or "auto": a GPU where there is one.
    threads
        Of the computation on a CPU; None: as PyTorch has it.

    Raises
    ------
    InputError
        Where there is no GPU for "cuda".
    """
    if device not in DEVICES:
        raise InputError(f"device must be one of {', '.join(DEVICES)}, not {device!r}")
    if device == "cuda" and not torch.cuda.is_available():
        raise InputError("--device must be cpu, not cuda: there is no GPU that PyTorch can use here")
    if threads is not None:
        torch.set_num_threads(threads)
    # torchrun's own interface is these variables.
    count, number = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
    gpu = device != "cpu" and torch.cuda.is_available()
    place = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if gpu else torch.device("cpu")
    if gpu:
        torch.cuda.set_device(place)
    if count > 1:
        distributed.init_process_group("nccl" if gpu else "gloo", timeout=PATIENCE)
    try:
        yield Processes(number, count, place)
    finally:
        if count > 1:
            distributed.destroy_process_group()


def _together() -> bool:
    return distributed.is_initialized() and distributed.get_world_size() > 1


class _AllSum(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        y = x.contiguous().clone()
        distributed.all_reduce(y)
        return y

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        gradient = gradient.contiguous().clone()
        distributed.all_reduce(gradient)
        return gradient


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        parts = [torch.empty_like(x) for _ in range(distributed.get_world_size())]
        distributed.all_gather(parts, x.contiguous())
        ctx.count = len(x)
        return torch.cat(parts)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        gradient = gradient.contiguous().clone()
        distributed.all_reduce(gradient)
        first = distributed.get_rank() * ctx.count
        return gradient[first : first + ctx.count]


def all_sum(x: Tensor) -> Tensor:
    """Returns the sum over all processes, in each; gradients come back to all terms."""
    return _AllSum.apply(x) if _together() else x


def all_mean(x: Tensor) -> Tensor:
    """Returns the mean over all processes of a number that needs no gradient."""
    return all_sum(x.detach()) / (distributed.get_world_size() if _together() else 1)


def gather(x: Tensor) -> tuple[Tensor, int]:
    """Returns the processes' tensors (n, ...) joined, in the order of the processes, and where this one's
    begins.
    """
    return (_Gather.apply(x), distributed.get_rank() * len(x)) if _together() else (x, 0)


class SynchronisedNorm(nn.modules.batchnorm._BatchNorm):
    """BatchNorm over the batches of all processes together, on any device (torch's own needs GPUs); the same
    state.
    """

    def __init__(self, norm: nn.modules.batchnorm._BatchNorm):
        super().__init__(norm.num_features, norm.eps, norm.momentum)
        self.load_state_dict(norm.state_dict())
        self.to(norm.weight.device)
        for name in ("weight", "bias"):
            getattr(self, name).requires_grad_(getattr(norm, name).requires_grad)

    def _check_input_dim(self, x: Tensor) -> None:
        """Any (n, c, ...)."""

    def forward(self, x: Tensor) -> Tensor:
        if not (self.training and _together()):
            return super().forward(x)
        axes, shape = [axis for axis in range(x.ndim) if axis != 1], [1, -1, *[1] * (x.ndim - 2)]
        wide = x.float()
        count = x.numel() / x.shape[1] * distributed.get_world_size()
        mean = all_sum(wide.sum(axes)) / count
        # Two rounds, because a mean of squares less a squared mean loses what it measures.
        variance = all_sum((wide - mean.view(shape)).square().sum(axes)) / count
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * (count / (count - 1)), self.momentum)
            self.num_batches_tracked.add_(1)
        scale = self.weight * (variance + self.eps).rsqrt()
        return (wide * scale.view(shape) + (self.bias - mean * scale).view(shape)).to(x.dtype)


def synchronise(model: nn.Module) -> nn.Module:
    """Replaces every BatchNorm of a model by a :class:`SynchronisedNorm`."""
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.modules.batchnorm._BatchNorm):
                setattr(module, name, SynchronisedNorm(child))
    return model
