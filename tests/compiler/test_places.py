"""The places of the maps: tiles, temporary maps of mixers and of the head, and what the read-out reads."""

from dataclasses import replace

import numpy as np
import pytest

from siammixer.arch.accelerator import TAPS, find_accelerator
from siammixer.arch.instruction import TAP_GROUPS, Kind
from siammixer.compiler.compile import compile_branch
from siammixer.compiler.packing import fixed_words
from siammixer.golden.random_weights import random_weights
from siammixer.ir.catalogue import find_network
from siammixer.ir.layers import Pointwise, TemplateCorrelation, TemplateSimilarity
from siammixer.ir.network import BRANCHES
from siammixer.ir.patches import Grid

DEFAULT, TINY = find_accelerator("ecp5-85f"), find_accelerator("tiny")
NETWORK, SMALL = find_network("siammixer"), find_network("tiny")


def named(plan, name):
    return [step for step in plan.steps if step.name == name]


def test_a_channel_mlp_has_all_the_room_behind_its_map():
    plan = compile_branch(NETWORK, DEFAULT)
    for layer, side, parts in (("M1.channel", 25, 2), ("M2.channel", 23, 2), ("M3.channel", 21, 1)):
        hidden, branch = named(plan, f"{layer}.hidden"), named(plan, layer)
        assert len(hidden) == len(branch) == parts
        first = branch[0].fields["write_base"]
        assert {step.fields["write_base"] for step in hidden} == {first + side * side * 9}


def test_a_token_mlps_hidden_map_lies_where_there_is_more_room():
    """In front of the transposed map, where the input of the layer before lay, or behind it."""
    into, back = (named(compile_branch(NETWORK, DEFAULT), name) for name in ("M3.token.hidden", "M3.token"))
    assert len(into) == len(back) == 1  # all channels at a time
    columns, hidden = into[0].fields["read_base"], into[0].fields["write_base"]
    assert back[0].fields["write_base"] + 21 * 21 * 9 == hidden and hidden + 144 * 3 <= columns
    roomy = compile_branch(NETWORK, replace(DEFAULT, map_words=20000))
    (into,) = named(roomy, "M3.token.hidden")
    assert into.fields["write_base"] == into.fields["read_base"] + 144 * 28


ROOM = {
    "four lanes": (NETWORK, find_accelerator("lanes-4")),
    "eight lanes": (NETWORK, find_accelerator("lanes-8")),
    "sixteen lanes": (NETWORK, DEFAULT),
    "32 lanes": (NETWORK, find_accelerator("lanes-32")),
    "no room for a whole transposed map": (SMALL, replace(find_accelerator("lanes-4"), map_words=960)),
    "room for it": (SMALL, replace(find_accelerator("lanes-4"), map_words=1200)),
}


@pytest.mark.parametrize("branch", BRANCHES)
@pytest.mark.parametrize("room", ROOM)
def test_every_step_writes_inside_the_words_that_the_program_uses(room, branch):
    """The transposed map of a token MLP too, where the hidden map lies in front of it."""
    network, accelerator = ROOM[room]
    plan = compile_branch(network, accelerator, branch=branch)
    written = [step.writes.writes(accelerator.lanes).addresses.max() for step in plan.steps if step.writes]
    assert max(written) < plan.map_words <= accelerator.map_words


@pytest.mark.parametrize("words", [8914, 9216, 20000])
def test_tiles_lie_in_front_of_the_map_that_they_fill_where_there_is_room(words):
    plan = compile_branch(NETWORK, replace(DEFAULT, map_words=words))
    tile, (last, *_) = plan.steps[0], named(plan, "P2.pw+P3.dw")
    assert tile.fields["write_base"] == 0 and last.fields["write_base"] >= 63 * 17 * 2
    plan = compile_branch(NETWORK, replace(DEFAULT, map_words=8913))  # nothing is fused behind the patches
    tile, (last, *_) = plan.steps[0], named(plan, "P2.pw+P3.dw")
    assert tile.fields["write_base"] == last.fields["write_base"] + 31 * 31 * 4


HEADS = {
    "a box": SMALL.head_layers,
    "several words": (TemplateCorrelation(name="T"), Pointwise(name="S", channels=21)),
    "a similarity": (TemplateSimilarity(name="S", channels=12),),
}


@pytest.mark.parametrize("head", HEADS)
def test_the_read_out_reads_inside_the_memory(head):
    """Its 3 x 3 windows take in a row and a pixel beyond each edge of the map."""
    network = replace(SMALL, name="headed", head_layers=HEADS[head])
    accelerator = replace(TINY, response_words=2048)
    plan = compile_branch(network, accelerator)
    steps = named(plan, "response")
    rows, columns, channels = network.response_shape
    assert len(steps) == channels and {step.kind for step in steps} == {"correlate"}
    for channel, step in enumerate(steps):
        fields = step.fields
        assert fields["write_base"] == channel * rows * columns
        first = fields["read_base"]
        last = first + (rows + 1) * fields["read_row"] + (columns + 1) * fields["read_pixel"]
        assert first >= 0 and last < plan.map_words <= accelerator.map_words
        # The middle of the first window is the map's first pixel.
        before = named(plan, network.operator("response").inputs[0])[-1]
        addresses = before.writes.writes(accelerator.lanes).addresses
        word = channel // accelerator.lanes
        assert first + fields["read_row"] + fields["read_pixel"] == addresses.min() + word


@pytest.mark.parametrize("head", HEADS)
def test_each_channel_is_read_with_a_weight_of_one_in_its_lane_and_no_other(head):
    """So whatever the words beyond the map hold, which no step of the frame may have written, counts for
    nothing.
    """
    network = replace(SMALL, name="headed", head_layers=HEADS[head])
    plan = compile_branch(network, replace(TINY, response_words=2048))
    memory = plan.weight_memory(random_weights(network, 1))
    for channel, step in enumerate(named(plan, "response")):
        assert (step.fields["blocks"], step.fields["slots"]) == (1, 1)
        word = memory[:, step.fields["weight_base"]]
        wanted = np.zeros((TINY.lanes, TAPS), np.int8)
        wanted[channel % TINY.lanes, TAP_GROUPS[3][0].index((1, 1))] = 1
        np.testing.assert_array_equal(word, wanted)
        assert not memory[:, step.fields["constant_base"]].any()


def test_a_read_out_has_a_word_for_each_lane_that_it_reads():
    for channels, lanes, words in ((5, 16, 5), (16, 16, 16), (17, 16, 16), (21, 8, 8), (1, 4, 1)):
        head = (TemplateCorrelation(name="T"), Pointwise(name="S", channels=channels))
        operator = replace(SMALL, head_layers=head).operator("response")
        assert fixed_words(replace(DEFAULT, lanes=lanes), operator).shape == (lanes, words, TAPS)
    assert fixed_words(DEFAULT, SMALL.operator("H.box")).shape == (16, 0, TAPS)


def test_the_last_step_alone_ends_the_program():
    ends = [step.fields.get("end", 0) for step in compile_branch(SMALL, TINY, Grid(2, 2)).steps]
    assert ends == [0] * (len(ends) - 1) + [1]
    assert compile_branch(SMALL, TINY).steps[-1].fields["kind"] == Kind.CORRELATE
