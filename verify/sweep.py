"""Predictions of a sweep, compared with simulations of the same combinations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from siammixer.compiler.analysis.sweep import Point
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network


def simulated(points: list[Point], count: int, tell: Callable[[str], None]) -> list[Point]:
    """The points, with ``count`` of those that fit, spread evenly over them, compared with
    their simulation."""
    # Looked up when called: tests put another check in its place.
    from siammixer.sim.check import check_frame

    fitting = [index for index, point in enumerate(points) if not point.reason]
    if count > len(fitting):
        raise InputError(f"--simulate must be at most {len(fitting)}, the combinations that fit, not {count}")
    chosen = {fitting[round(turn * (len(fitting) - 1) / max(count - 1, 1))] for turn in range(count)}
    result = list(points)
    for index in sorted(chosen):
        point = points[index]
        weights, crops = _inputs(point.network)
        check = check_frame(point.network, weights, point.accelerator, None, *crops, progress=tell)
        result[index] = replace(point, simulated=check.problem or "equal")
    return result


def _inputs(network: Network):
    """Weights and a template and a search crop: random, since cycles depend on neither and bits show best on
    wild ones.
    """
    return random_weights(network, 1), (
        random_image(network.template_side, 2),
        random_image(network.search_side, 3),
    )
