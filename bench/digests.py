"""Record digests of what only a change of the compiler or of the operators may change.

``python -m siammixer.bench.digests`` writes ``bench/digests.json``. The digests cover every network,
accelerator and grid of the catalogues and 50 random networks: instruction words, predicted cycles of every
step, weight memory, every word written, and every tensor of golden, or the refusal. Weights are random, so
that training changes none of them. Golden's digests of the random networks are as old as the record, which
was first taken before the tree was divided into rooms.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from siammixer.arch.accelerator import ACCELERATORS, Accelerator
from siammixer.bench.arguments import parser
from siammixer.compiler.compile import compile_branch
from siammixer.golden.network import run
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.ir.network import BRANCHES, Network
from siammixer.ir.patches import Grid
from siammixer.ir.weights import Weights
from siammixer.verify.fuzz.generate import random_case
from siammixer.verify.fuzz.images import image
from siammixer.verify.fuzz.weights import case_weights

FILE = Path(__file__).with_name("digests.json")
GRIDS = ("1x1", "1x4", "2x2", "4x1", "4x4", "8x8", "16x1", "3x5")
SEEDS = range(1, 51)


def _digest(*arrays: np.ndarray) -> str:
    total = hashlib.sha256()
    for array in arrays:
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()[:16]


def golden(network: Network, weights: Weights, images: Sequence[np.ndarray]) -> str:
    """Digest of every tensor of both branches, computed from a template crop and a search crop."""
    template = run(network, weights, images[0], "template")
    search = run(network, weights, images[1], "search", template=template["template"])
    return _digest(*(tensors[name] for tensors in (template, search) for name in sorted(tensors)))


def compiled(network: Network, accelerator: Accelerator, grid: Grid, branch: str, weights: Weights) -> str:
    """Cycles and digest of a branch's program, or the reason of its refusal."""
    try:
        program = compile_branch(network, accelerator, grid, branch, weights)
        memory = program.weight_memory(weights)
    except InputError as error:
        return f"refused: {error}"
    steps = (program.steps[index] for index, _ in program.executions)
    turns = (turn for _, turn in program.executions)
    writes = [
        step.writes.writes(accelerator.lanes, turn)
        for step, turn in zip(steps, turns, strict=True)
        if step.writes
    ]
    digest = _digest(
        program.program,
        np.array([step.cycles for step in program.steps]),
        memory,
        np.array(program.map_words),
        *(array for one in writes for array in (one.addresses, one.elements)),
        program.pixels(random_image(network.side(branch), 3)),
    )
    return f"{program.predicted_cycles:,} cycles, {digest}"


def catalogue(name: str) -> Iterator[tuple[str, str]]:
    """(case, digest) of one network of the catalogue."""
    network = NETWORKS[name]
    weights = random_weights(network, 4)
    yield f"{name}: golden", golden(network, weights, [random_image(network.side(b), 5) for b in BRANCHES])
    for accelerator in ACCELERATORS.values():
        for grid in GRIDS:
            for branch in BRANCHES:
                case = f"{name} on {accelerator.name}, {grid}, {branch}"
                yield case, compiled(network, accelerator, Grid.parse(grid), branch, weights)


def random(seed: int) -> Iterator[tuple[str, str]]:
    """(case, digest) of one random network, without its head, because the first record had no heads, and with
    it, if it has one.
    """
    whole = random_case(seed)
    if whole.style == "quantised":
        whole = replace(whole, style="calibrated")
    for case in (replace(whole, head_layers=()), *([whole] if whole.head_layers else [])):
        name = f"random {seed}{' with its head' if case.head_layers else ''}"
        network, weights = case.network, case_weights(case)
        images = [image(case.image, network.side(branch), seed + n) for n, branch in enumerate(BRANCHES)]
        yield f"{name}: golden", golden(network, weights, images)
        for branch in BRANCHES:
            yield f"{name}, {branch}", compiled(network, case.accelerator, case.grid, branch, weights)


def everything() -> dict[str, str]:
    """All digests by case. They take some minutes."""
    cases = [catalogue(name) for name in NETWORKS] + [random(seed) for seed in SEEDS]
    return dict(item for case in cases for item in case)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    parser("digests", __doc__).parse_args(arguments)
    FILE.write_text(json.dumps(everything(), indent=0) + "\n")
    print(FILE)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
