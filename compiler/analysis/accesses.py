"""How often a run reads and writes each memory, exactly, from its steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from siammixer.arch.accelerator import TAPS, Accelerator
from siammixer.arch.instruction import Kind
from siammixer.compiler.program import BranchProgram


@dataclass(frozen=True, kw_only=True)
class Accesses:
    """Words that are read and written; a word of the weights is one in every lane."""

    reads: int = 0
    writes: int = 0

    def __add__(self, other: Accesses) -> Accesses:
        return Accesses(reads=self.reads + other.reads, writes=self.writes + other.writes)

    def times(self, count: int) -> Accesses:
        """The same ``count`` times."""
        return Accesses(reads=count * self.reads, writes=count * self.writes)


MEMORIES = ("weights", "feature maps", "program", "response", "pixel lines")


def accesses(plan: BranchProgram) -> dict[str, Accesses]:
    """Accesses of a run to each of MEMORIES that its results need; the hardware reads in other cycles too."""
    found = dict.fromkeys(MEMORIES, Accesses())
    steps = sum(step.executions for step in plan.steps) + 1
    found["program"] = Accesses(reads=steps * (len(plan.program) // (len(plan.steps) + 1)))
    for step in plan.steps:
        for memory, count in step_accesses(plan.accelerator, step.fields).items():
            found[memory] += count.times(step.executions)
        if step.writes is not None:
            written = [step.writes.writes(plan.accelerator.lanes, turn) for turn in range(step.executions)]
            found["feature maps"] += Accesses(writes=sum(len(one.addresses) for one in written))
    return found


def step_accesses(accelerator: Accelerator, fields: Mapping[str, int]) -> dict[str, Accesses]:
    """Accesses of one execution of an instruction but for the words of feature maps that it writes."""
    kind, blocks, macs = Kind(fields["kind"]), fields["blocks"], fields["macs"]
    pixels, fused = fields["rows"] * fields["columns"], fields.get("fused", 0)
    windows = _windows(fields)
    sums = windows if kind in (Kind.DEPTHWISE, Kind.STORE_TEMPLATE, Kind.CORRELATE) else pixels
    products = 0 if kind == Kind.TRANSPOSE else blocks * sums * macs
    loads = 0 if kind in (Kind.STORE_TEMPLATE, Kind.TRANSPOSE) else blocks << fused
    found = {"weights": Accesses(reads=products + loads + blocks * windows * fused)}
    if kind == Kind.STORE_TEMPLATE:
        found["weights"] = Accesses(writes=products)
    if kind == Kind.CONVOLUTION:
        stride = 2 if fields.get("stride_2") else 1
        taken = ((fields["rows"] - 1) * stride + 3) * ((fields["columns"] - 1) * stride + 3)
        found["pixel lines"] = Accesses(reads=taken, writes=taken)
    elif kind == Kind.POINTWISE:
        residual = fields.get("residual", 0)
        gears = macs - (residual and fields.get("residual_slot", 0) < macs)
        words = gears if accelerator.lanes <= TAPS else -(-TAPS * gears // accelerator.lanes)
        found["feature maps"] = Accesses(reads=blocks * pixels * (words + residual))
    else:
        found["feature maps"] = Accesses(reads=blocks * pixels)
    if kind == Kind.CORRELATE:
        found["response"] = Accesses(reads=blocks * windows, writes=blocks * windows)
    return found


def _windows(fields: Mapping[str, int]) -> int:
    """Whole windows of a step that slides one over a map, or over the results of a fused step."""
    fused = fields.get("fused", 0)
    kernel = 5 if fields.get("kernel_5") and not fused else 3
    stride = 2 if fields.get("fused_stride_2" if fused else "stride_2") else 1
    return ((fields["rows"] - kernel) // stride + 1) * ((fields["columns"] - kernel) // stride + 1)
