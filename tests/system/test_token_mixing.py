"""Token MLPs wherever they may stand: behind a depthwise layer, which transposes for them, or behind others,
where steps of their own do.
"""

from dataclasses import replace

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.compiler.compile import compile_branch
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.catalogue import find_network
from siammixer.ir.layers import Depthwise, Pointwise, TokenMLP
from siammixer.sim.frame import simulate_frames

TINY, BASE = find_accelerator("tiny"), find_network("tiny")
D1, D1_PW, LOCAL, TOKEN, CHANNEL, E = BASE.mixer_layers
WIDE = Pointwise(name="wide", channels=128)
NARROW = Pointwise(name="narrow", channels=16)
# Layers of the deep stage, and how many steps only transpose.
PLACES = {
    "behind a residual 5 x 5": ((D1, D1_PW, LOCAL, TOKEN, CHANNEL, E), 0),
    "behind a depthwise layer without residual": (
        (D1, D1_PW, Depthwise(name="M1.local"), TOKEN, CHANNEL, E),
        0,
    ),
    "behind a pointwise layer": ((D1, D1_PW, TOKEN, CHANNEL, E), 1),
    "behind a channel MLP": ((D1, D1_PW, LOCAL, CHANNEL, TOKEN, E), 1),
    "behind another token MLP": (
        (D1, D1_PW, LOCAL, TOKEN, TokenMLP(name="M2.token", hidden=9), CHANNEL, E),
        1,
    ),
    "first of all": ((TOKEN, D1, D1_PW, LOCAL, CHANNEL, E), 1),
    "channels that leave a word half empty": (
        (D1, replace(D1_PW, channels=11), LOCAL, TOKEN, CHANNEL, replace(E, channels=9)),
        0,
    ),
    "and last of all": ((D1, replace(D1_PW, channels=13), CHANNEL, TOKEN), 1),
    "more channels than fit at once": ((D1, LOCAL, WIDE, TOKEN, NARROW, CHANNEL, E), 3),
}


def equal(network, accelerator, seed=3):
    crops = [random_image(network.search_side, seed) for seed in (1, 2)]
    (report,) = simulate_frames(
        network, random_weights(network, seed), accelerator, None, crops[0], crops[1:]
    )
    return report.mismatch


@pytest.mark.parametrize("name", PLACES)
def test_every_tensor_and_every_cycle(name):
    layers, transposing = PLACES[name]
    network = replace(BASE, name="mixed", mixer_layers=layers)
    # Fewer layers that shrink the map leave larger maps and responses.
    large = network.mixer_layers[0] is not D1 or WIDE in layers
    accelerator = replace(TINY, map_words=2048 if large else TINY.map_words, response_words=512)
    steps = [step.kind for step in compile_branch(network, accelerator).steps]
    assert steps.count("transpose") == transposing
    assert equal(network, accelerator) is None


def test_a_transposing_step_right_behind_a_residual_on_16_lanes():
    """The shifts of the residual before were once still on their way to the last lanes."""
    network = replace(BASE, name="mixed", mixer_layers=(D1, D1_PW, CHANNEL, TOKEN))
    assert equal(network, find_accelerator("ecp5-85f")) is None
