from dataclasses import replace

import numpy as np
import pytest

from siammixer.golden.engine import GoldenEngine
from siammixer.ir.catalogue import NETWORKS, find_network
from siammixer.ir.errors import InputError
from siammixer.ir.weights import load_weights
from siammixer.tracking.box import overlap
from siammixer.tracking.clip import Clip
from siammixer.tracking.crop import crop, search_window, template_window
from siammixer.tracking.pair import take_pair
from siammixer.tracking.sequence import FolderSequence


@pytest.mark.parametrize("name", NETWORKS)
def test_template_from_the_first_frame_search_around_the_last_box(name):
    network, clip = find_network(name), Clip(frames=8)
    pair = take_pair(clip, network, 5)
    assert (pair.template == crop(clip.image(0), template_window(clip.box(0), network))).all()
    assert (pair.search == crop(clip.image(5), search_window(clip.box(4), network))).all()
    assert (pair.last_box, pair.true_box, pair.frame) == (clip.box(4), clip.box(5), 5)


def test_default_frame():
    network = find_network("tiny")
    assert take_pair(Clip(), network).frame == 10
    assert take_pair(Clip(frames=4), network).frame == 3
    assert take_pair(Clip(frames=1), network).last_box == Clip().box(0)


def test_frames_after_the_last_box(folder):
    pair = take_pair(FolderSequence(folder), find_network("tiny"), 2)
    assert pair.last_box == (3.5, 4, 10, 12) and pair.true_box is None


def test_frame_out_of_range(folder):
    with pytest.raises(InputError, match="frame must lie in"):
        take_pair(FolderSequence(folder), find_network("tiny"), 3)


@pytest.mark.parametrize("frame", [1, 10, 25, 40, 59])
def test_best_cell_finds_the_target_of_the_clip(frame):
    """Reading the response at the cell nearest the true centre gives a box near the true one."""
    network = find_network("siammixer")
    pair = take_pair(Clip(), network, frame)
    x, y = pair.window.to_crop(pair.true_box).centre
    middle = (network.response_side - 1) / 2
    row, column = (round((value - network.search_side / 2) / network.stride + middle) for value in (y, x))
    centre = pair.found_box((row, column)).centre
    limit = network.stride / 2 / pair.window.scale + 0.01
    assert np.abs(np.subtract(centre, pair.true_box.centre)).max() <= limit


def test_a_response_without_boxes_gives_a_place():
    """The first of equal cells; the size is the last one."""
    network = replace(find_network("tiny"), name="bare", head_layers=())
    pair, response = take_pair(Clip(), network), np.zeros(network.response_shape, np.int32)
    response[2, 5] = response[4, 1] = 900
    seen = pair.read(response)
    assert (seen.row, seen.column, seen.value, seen.box) == (2, 5, 900, pair.found_box((2, 5)))


def test_a_box_response_gives_place_and_size():
    """A sure cell right of the middle that sees the target half an octave wider and a cell lower."""
    network, clip = find_network("siammixer"), Clip(frames=20)
    pair = take_pair(clip, network, 10)
    response, middle = np.full(network.response_shape, -128, np.int32), network.response_side // 2
    response[middle, middle + 2] = (120, 0, 32, 32, 0)
    seen = pair.read(response)
    assert (seen.row, seen.column, seen.value) == (middle, middle + 2, 120)
    cell = network.stride / pair.window.scale
    expected = np.add(pair.last_box.centre, (2 * cell, cell))
    assert np.abs(np.subtract(seen.box.centre, expected)).max() < 0.02
    grown = template_window(pair.first_box, network).scale / pair.window.scale
    size = pair.first_box.width * 2**0.5 * grown, pair.first_box.height * grown
    assert (seen.box.width, seen.box.height) == pytest.approx(size, abs=0.02)


@pytest.mark.parametrize("frame", [1, 25, 59])
def test_the_shipped_network_sees_the_target_of_the_clip(frame):
    network = find_network("siammixer")
    pair, engine = take_pair(Clip(), network, frame), GoldenEngine(network, load_weights(network))
    engine.set_template(pair.template)
    assert overlap(pair.read(engine.responses(pair.search[None])[0]).box, pair.true_box) > 0.6
