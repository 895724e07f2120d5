"""A run learns, is interrupted at any step and goes on to the same weights, alone and as one of two
processes.
"""

import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.ir.weights import SHIPPED, load_weights
from siammixer.training.data.dataset import TrainingDataset
from siammixer.training.loop.checkpoint import load_checkpoint, load_model, load_quantised, restored
from siammixer.training.loop.curves import read_curves
from siammixer.training.loop.distributed import open_processes
from siammixer.training.loop.place import Crops, Place
from siammixer.training.loop.precision import fastest_precision
from siammixer.training.loop.recipe import Recipe
from siammixer.training.loop.train import Run
from siammixer.training.model.fold import fold

TINY = NETWORKS["tiny"]
RECIPE = Recipe(pairs=6 * 12, templates_per_step=4, every=4, validation_pairs=12, precision="float32")
NEEDS_BFLOAT16 = pytest.mark.skipif(
    fastest_precision(torch.device("cpu")) != "bfloat16", reason="this CPU does not multiply bfloat16"
)


def assert_same_state(one: dict, other: dict, *names: str) -> None:
    for name in names:
        torch.testing.assert_close(one[name], other[name], rtol=0, atol=0, equal_nan=True)


def signalled_at(monkeypatch, number: int, step: int) -> None:
    """A signal comes while a sample of a step is prepared."""
    prepare = TrainingDataset.__getitem__

    def interrupted(dataset, index):
        if index == step * RECIPE.templates_per_step + 1:
            os.kill(os.getpid(), number)
        return prepare(dataset, index)

    monkeypatch.setattr(TrainingDataset, "__getitem__", interrupted)


@pytest.mark.parametrize(
    "number, step, workers, initial",
    [(signal.SIGINT, 4, 0, None), (signal.SIGTERM, 4, 2, SHIPPED / "tiny.npz")],
    ids=["random", "shipped"],
)
def test_interrupted_and_resumed_equals_uninterrupted(
    go, tmp_path, monkeypatch, number, step, workers, initial
):
    handler = signal.getsignal(
        signal.SIGINT
    )  # whatever it is: a job in the background begins with it ignored
    whole = go("whole", initial=initial)
    signalled_at(monkeypatch, number, step)
    with pytest.raises(KeyboardInterrupt):
        go(initial=initial)
    monkeypatch.undo()
    assert load_checkpoint(TINY, tmp_path / "run/last.pt")["step"] == step + 1
    said = go(initial=initial, workers=workers)
    assert f"at step {step + 1} of 6" in said[0] and "step 6/6" in said[-1] and "step 6/6" in whole[-1]
    for name in ("last.pt", "best.pt"):
        found, expected = (load_checkpoint(TINY, tmp_path / out / name) for out in ("run", "whole"))
        assert_same_state(found, expected, "step", "hits", "best", "model", "optimiser", "sums")
    curves = [
        [row | {"pairs_per_second": 0} for row in read_curves(tmp_path / out / "curves.csv")]
        for out in ("run", "whole")
    ]
    assert curves[0] == curves[1] and [row["step"] for row in curves[0]] == [4, 6]
    assert signal.getsignal(signal.SIGINT) is handler
    assert not list(tmp_path.glob("*/*.part"))


@pytest.mark.parametrize(
    "precision, share", [("float32", 0.85), pytest.param("bfloat16", 0.92, marks=NEEDS_BFLOAT16)]
)
def test_a_run_learns_and_keeps_its_best(go, tmp_path, precision, share):
    go(recipe=replace(RECIPE, pairs=50 * 12, learning_rate=5e-3, every=10, precision=precision))
    rows = read_curves(tmp_path / "run/curves.csv")
    assert rows[-1]["loss"] < share * rows[0]["loss"]
    best, last = (load_checkpoint(TINY, tmp_path / "run" / name) for name in ("best.pt", "last.pt"))
    assert best["hits"] == last["best"] == pytest.approx(max(row["hits"] for row in rows), abs=1e-5)
    assert not load_model(TINY, tmp_path / "run/best.pt").training


