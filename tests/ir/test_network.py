"""Descriptions that are no network are refused, with the layer and what it must be."""

from dataclasses import replace

import pytest

from siammixer.ir.catalogue import NETWORKS, find_network
from siammixer.ir.errors import InputError
from siammixer.ir.layers import (
    ChannelMLP,
    Convolution,
    Depthwise,
    Pointwise,
    TemplateCorrelation,
    TemplateSimilarity,
    TokenMLP,
)
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
    for first in (TemplateCorrelation(name="H0"), TemplateSimilarity(name="H0", channels=7)):
        network = replace(TINY, head_layers=(first, ChannelMLP(name="H1", hidden=3)))
        groups = network.groups(branch)
        assert [one for group in groups for one in group] == list(network.operators(branch))
        behind = ["H0", "H1", "response"] if branch == "search" else ["template"]
        layers = [layer.name for layer in network.layers]
        assert [group[-1].name for group in groups] == [*layers, *behind]


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
    """The read-out of a head as well as the correlation; and by the names that the network gives them."""
    head = (TemplateCorrelation(name="H"), Pointwise(name="S", channels=1))
    for network in (TINY, replace(TINY, head_layers=()), replace(TINY, head_layers=head)):
        assert [operator.name for operator in network.responses("search")] == ["response"]
        assert network.responses("template") == ()
        assert network.outputs("search") == ("response",)
    monkeypatch.setattr(Network, "outputs", lambda self, branch: ("S", self.embedding))
    assert network.responses("search") == ()


def test_the_response_is_the_heads_last_map_or_the_correlation():
    headless = replace(TINY, head_layers=())
    assert (headless.response_shape, headless.operator("response")) == ((7, 7, 1), headless.correlation)
    head = (TemplateSimilarity(name="H", channels=4), Depthwise(name="S"))
    network = replace(TINY, head_layers=head)
    assert (network.response_shape, network.response_side) == ((5, 5, 4), 5)
    assert network.operator("response").inputs == ("S",)
    assert network.correlation == headless.correlation  # training's, not an operator of the network
    assert (network.fixed_exponents, headless.fixed_exponents) == ({"S": 0}, {})


def test_a_similarity_needs_a_middle_of_its_template():
    """The centre of a map has equal margins, which a template of an even side does not leave."""
    head = (TemplateSimilarity(name="H", channels=4),)
    operator = replace(TINY, head_layers=head).operator("H.embedding")
    assert (operator.in_shape, operator.out_shape) == ((9, 9, 16), (7, 7, 4))
    even = {"template_tokens": 4, "search_side": 59, "template_side": 59, "mixer_layers": ()}
    replace(TINY, **even, head_layers=(TemplateCorrelation(name="H"),))
    with pytest.raises(InputError, match="layer H: the template must have an odd number of rows, not 4"):
        replace(TINY, **even, head_layers=head)


@pytest.mark.parametrize("layer", [TemplateCorrelation(name="T"), TemplateSimilarity(name="T", channels=4)])
def test_only_the_first_head_layer_compares_with_the_template(layer):
    message = "layer T: a correlation with the template must be the first of the head layers"
    for fields in (
        {"mixer_layers": (*TINY.mixer_layers, layer)},
        {"head_layers": (*TINY.head_layers, layer)},
    ):
        with pytest.raises(InputError, match=message):
            replace(TINY, **fields)
    with pytest.raises(InputError, match="layer S: the first head layer must be a correlation"):
        replace(TINY, head_layers=(Pointwise(name="S", channels=1),))
