"""Whole frames through the simulated accelerator: every tensor equal to golden, every step as long as
predicted.
"""

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.catalogue import find_network
from siammixer.ir.patches import Grid
from siammixer.ir.weights import load_weights
from siammixer.sim.frame import simulate_frames
from siammixer.tracking.clip import Clip
from siammixer.tracking.pair import take_pair


def frames(network, weights, accelerator, grid, seeds):
    crops = [random_image(network.search_side, seed) for seed in seeds]
    return simulate_frames(
        network,
        weights,
        find_accelerator(accelerator),
        Grid.parse(grid),
        random_image(network.template_side, 0),
        crops,
    )


@pytest.mark.parametrize("grid", ["2x2", "4x4", "5x1", "1x3", "15x15"])
def test_tiny_network_on_the_tiny_accelerator(grid):
    network = find_network("tiny")
    for report in frames(network, random_weights(network, 1), "tiny", grid, [2, 3]):
        assert report.mismatch is None


@pytest.mark.parametrize("seed", range(5))
def test_random_weights_on_the_tiny_accelerator(seed):
    network = find_network("tiny")
    (report,) = frames(network, random_weights(network, 100 + seed), "tiny", "2x2", [seed])
    assert report.mismatch is None


@pytest.mark.parametrize(
    ("name", "grid"),
    [
        ("siammixer", "4x4"),
        ("siammixer", "1x4"),
        ("siammixer", "8x8"),
        ("siammixer", "16x1"),
        ("siammixer-local", "4x4"),
        ("tiny", "1x1"),
    ],
)
def test_the_catalogues_networks_on_the_default_accelerator(name, grid):
    network = find_network(name)
    # siammixer-local is a description without weights of its own.
    weights = random_weights(network, 9) if name == "siammixer-local" else load_weights(network)
    pair = take_pair(Clip(), network, 10)
    (report,) = simulate_frames(
        network, weights, find_accelerator("ecp5-85f"), Grid.parse(grid), pair.template, [pair.search]
    )
    assert report.mismatch is None
    assert report.utilisation > (0.8 if name != "tiny" else 0.2)


def test_random_weights_on_the_default_accelerator():
    network = find_network("siammixer")
    (report,) = frames(network, random_weights(network, 7), "ecp5-85f", "4x4", [8])
    assert report.mismatch is None


@pytest.mark.long
def test_whole_image_on_an_accelerator_with_the_memory_for_it():
    network = find_network("siammixer")
    (report,) = frames(network, load_weights(network), "whole-image", "1x1", [9])
    assert report.mismatch is None


def test_the_same_frame_takes_the_same_cycles():
    """And gives the same again, whatever peak the frame before had."""
    network = find_network("tiny")
    reports = frames(network, random_weights(network, 1), "tiny", "2x2", [2, 3, 2])
    assert len({report.cycles for report in reports}) == 1
    assert [report.mismatch for report in reports] == [None] * 3


def test_stalled_pixels_change_nothing_but_the_cycles():
    network = find_network("tiny")
    weights, crop = random_weights(network, 1), random_image(network.search_side, 2)
    template = random_image(network.template_side, 0)
    (report,) = simulate_frames(
        network, weights, find_accelerator("tiny"), Grid(2, 2), template, [crop], stall=0.5, seed=3
    )
    assert report.mismatch is None
    assert report.cycles > report.predicted_cycles
