"""golden beside a core keeps the template as the core does."""

import numpy as np
import pytest

from siammixer.driver.reference import Reference
from siammixer.golden.network import run as run_golden
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError
from siammixer.ir.patches import Grid

NETWORK = find_network("tiny")
WEIGHTS = random_weights(NETWORK, 5)
TEMPLATES = [random_image(NETWORK.template_side, seed) for seed in (1, 2)]
SEARCH = random_image(NETWORK.search_side, 3)


@pytest.mark.parametrize("grid", [None, Grid(2, 2)])
def test_a_search_is_compared_with_the_latest_template(grid):
    reference = Reference(NETWORK, WEIGHTS, grid)
    responses = []
    for crop in TEMPLATES:
        reference.tensors("template", crop)
        responses += [reference.tensors("search", SEARCH)["response"] for _ in range(2)]
        template = run_golden(NETWORK, WEIGHTS, crop, "template")["template"]
        assert np.array_equal(reference.template, template)
        expected = run_golden(NETWORK, WEIGHTS, SEARCH, "search", template=template)["response"]
        assert all(np.array_equal(found, expected) for found in responses[-2:])
    assert not np.array_equal(responses[0], responses[-1])


def test_a_search_needs_a_template():
    reference = Reference(NETWORK, WEIGHTS)
    assert reference.template is None
    with pytest.raises(InputError, match="template"):
        reference.tensors("search", SEARCH)
