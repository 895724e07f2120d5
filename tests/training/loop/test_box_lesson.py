"""Boxes are learnt without a teacher too; a stopped run goes on to the same weights; integers follow."""

import os
import signal
from dataclasses import replace

import numpy as np
import pytest
import torch

from siammixer.ir.box_map import SCORE
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.ir.weights import SHIPPED, load_weights
from siammixer.training.data.box_dataset import BoxDataset, BoxMixture
from siammixer.training.data.pairs import validation_pairs
from siammixer.training.loop.box_lesson import BoxLesson, BoxObjective
from siammixer.training.loop.box_loss import SCALES, collate_boxes
from siammixer.training.loop.checkpoint import load_checkpoint, load_model, load_quantised
from siammixer.training.loop.curves import read_curves
from siammixer.training.loop.distributed import open_processes
from siammixer.training.loop.lesson import learns_boxes, open_lesson
from siammixer.training.loop.place import Place
from siammixer.training.loop.recipe import Recipe
from siammixer.training.loop.response_lesson import ResponseLesson
from siammixer.training.loop.validate import golden_responses, response_hits, score_maps
from siammixer.training.loop.warm_start import natural_units, start_answer
from siammixer.training.model.beside import Beside
from siammixer.training.model.fold import fold
from siammixer.training.model.model import SiamMixer
from siammixer.training.quantise.qat import quantised_model

TINY = NETWORKS["tiny"]
VIDEOS = BoxMixture(still_share=0, region_share=0)
RECIPE = Recipe(
    pairs=6 * 6,
    stage="distil",
    templates_per_step=2,
    every=4,
    validation_pairs=12,
    precision="float32",
    learning_rate=5e-3,
    box_mixture=VIDEOS,
)


@pytest.fixture
def batch(tracks):
    dataset = BoxDataset(TINY, tracks.training, length=4, seed=3, mixture=VIDEOS)
    return collate_boxes([dataset[k] for k in range(2)])


def test_a_run_learns_and_its_integers_find_the_target(go, tracks, tmp_path):
    recipe = replace(RECIPE, pairs=60 * 12, templates_per_step=4, every=15, learning_rate=2e-2)
    go(recipe=recipe)
    rows = read_curves(tmp_path / "run/curves.csv")
    assert rows[-1]["loss"] < 0.8 * rows[0]["loss"] and rows[-1]["hits"] > 0.7
    assert rows[-1]["kl"] == rows[-1]["features"] == 0
    go(
        "qat",
        replace(recipe, stage="qat", pairs=5 * 12, every=5, learning_rate=1e-3),
        initial=tmp_path / "run/last.pt",
    )
    weights = load_weights(TINY, tmp_path / "qat/last.npz")
    assert weights.fingerprint == load_quantised(TINY, tmp_path / "qat/last.pt").weights().fingerprint
    assert weights.exponents["H.box"] == 0
    pairs = validation_pairs(TINY, tracks.validation, 12, 5)
    assert response_hits(TINY, golden_responses(TINY, weights, pairs), pairs.target).mean() > 0.6


@pytest.mark.parametrize("stage", ["distil", "qat"])
def test_interrupted_and_resumed_equals_uninterrupted(go, tmp_path, monkeypatch, stage):
    recipe = replace(
        RECIPE, stage=stage, freeze=3 if stage == "distil" else 0, whole_every=2 if stage == "distil" else 0
    )
    initial = SHIPPED / "tiny.npz"
    go("whole", recipe, initial=initial)
    losses = BoxObjective.losses

    def interrupted(objective, batch, step):
        if step == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return losses(objective, batch, step)

    monkeypatch.setattr(BoxObjective, "losses", interrupted)
    with pytest.raises(KeyboardInterrupt):
        go("run", recipe, initial=initial)
    monkeypatch.undo()
    assert load_checkpoint(TINY, tmp_path / "run/last.pt")["step"] == 3
    go("run", recipe, initial=initial)
    found, expected = (load_checkpoint(TINY, tmp_path / out / "last.pt") for out in ("run", "whole"))
    for name in ("step", "hits", "model", "trained", "beside", "optimiser", "sums"):
        torch.testing.assert_close(found[name], expected[name], rtol=0, atol=0, equal_nan=True)
    assert not torch.equal(found["model"]["gain"], found["trained"]["gain"]) or stage == "qat"


