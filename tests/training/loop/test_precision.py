"""The precision that a recipe's "auto" stands for."""

from types import SimpleNamespace

import pytest
import torch

from siammixer.ir.errors import InputError
from siammixer.training.loop import precision
from siammixer.training.loop.precision import AUTOCAST, fastest_precision, with_precision
from siammixer.training.loop.recipe import Recipe

CPU, GPU = torch.device("cpu"), torch.device("cuda")


def recipe(name, stage="float"):
    return Recipe(pairs=24, stage=stage, precision=name)


@pytest.mark.parametrize("fastest", ["float32", "bfloat16"])
def test_auto_is_the_runs_own_or_else_the_devices_fastest(monkeypatch, fastest):
    monkeypatch.setattr(precision, "fastest_precision", lambda device: fastest)
    assert with_precision(recipe("auto"), CPU).precision == fastest
    for begun in ("float32", "bfloat16"):
        assert with_precision(recipe("auto"), CPU, {"precision": begun}).precision == begun
    assert (
        with_precision(recipe("auto"), CPU, {"pairs": 24}).precision == fastest
    )  # from before there was one


def test_what_was_asked_for_stays_and_integers_need_float32():
    assert with_precision(recipe("bfloat16"), CPU, {"precision": "float32"}).precision == "bfloat16"
    assert with_precision(recipe("auto", "qat"), GPU, {"precision": "bfloat16"}).precision == "float32"
    assert with_precision(recipe("float16"), GPU).precision == "float16"
    with pytest.raises(InputError, match="must be auto, float32 or bfloat16 on a CPU, not float16"):
        with_precision(recipe("float16"), CPU)


@pytest.mark.parametrize("bfloat16, amx", [(False, False), (True, False), (False, True)])
def test_cpus_that_multiply_bfloat16_take_it(monkeypatch, bfloat16, amx):
    cpu = SimpleNamespace(_is_avx512_bf16_supported=lambda: bfloat16, _is_amx_tile_supported=lambda: amx)
    monkeypatch.setattr(torch, "cpu", cpu)
    found = fastest_precision(CPU)
    assert found in AUTOCAST and (found == "bfloat16") == (bfloat16 or amx)
