"""Networks as TOML files: what is written comes back, and what is not a network is refused by name."""

import tomllib
from dataclasses import replace

import pytest

from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.ir.layers import Pointwise, TemplateCorrelation
from siammixer.ir.named import open_network
from siammixer.ir.network_file import LAYERS, network_of, network_toml, read_network
from siammixer.ir.widths import width_variant

HEAD = (TemplateCorrelation(name="H.correlation"), Pointwise(name="H.box", channels=4, relu=False))
WITH_HEAD = replace(NETWORKS["tiny"], name="tiny with a head", head_layers=HEAD)
ALL = [*NETWORKS.values(), *(width_variant(network, 0.5) for network in NETWORKS.values()), WITH_HEAD]
TINY = network_toml(NETWORKS["tiny"])


@pytest.mark.parametrize("network", ALL, ids=lambda network: network.name)
def test_a_network_comes_back_equal(network):
    found = network_of(tomllib.loads(network_toml(network)), "f.toml", "f")
    assert found == network and found.fingerprint == network.fingerprint


def test_every_kind_of_layer_is_in_the_catalogue_and_so_in_the_test_above():
    used = {type(layer) for network in ALL for layer in network.layers + network.head_layers}
    assert used == set(LAYERS.values())


def test_without_a_name_it_has_the_files(tmp_path):
    (tmp_path / "other.toml").write_text(TINY.replace('name = "tiny"\n', "", 1))
    assert open_network(str(tmp_path / "other.toml")).name == "other"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "search_side = 63",
            "search_size = 63",
            "unknown key 'search_size'; accepted are name, search_side,",
        ),
        ("search_side = 63\n", "", r"missing search_side \(a whole number of 1 to 65536\)"),
        ("search_side = 63", "search_side = 0", "search_side must be a whole number of 1 to 65536, not 0"),
        (
            "search_side = 63",
            "search_side = true",
            "search_side must be a whole number of 1 to 65536, not True",
        ),
        ("search_side = 63", "search_side = 64", "a 3 x 3 kernel of stride 2 must divide a map of side 64"),
        ("template_tokens = 3", "template_tokens = 99", "a template of 99 x 99 must lie in the centre"),
        (
            'kind = "convolution"',
            'kind = "conv"',
            "kind must be one of convolution, depthwise, .*, not 'conv'",
        ),
        ('kind = "convolution"\n', "", "patch_layers, layer 1: kind must be one of .*, not None"),
        (
            "channels = 8",
            "hidden = 8",
            r"layer 1 \(convolution\): unknown key 'hidden'; accepted are name, chan",
        ),
        ("channels = 8", "channels = 8.0", r"\(convolution\): channels must be a whole number .*, not 8.0"),
        ("residual = true", "residual = 1", "residual must be true or false, not 1"),
        ('name = "P1"', 'name = "../P1"', "name must be letters, digits"),
        ('name = "P1"', 'name = "P2.dw"', "layer names must be unique"),
        ("[[patch_layers]]", "[patch_layers]", "must be a TOML file|must be tables, one a layer"),
        ("kernel = 5", "kernel = ", r"must be a TOML file \(.* line"),
        ('name = "tiny"', 'name = "siammixer"', "name must not be siammixer, which is another network"),
    ],
)
def test_what_is_refused(old, new, message, tmp_path):
    assert old in TINY
    (tmp_path / "bad.toml").write_text(TINY.replace(old, new, 1))
    with pytest.raises(InputError, match=message) as refusal:
        open_network(str(tmp_path / "bad.toml"))
    assert "bad.toml" in str(refusal.value) and "\n" not in str(refusal.value)


@pytest.mark.parametrize("stage", ["patch_layers", "mixer_layers"])
def test_a_network_has_layers_of_both_stages(stage, tmp_path):
    (tmp_path / "bad.toml").write_text(TINY.replace(f"[[{stage}]]", "[[no_layers]]"))
    with pytest.raises(InputError, match=f"{stage} must be tables of at least one layer"):
        read_network(tmp_path / "bad.toml")
