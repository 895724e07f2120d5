"""The float engine answers as the model does."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.training.loop.checkpoint import save_checkpoint
from siammixer.training.model.float_engine import FloatEngine
from siammixer.training.model.model import SiamMixer, to_input

TINY = NETWORKS["tiny"]


def test_responses_are_those_of_the_model(tiny, pairs):
    engine = FloatEngine(tiny)
    assert (engine.name, engine.network) == ("float", TINY)
    engine.set_template(pairs.template[3])
    found = engine.responses(pairs.search[3:6])
    assert found.dtype == np.int32 and found.shape == (3, *TINY.response_shape)
    with torch.inference_mode():
        stored = tiny.embed(to_input(torch.from_numpy(pairs.template[3:4])), "template")
    for index in range(3):  # all searches are for one template
        image = to_input(torch.from_numpy(pairs.search[3 + index : 4 + index]))
        with torch.inference_mode():
            (expected,) = tiny.tensors(image, "search", stored)["response"].numpy()
        near = np.abs(expected.transpose(1, 2, 0) - found[index])
        assert (near <= 0.501).all() and np.ptp(found[index]) > 0


def test_responses_stay_within_int8(tiny, pairs):
    """A map far beyond INT8 is cut at both ends, as golden's is."""
    with torch.no_grad():
        tiny["H.box"].norm.weight *= 1e6
    engine = FloatEngine(tiny)
    engine.set_template(pairs.template[0])
    found = engine.responses(pairs.search[:1])
    assert (found.min(), found.max()) == (-128, 127)


def test_a_network_without_a_box_head_is_refused():
    with pytest.raises(InputError, match=r"network tiny has no box head: .* 5 channels, not 1"):
        FloatEngine(SiamMixer(replace(TINY, head_layers=())))


def test_a_template_is_needed(tiny, pairs):
    engine = FloatEngine(tiny)
    engine.set_template(pairs.template[0])
    engine.close()
    with pytest.raises(InputError, match="a template must be set"):
        engine.responses(pairs.search[:1])


def test_it_opens_checkpoints_of_its_network_only(tiny, pairs, tmp_path):
    path = tmp_path / "c.pt"
    save_checkpoint(
        path, {"network": "tiny", "fingerprint": TINY.fingerprint, "step": 1, "model": tiny.state_dict()}
    )
    engine = FloatEngine.from_checkpoint(TINY, path)
    engine.set_template(pairs.template[0])
    assert torch.equal(engine.model["E"].linear.weight, tiny["E"].linear.weight)
    with pytest.raises(InputError, match=r"must be of siammixer .*not of tiny"):
        FloatEngine.from_checkpoint(NETWORKS["siammixer"], path)
