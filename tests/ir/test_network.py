"""Descriptions that are no network are refused, with the layer and what it must be."""

from dataclasses import replace

import pytest

from siammixer.ir.catalogue import NETWORKS, find_network
from siammixer.ir.errors import InputError
from siammixer.ir.layers import ChannelMLP, Convolution, Depthwise, Pointwise, TemplateCorrelation, TokenMLP
from siammixer.ir.network import BRANCHES, Network

TINY = find_network("tiny")


@pytest.mark.parametrize(
    ("layer", "field"),
    [
        (Pointwise(name="none", channels=0), "channels"),
        (ChannelMLP(name="none", hidden=0), "hidden"),
        (TokenMLP(name="none", hidden=-1), "hidden"),
        (Depthwise(name="none", stride=0), "stride"),
        (Depthwise(name="none", kernel=0), "kernel"),
        (Convolution(name="none", channels=-3), "channels"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_nothing_can_be_of_size_nothing(layer, field):
    with pytest.raises(InputError, match=f"layer none: {field} must be at least 1, not"):
        replace(TINY, mixer_layers=(*TINY.mixer_layers, layer))


@pytest.mark.parametrize("branch", BRANCHES)
def test_the_operators_of_a_layer_are_a_group_that_ends_in_its_tensor(branch):
    head = (TemplateCorrelation(name="H0"), ChannelMLP(name="H1", hidden=3))
    network = replace(TINY, head_layers=head)
    groups = network.groups(branch)
    assert [one for group in groups for one in group] == list(network.operators(branch))
    similarity, behind = ("response", ["H0", "H1"]) if branch == "search" else ("template", [])
    layers = [layer.name for layer in network.layers]
    assert [group[-1].name for group in groups] == [*layers, similarity, *behind]


@pytest.mark.parametrize("name", ["image", "template", "response", "E"])
def test_a_tensor_has_one_name_of_its_own(name):
    with pytest.raises(InputError, match="layer names must be unique"):
        replace(TINY, mixer_layers=(*TINY.mixer_layers, Pointwise(name=name, channels=8)))


def test_token_mixing_needs_as_many_tokens_in_both_branches():
    with pytest.raises(
        InputError,
        match=r"layer M1.token.hidden: both branches must have the same number of tokens, not 49 and 81",
    ):
        replace(TINY, template_side=TINY.template_side - 8, search_side=TINY.search_side)


def test_other_layers_do_not():
    local = NETWORKS["siammixer-local"]
    assert local.template_side < local.search_side


def test_the_response_memory_holds_the_outputs_that_are_sums(monkeypatch):
    """Not those of a head, which are INT8; and by the names that the network gives them."""
    head = (TemplateCorrelation(name="H"), Pointwise(name="S", channels=1))
    for network in (TINY, replace(TINY, head_layers=head)):
        assert [operator.name for operator in network.responses("search")] == ["response"]
        assert network.responses("template") == ()
    assert network.outputs("search") == ("response", "S")
    monkeypatch.setattr(Network, "outputs", lambda self, branch: ("S", self.embedding))
    assert network.responses("search") == ()