def test_frozen_operators_stay_and_the_others_learn(go, tmp_path):
    go(initial=SHIPPED / "tiny.npz", recipe=replace(RECIPE, freeze=3))
    before, after = load_weights(TINY), load_model(TINY, tmp_path / "run/last.pt")
    for name, folded in fold(after).items():
        # Up to a factor for each output, which is what the integers leave open.
        if name == "H.correlation":
            continue
        found, expected = (
            folded.weight.reshape(len(folded.bias), -1),
            before.operators[name].weight.reshape(len(folded.bias), -1).astype(float),
        )
        factor = (found * expected).sum(1) / np.square(expected).sum(1).clip(1)
        same = np.abs(found - expected * factor[:, None]).max() < 1e-5 * np.abs(found).max()
        assert same == (name in ("P1", "P2.dw", "P2.pw") or name.startswith("H.")), name


def test_training_in_integers_writes_its_weights_files(go, tmp_path):
    go(recipe=replace(RECIPE, stage="distil"), initial=SHIPPED / "tiny.npz")
    recipe = replace(RECIPE, stage="qat", learning_rate=1e-3, freeze=3)
    go("qat", recipe, initial=tmp_path / "run/last.pt")
    go("qat", recipe, initial=tmp_path / "run/last.pt")
    for name in ("last", "best"):
        weights = load_weights(TINY, tmp_path / f"qat/{name}.npz")
        assert weights.fingerprint == load_quantised(TINY, tmp_path / f"qat/{name}.pt").weights().fingerprint
    with pytest.raises(InputError, match=r"must be of the stage float or distil, not qat"):
        load_model(TINY, tmp_path / "qat/last.pt")
    with pytest.raises(InputError, match="--initial FILE"):
        go("other", recipe)


@pytest.mark.parametrize(
    "options", [{"activation": "gelu"}, {"variant": "no-global"}, {"variant": "independent", "freeze": 3}]
)
def test_comparisons_train_and_are_read_back(go, tmp_path, options):
    go(recipe=replace(RECIPE, pairs=12, **options), initial=SHIPPED / "tiny.npz")
    model = load_model(TINY, tmp_path / "run/last.pt")
    assert model.activation == options.get("activation", "relu")
    assert model.network.name == "-".join(["tiny", *filter(None, [options.get("variant")])])


@pytest.mark.parametrize("precision", ["float32", pytest.param("bfloat16", marks=NEEDS_BFLOAT16)])
def test_a_run_goes_on_in_its_own_precision(go, tmp_path, monkeypatch, precision):
    """It was started on another machine, whose fastest precision "auto" stood for."""
    device_says = {"precision": precision}
    monkeypatch.setattr(
        "siammixer.training.loop.precision.fastest_precision", lambda _: device_says["precision"]
    )
    signalled_at(monkeypatch, signal.SIGINT, 4)
    with pytest.raises(KeyboardInterrupt):
        go(recipe=replace(RECIPE, precision="auto"))
    assert load_checkpoint(TINY, tmp_path / "run/last.pt")["recipe"]["precision"] == precision
    device_says["precision"] = "bfloat16" if precision == "float32" else "float32"
    go(recipe=replace(RECIPE, precision="auto"))
    state = load_checkpoint(TINY, tmp_path / "run/last.pt")
    assert state["step"] == 6 and state["recipe"]["precision"] == precision
    with pytest.raises(InputError, match=f"has precision {precision}, not {device_says['precision']}"):
        go(recipe=replace(RECIPE, precision=device_says["precision"]))


def test_other_runs_are_refused(go, tmp_path):
    go()
    for recipe, message in (
        (replace(RECIPE, seed=2), r"last.pt: its run has seed 1, not 2"),
        (replace(RECIPE, activation="silu"), r"has activation relu, not silu"),
    ):
        with pytest.raises(InputError, match=message):
            go(recipe=recipe)
    with pytest.raises(InputError, match="has initial none, not"):
        go(initial=SHIPPED / "tiny.npz")
    with pytest.raises(InputError, match=r"none\.npz: no such file to start from"):
        go("new", initial=tmp_path / "none.npz")
    with (
        open_processes("cpu") as processes,
        pytest.raises(InputError, match="multiple of the 3 processes, not 4"),
    ):
        Run(
            TINY,
            RECIPE,
            Crops(training=[], validation=[]),
            Place(out=tmp_path / "new", processes=replace(processes, count=3)),
        )


