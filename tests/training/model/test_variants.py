"""Networks without one idea have the rest, and train in float only."""

import pytest
import torch

from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.ir.patches import Grid
from siammixer.training.model.fold import fold
from siammixer.training.model.model import ACTIVATIONS, SiamMixer
from siammixer.training.model.variants import VARIANTS, find_variant

BASE = NETWORKS["siammixer"]


def layers(name: str | None) -> set[str]:
    return {layer.name for layer in find_variant(BASE, name)[0].layers}


def test_what_is_left_out():
    assert layers(None) - layers("no-global") == {"M3.token"}
    assert layers(None) - layers("no-local") == {"M1.local", "M2.local", "M3.local"}
    assert layers(None) - layers("no-mixing") == {"M1.local", "M2.local", "M3.local", "M3.token"}
    assert layers(None) == layers("independent") == layers("half")
    assert [
        find_variant(BASE, name)[0].parameter_bytes * 100 // BASE.parameter_bytes
        for name in ("three-quarters", "half")
    ] == [68, 40]


@pytest.mark.parametrize("variant", VARIANTS)
def test_variants_keep_the_response_and_have_names_of_their_own(variant):
    network, options = find_variant(BASE, variant)
    assert network.response_side == BASE.response_side and network.stride == BASE.stride
    assert network.name == f"siammixer-{variant}" and SiamMixer(network, **options).network is network
    assert (network.fingerprint != BASE.fingerprint) == (variant != "independent")


def test_unknown_or_empty_variants_are_refused():
    with pytest.raises(InputError, match=r"variant must be one of no-global, .* not 'none'"):
        find_variant(BASE, "none")
    with pytest.raises(InputError, match="siammixer-local: there is nothing to leave out"):
        find_variant(NETWORKS["siammixer-local"], "no-global")


@pytest.fixture
def network():
    return NETWORKS["tiny"]


def patch_stage(model: SiamMixer, image: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        return model.tensors(image, "search")["P2.pw"]


def test_independent_patches_see_nothing_of_their_neighbours(network):
    """Pixels of the lower right patch change it alone; with a halo its neighbours see them."""
    torch.manual_seed(1)
    image = torch.rand(1, 3, 63, 63)
    changed = image.clone()
    side = network.tensors()["P2.pw"][0]
    first = side * 2 // 3 * 4  # of the last of 3 x 3 patches, in pixels
    changed[:, :, first:, first:] += 1
    for grid, reaches in ((Grid(3, 3), False), (None, True)):
        torch.manual_seed(2)
        model = SiamMixer(network, patches=grid).eval()
        differs = (patch_stage(model, image) != patch_stage(model, changed)).any(1)[0]
        inside = torch.zeros(side, side, dtype=torch.bool)
        inside[side * 2 // 3 :, side * 2 // 3 :] = True
        assert differs[inside].float().mean() > 0.8 and differs[~inside].any() == reaches


def test_one_patch_is_the_network_itself(network):
    torch.manual_seed(1)
    whole, one = SiamMixer(network).eval(), SiamMixer(network, patches=Grid(1, 1)).eval()
    one.load_state_dict(whole.state_dict())
    image = torch.rand(1, 3, 63, 63)
    assert torch.equal(patch_stage(whole, image), patch_stage(one, image))
    with pytest.raises(InputError, match="must have at most 15x15 patches, not 16x1"):
        SiamMixer(network, patches=Grid(16, 1))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_stand_where_the_relus_were_and_only_relu_is_quantised(network, activation):
    torch.manual_seed(3)
    model = SiamMixer(network, activation).eval()
    with torch.inference_mode():
        x = torch.randn(1, 3, 63, 63)
        before = model["P1"].norm(model["P1"].linear(x))
        assert torch.equal(model["P1"](x), ACTIVATIONS[activation](before))
        assert model["E"](torch.randn(1, 16, 9, 9)).min() < -1
    if activation == "relu":
        fold(model)
    else:
        with pytest.raises(
            InputError, match=f"must have the activation relu, not {activation}: the integers"
        ):
            fold(model)


def test_independent_patches_are_not_quantised(network):
    with pytest.raises(InputError, match="must have patches with a halo"):
        fold(SiamMixer(network, patches=Grid(2, 2)))
    with pytest.raises(InputError, match=r"activation must be one of relu, .*not 'tanh'"):
        SiamMixer(network, "tanh")
