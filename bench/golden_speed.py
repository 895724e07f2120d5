"""Measure the speed of golden on one core.

``OPENBLAS_NUM_THREADS=1 python -m siammixer.bench.golden_speed [NETWORK]`` prints milliseconds of processor
time for each operator of the search branch, for a search pass, for the crop, and for a frame, cropped and
searched. It takes the best of several runs, so other processes matter little.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from siammixer.golden.engine import GoldenEngine
from siammixer.golden.network import execute, run
from siammixer.golden.random_weights import random_image
from siammixer.ir.catalogue import find_network
from siammixer.ir.network import Network
from siammixer.ir.weights import Weights, load_weights
from siammixer.tracking.box import Box
from siammixer.tracking.crop import crop, mean_colour, search_window

FRAMES = ((480, 640), (720, 1280))
RUNS = 30


def milliseconds(work: Callable[[], object]) -> float:
    """Milliseconds of processor time of one call, the best of ``RUNS``; SystemExit where several threads
    worked.
    """
    best, others = float("inf"), 0.0
    for _ in range(RUNS):
        process, thread = time.process_time(), time.thread_time()
        work()
        process, thread = time.process_time() - process, time.thread_time() - thread
        best, others = min(best, process), others + process - thread
    if others > 0.2 * RUNS * best:
        raise SystemExit("one thread must do the work: set OPENBLAS_NUM_THREADS=1")
    return 1000 * best


def operator_times(
    network: Network, weights: Weights, image: np.ndarray, template: np.ndarray
) -> dict[str, float]:
    """Milliseconds of each operator of the search branch, by its name."""
    tensors = run(network, weights, image, "search", template) | {"template": template}
    return {
        operator.name: milliseconds(
            partial(execute, operator, [tensors[name] for name in operator.inputs], weights)
        )
        for operator in network.operators("search")
    }


def frame_times(engine: GoldenEngine, height: int, width: int) -> dict[str, float]:
    """Milliseconds of a frame and of its parts."""
    image = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    window = search_window(Box(width / 2, height / 2, 90, 70), engine.network)

    def crops() -> np.ndarray:
        return crop(image, window, mean_colour(image))[np.newaxis]

    engine.set_template(random_image(engine.network.template_side, 2))
    searched = crops()
    return {
        "crop": milliseconds(crops),
        "search": milliseconds(lambda: engine.responses(searched)),
        "frame": milliseconds(lambda: engine.responses(crops())),
    }


def main() -> None:
    """Runs the command."""
    cv2.setNumThreads(1)
    network = find_network(sys.argv[1] if len(sys.argv) > 1 else "siammixer")
    weights = load_weights(network)
    engine = GoldenEngine(network, weights)
    template = run(network, weights, random_image(network.template_side, 2), "template")["template"]
    image = random_image(network.search_side, 3)
    times = operator_times(network, weights, image, template)
    for name, value in times.items():
        print(f"{name:24}{value:8.2f} ms")
    print(f"{'sum of the operators':24}{sum(times.values()):8.2f} ms")
    print(
        f"{'search pass':24}{milliseconds(lambda: run(network, weights, image, 'search', template)):8.2f} ms"
    )
    for height, width in FRAMES:
        for name, value in frame_times(engine, height, width).items():
            print(f"{f'{name}, {width}x{height}':24}{value:8.2f} ms")
        print(f"{f'{width}x{height}':24}{1000 / value:8.1f} frames a second")


if __name__ == "__main__":
    main()
