"""The compiled simulators of an accelerator, and what they are made from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.interface import trace_bytes_of
from siammixer.driver.core import CoreRun
from siammixer.driver.planner import Pass, Planner, plan_branches
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.ir.network import BRANCHES, Network
from siammixer.rtl.accelerator import SiamMixer
from siammixer.sim.build import Binary, build
from siammixer.sim.native import build_native
from siammixer.sim.verilog import cached_verilog

# Fewer lanes simulate so fast that no run makes up for a second build.
_TRAINED_LANES = 16


def simulator(accelerator: Accelerator, progress: Callable[[str], None] = print) -> Binary:
    """The simulator of an accelerator under cocotb, with a trace; built where its sources changed."""
    return build(
        generated_verilog(accelerator, progress),
        trace_bytes=trace_bytes_of(accelerator.lanes),
        progress=progress,
    )


def native_simulator(
    accelerator: Accelerator,
    progress: Callable[[str], None] = print,
    coverage: bool = False,
    power_up: bool = False,
) -> Binary:
    """The simulator without cocotb and trace, for :class:`siammixer.sim.native.Simulator`; see
    :func:`siammixer.sim.native.build_native`.
    """
    training = () if coverage or power_up or accelerator.lanes < _TRAINED_LANES else _training(accelerator)
    return build_native(
        generated_verilog(accelerator, progress),
        coverage=coverage,
        training=training,
        power_up=power_up,
        progress=progress,
    )


def _training(accelerator: Accelerator) -> list[CoreRun]:
    """Both branches of the smallest network: its steps are of all kinds. None where it does not fit."""
    network = min(NETWORKS.values(), key=lambda network: network.macs)
    try:
        weights = random_weights(network, seed=1)
        planner = Planner(plan_branches(network, accelerator, None, weights), weights)
        return planner.runs(sample_passes(network))
    except InputError:
        return []


def generated_verilog(accelerator: Accelerator, progress: Callable[[str], None] = print) -> str:
    """The Verilog that the simulators of an accelerator run; converted only where it was not before."""
    progress(f"generating the Verilog of {accelerator.name}")
    return cached_verilog(lambda: SiamMixer(accelerator), "siammixer", accelerator)


def design_fingerprint(accelerator: Accelerator) -> str:
    """16 hex digits of that Verilog: what a record of runs is of."""
    return hashlib.sha256(generated_verilog(accelerator, lambda _: None).encode()).hexdigest()[:16]


def sample_passes(network: Network) -> list[Pass]:
    """A pass of each branch, on crops that are always the same."""
    return [Pass(branch=branch, crop=random_image(network.side(branch), seed=1)) for branch in BRANCHES]
