"""Linear maps beside a network read its tensors and are no part of it."""

import dataclasses

import pytest
import torch

from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.training.model.beside import Beside, response_operator
from siammixer.training.model.model import SiamMixer

TINY = NETWORKS["tiny"]


def test_its_maps_have_the_shapes_of_the_answer_and_of_every_second_cell():
    beside, model = Beside(TINY, 6), SiamMixer(TINY).eval()
    image = torch.rand(2, 3, 63, 63)
    tensors = model.tensors(image, "search", model.template_of(model.embed(image, "search")))
    assert beside.extents(tensors).shape == (2, 2, 5, 5)
    assert beside.features(tensors).shape == (2, 6, 5, 5)
    assert Beside(TINY, 0).project is None


def test_a_network_without_a_head_is_refused():
    assert response_operator(TINY).name == "H.box"
    with pytest.raises(InputError, match="must have a head, which bare has not"):
        Beside(dataclasses.replace(TINY, name="bare", head_layers=()), 6)