def test_frozen_operators_learn_in_every_second_step_only(batch):
    torch.manual_seed(1)
    model = SiamMixer(TINY)
    objective = BoxObjective(model, Beside(TINY, 0), replace(RECIPE, freeze=3, whole_every=2), None)
    for step, learns in ((0, True), (1, False)):
        model.zero_grad()
        objective(batch, step)[0].backward()
        assert all(p.grad is not None for p in model["D1.pw"].parameters())
        assert all((p.grad is not None) == learns for p in model["P2.pw"].parameters())
        assert all(p.requires_grad for p in model.parameters())


def test_gradients_reach_the_whole_network_in_float_and_in_integers(tiny, pairs, batch):
    start_answer(tiny)
    for model in (tiny, quantised_model(tiny, pairs)):
        objective = BoxObjective(model, Beside(TINY, 0), RECIPE, None)
        loss, parts = objective(batch, 0)
        loss.backward()
        assert torch.isfinite(parts).all()
        for name, parameter in model.named_parameters():
            if name in ("gain", "offset") and model is not tiny:
                continue
            assert parameter.grad is not None and parameter.grad.any(), name


def test_a_new_answer_is_unlikely_everywhere_and_of_the_templates_size(tiny, pairs):
    start_answer(tiny)
    with torch.inference_mode():
        folded = fold(tiny)["H.box"]
    assert folded.bias[SCORE] == pytest.approx(-3 * 8, rel=1e-4) and not folded.bias[1:].any()
    assert (score_maps(tiny, pairs) < 0).all()


def test_natural_units_change_nothing_but_how_fast_the_answer_learns(tiny, pairs):
    before, weight = score_maps(tiny, pairs), fold(tiny)["H.box"].weight
    natural_units(tiny)
    np.testing.assert_allclose(score_maps(tiny, pairs), before, rtol=1e-4, atol=1e-4)
    found = tiny["H.box"].linear.weight[:, :, 0].detach().numpy()
    np.testing.assert_allclose(found, weight / SCALES.numpy()[:, None], rtol=1e-5)


def test_the_answers_normalisation_and_the_frozen_ones_keep_their_statistics(tracks, tmp_path):
    with open_processes("cpu") as processes:
        place = Place(out=tmp_path, processes=processes, workers=0, initial=SHIPPED / "tiny.npz")
        recipe = replace(RECIPE, freeze=2, whole_every=1)
        lesson = open_lesson(TINY, TINY, recipe, tracks.training, {}, False, place)
    lesson.train()
    training = {o.name: lesson.model[o.name].norm.training for o in TINY.weighted()}
    assert [name for name, on in training.items() if not on] == ["P1", "P2.dw", "H.box"]
    rates = {id(p): group["rate"] for group in lesson.groups() for p in group["params"]}
    assert rates[id(lesson.model["P1"].linear.weight)] == pytest.approx(0.3)
    assert (
        rates[id(lesson.model["H.mix"].linear.weight)] == rates[id(lesson.model["H.box"].linear.weight)] == 1
    )
    assert rates[id(lesson.model["H.box"].norm.bias)] > 10


def test_which_lesson_a_run_has(tracks, tmp_path):
    bare = replace(TINY, name="bare", head_layers=())
    assert learns_boxes(TINY, RECIPE) and learns_boxes(TINY, replace(RECIPE, stage="qat"))
    assert not learns_boxes(bare, replace(RECIPE, stage="qat"))
    assert not learns_boxes(TINY, replace(RECIPE, stage="float"))
    with open_processes("cpu") as processes:
        place = Place(out=tmp_path, processes=processes, workers=0)
        float_stage = replace(RECIPE, stage="float")
        assert isinstance(
            open_lesson(TINY, TINY, float_stage, tracks.training, {}, False, place), ResponseLesson
        )
        with pytest.raises(InputError, match="must have a head, which bare has not"):
            open_lesson(bare, bare, RECIPE, tracks.training, {}, False, place)
        two = replace(place, processes=replace(processes, count=2))
        with pytest.raises(InputError, match="must be one process, not 2"):
            BoxLesson(TINY, TINY, RECIPE, tracks.training, {}, False, two)


def test_the_running_mean_is_what_a_checkpoint_gives(go, tmp_path):
    go()
    state, model = load_checkpoint(TINY, tmp_path / "run/last.pt"), load_model(TINY, tmp_path / "run/last.pt")
    torch.testing.assert_close(model["E"].linear.weight.data, state["model"]["weighted.E.linear.weight"])
    assert not torch.equal(
        state["model"]["weighted.E.linear.weight"], state["trained"]["weighted.E.linear.weight"]
    )
