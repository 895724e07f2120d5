"""Checkpoints and curves of a run that are damaged, incomplete or cannot be written."""

import resource
import signal

import pytest
import torch

from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.training.loop.checkpoint import load_checkpoint, restored, save_checkpoint
from siammixer.training.loop.curves import read_curves, write_curves
from siammixer.training.loop.recipe import Recipe

TINY = NETWORKS["tiny"]
RECIPE = Recipe(pairs=8, templates_per_step=4, every=4, validation_pairs=4, precision="float32")


@pytest.fixture
def last(go, tmp_path):
    """The last checkpoint of a run of two steps."""
    go()
    return tmp_path / "run/last.pt"


def test_the_last_good_checkpoint_survives_a_full_disk(last):
    state, before = load_checkpoint(TINY, last), last.read_bytes()
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(InputError, match=r"last.pt: cannot be written \(File too large\)"):
            save_checkpoint(last, state)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert last.read_bytes() == before and not list(last.parent.glob(".*"))


def first_of(state):
    return next(iter(state["model"]))


DAMAGES = {
    "cut off": (lambda state, data: data[:1000], "damaged or not a checkpoint .* the run begins anew"),
    "emptied": (lambda state, data: b"", "damaged or not a checkpoint .* the run begins anew"),
    "no optimiser": (lambda state, data: without(state, "optimiser"), "it has no optimiser"),
    "no step": (lambda state, data: without(state, "step"), "it has no step"),
    "no tensors": (lambda state, data: state | {"model": 7}, "no tensors in it"),
    "another stage": (lambda state, data: state | {"stage": "bogus"}, "stage 'bogus'"),
    "a tensor less": (
        lambda state, data: state | {"model": without(state["model"], first_of(state))},
        "damaged, or not such a checkpoint .*Missing key",
    ),
    "another shape": (
        lambda state, data: state | {"model": state["model"] | {first_of(state): torch.zeros(3)}},
        "damaged, or not such a checkpoint .*size mismatch",
    ),
}


def without(state, name):
    return {key: value for key, value in state.items() if key != name}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_checkpoint_is_one_sentence(damage, go, last):
    change, message = DAMAGES[damage]
    changed = change(torch.load(last, weights_only=True), last.read_bytes())
    last.write_bytes(changed) if isinstance(changed, bytes) else torch.save(changed, last)
    with pytest.raises(InputError, match=message) as found:
        go()
    assert "last.pt" in str(found.value) and "\n" not in str(found.value)


def test_a_model_is_restored_only_from_its_own_tensors(last):
    state = load_checkpoint(TINY, last)
    with pytest.raises(InputError, match=r"last\.pt: damaged, or not such a checkpoint"):
        restored(TINY, state | {"model": {}})


@pytest.mark.parametrize("content", [b"", b"step,pairs\n1", b"step,pairs\n1,x\n", b"\xff\xfe", b"hello\n1\n"])
def test_curves_that_break_off_are_begun_anew(content, tmp_path):
    (tmp_path / "curves.csv").write_bytes(content)
    assert read_curves(tmp_path / "curves.csv") == []
    write_curves(tmp_path / "curves.csv", [{"step": 1.0, "pairs": 4.0}])
    assert read_curves(tmp_path / "curves.csv") == [{"step": 1.0, "pairs": 4.0}]
