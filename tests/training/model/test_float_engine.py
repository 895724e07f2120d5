"""The float engine answers as the model does."""

import numpy as np
import pytest
import torch

from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.training.loop.checkpoint import save_checkpoint
from siammixer.training.loop.validate import float_responses
from siammixer.training.model.float_engine import FloatEngine

TINY = NETWORKS["tiny"]


def test_responses_are_those_of_the_model(tiny, pairs):
    engine = FloatEngine(tiny)
    assert (engine.name, engine.network) == ("float", TINY)
    engine.set_template(pairs.template[3])
    found = engine.responses(pairs.search[3:6])
    assert found.dtype == np.float32 and found.shape == (3, TINY.response_side, TINY.response_side)
    np.testing.assert_allclose(found[0], float_responses(tiny, pairs)[3], rtol=1e-3, atol=1e-3)
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