def test_checkpoints_of_another_network_or_damaged_are_refused(go, tmp_path):
    go(recipe=replace(RECIPE, pairs=12))
    path = tmp_path / "run/last.pt"
    with pytest.raises(InputError, match=r"must be of siammixer .*not of tiny"):
        load_checkpoint(NETWORKS["siammixer"], path)
    with pytest.raises(InputError, match="must be a checkpoint, not a folder"):
        load_checkpoint(TINY, tmp_path)
    with pytest.raises(InputError, match="no such checkpoint"):
        load_checkpoint(TINY, tmp_path / "none.pt")
    (tmp_path / "half.pt").write_bytes(path.read_bytes()[:3000])
    with pytest.raises(InputError, match="damaged or not a checkpoint"):
        load_checkpoint(TINY, tmp_path / "half.pt")


TWO_RANKS = """
import sys, torch
from siammixer.training.data.loader import load_batches
from siammixer.training.loop.place import Crops, Place
from siammixer.training.loop.distributed import open_processes
from siammixer.training.loop.recipe import Recipe
from siammixer.training.data.tracks import read_tracks
from siammixer.training.loop.train import Run, train
from siammixer.ir.catalogue import NETWORKS
from pathlib import Path
torch.set_num_threads(1)
crops, out = map(Path, sys.argv[1:3])
out.mkdir(exist_ok=True)
tracks = read_tracks(crops)
recipe = Recipe(
    pairs=2 * 12, templates_per_step=4, every=1, validation_pairs=4, learning_rate=1e-3, precision=sys.argv[4]
)
with open_processes("cpu") as processes:
    place = Place(out=out, processes=processes, workers=0, initial=Path(sys.argv[3]))
    run = Run(NETWORKS["tiny"], recipe, Crops(training=tracks, validation=tracks), place)
    run.model.train()
    batch = next(load_batches(run.dataset, range(1), 4, processes, workers=0))
    loss, parts = run.objective(batch, 0)
    loss.backward()
    gradients = {name: p.grad.clone() for name, p in run.model.named_parameters() if p.grad is not None}
    if processes.first:
        torch.save({"gradients": gradients, "buffers": dict(run.model.named_buffers())}, out / "gradients.pt")
    run.optimiser.zero_grad()
    train(NETWORKS["tiny"], recipe, Crops(training=tracks, validation=tracks), place)
"""


@pytest.mark.parametrize(
    "precision, share", [("float32", 2e-3), pytest.param("bfloat16", 0.3, marks=NEEDS_BFLOAT16)]
)
def test_two_processes_compute_what_one_does(crops, tmp_path, precision, share):
    """The two give the gradients and BatchNorm's statistics of the first step on the joined batch, and a
    whole run with one set of files.
    """
    (tmp_path / "go.py").write_text(TWO_RANKS)
    processes = [
        start_process(tmp_path, crops, "one", 0, 1, precision),
        *(start_process(tmp_path, crops, "two", rank, 2, precision) for rank in range(2)),
    ]
    said = [process.communicate(timeout=300) for process in processes]
    for process, (_, errors) in zip(processes, said, strict=True):
        assert process.returncode == 0, errors[-3000:]
    assert ["step 2/2" in printed for printed, _ in said] == [True, True, False]
    one, two = (torch.load(tmp_path / out / "gradients.pt", weights_only=True) for out in ("one", "two"))
    for kind in ("gradients", "buffers"):
        for name, value in one[kind].items():
            # The sums have another order, and BatchNorms divide by small deviations; before a BatchNorm a
            # bias has no gradient but noise.
            tolerance = share * max(float(value.abs().max()), 1e-3)
            assert (two[kind][name] - value).abs().max() <= tolerance, f"{kind} of {name}"
    states = [load_checkpoint(TINY, tmp_path / out / "last.pt") for out in ("one", "two")]
    assert states[0]["step"] == states[1]["step"] == 2
    models = [restored(TINY, state) for state in states]
    torch.testing.assert_close(
        models[1]["E"].linear.weight, models[0]["E"].linear.weight, rtol=0.05, atol=5e-3
    )


def start_process(
    folder: Path, crops: Path, out: str, rank: int, count: int, precision: str
) -> subprocess.Popen:
    """One process as torchrun starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1] if rank == 0 else int((folder / f"{out}.port").read_text())
    (folder / f"{out}.port").write_text(str(port))
    machine = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "OMP_NUM_THREADS": "1",
    }
    environment = (
        os.environ | machine | {"RANK": str(rank), "WORLD_SIZE": str(count), "LOCAL_RANK": str(rank)}
    )
    files = map(str, (folder / "go.py", crops, folder / out, SHIPPED / "tiny.npz"))
    argv = [sys.executable, *files, precision]
    return subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
