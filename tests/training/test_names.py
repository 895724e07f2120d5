"""The light lists of names are those of the tables that stand behind them."""

import pytest

pytest.importorskip("torch", reason="needs the extra train")
from siammixer.training import names
from siammixer.training.distillation.teacher import open_teacher
from siammixer.training.loop.precision import AUTOCAST
from siammixer.training.loop.recipe import LEARNING_RATES
from siammixer.training.model.model import ACTIVATIONS
from siammixer.training.model.variants import VARIANTS


@pytest.mark.parametrize(
    "listed, table",
    [
        (names.STAGES, LEARNING_RATES),
        (names.PRECISIONS, ("auto", *AUTOCAST)),
        (names.ACTIVATIONS, ACTIVATIONS),
        (names.VARIANTS, VARIANTS),
    ],
)
def test_every_name_has_its_entry_and_no_other(listed, table):
    assert listed == tuple(table)


def test_the_teacher_none_is_none():
    assert "none" in names.TEACHERS and open_teacher("none") is None
