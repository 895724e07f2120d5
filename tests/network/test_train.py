"""Labels, loss and schedule; a run learns, stops and resumes."""

import numpy as np
import pytest
import torch

from network.checkpoint import load_checkpoint, load_model
from network.model import to_input
from network.train import NEGATIVE_WEIGHT, PEAK_WEIGHT, Batch, Recipe, balanced_loss, batch_loss, labels, main, peak_loss, train
from spec.errors import SpecError
from spec.network import NETWORKS

NETWORK = NETWORKS["tiny"]
RECIPE = Recipe(pairs=6 * 4 * 3, templates_per_step=4)


@pytest.fixture(scope="module")
def trained(crops, tmp_path_factory):
    """Folder with the checkpoint of six steps."""
    out = tmp_path_factory.mktemp("trained")
    train(NETWORK, RECIPE, [crops], crops, out, workers=0)
    return out


def test_labels_are_one_within_16_px_of_the_target():
    label = labels(NETWORKS["siammixer"], torch.tensor([[0.0, 0.0], [40.0, -24.0]]))
    assert label.shape == (2, 1, 17, 17)
    assert label[0].sum() == 13 and label[0, 0, 8, 8] == 1 and label[0, 0, 8, 10] == 1 and label[0, 0, 9, 10] == 0
    assert label[1].sum() == 13 and label[1, 0, 8 - 3, 8 + 5] == 1 and label[1, 0, 8 - 5, 8 + 5] == 1 and label[1, 0, 8 - 6, 8 + 5] == 0


def test_the_loss_weighs_both_classes_alike():
    label = torch.zeros(1, 1, 7, 7)
    label[0, 0, 3, 3] = 1
    certain = torch.where(label > 0, 20.0, -20.0)
    assert balanced_loss(certain, label) < 1e-6
    one_missed, all_false = balanced_loss(torch.full_like(label, -20.0), label), balanced_loss(torch.full_like(label, 20.0), label)
    torch.testing.assert_close(one_missed, all_false)
    torch.testing.assert_close(one_missed, torch.tensor(10.0))


def test_the_peak_loss_wants_the_largest_cell_on_the_target():
    network, target = NETWORKS["siammixer"], torch.tensor([[24.0, -16.0]])
    losses = torch.zeros(17, 17)
    for row, column in torch.cartesian_prod(torch.arange(17), torch.arange(17)).tolist():
        logits = torch.zeros(1, 1, 17, 17)
        logits[0, 0, row, column] = 5
        losses[row, column] = peak_loss(network, logits, target)
    assert divmod(int(losses.argmin()), 17) == (8 - 2, 8 + 3)
    assert losses[8 - 2, 8 + 3] < losses[8 - 2, 8 + 4] < losses[8 - 2, 8 + 5] < losses[0, 0]


def test_every_search_meets_its_own_template_and_target(tiny):
    """The loss of a batch against one put together pair by pair (which differs by bfloat16 only)."""
    rng = np.random.default_rng(8)
    template, search = (torch.from_numpy(rng.integers(0, 256, shape, dtype=np.uint8)) for shape in ((2, 63, 63, 3), (2, 3, 63, 63, 3)))
    target = torch.tensor(rng.uniform(-12, 12, (2, 3, 2)), dtype=torch.float32)

    def expected(batch: Batch) -> float:
        matched, mismatched = [], []
        for one in range(2):
            for k in range(3):
                for other in range(2):
                    logits = tiny.logits(tiny(to_input(batch.template[other : other + 1]), to_input(batch.search[one, k : k + 1])))
                    if other == one:
                        place = batch.target[one, k : k + 1]
                        matched.append(balanced_loss(logits, labels(NETWORK, place)) + PEAK_WEIGHT * peak_loss(NETWORK, logits, place))
                    else:
                        mismatched.append(torch.nn.functional.softplus(logits).mean())
        return float(sum(matched) / 6 + NEGATIVE_WEIGHT * sum(mismatched) / 6)

    with torch.inference_mode():
        batch = Batch(template, search, target)
        assert float(batch_loss(tiny, batch)) == pytest.approx(expected(batch), rel=0.01)
        for wrong in (Batch(template.flip(0), search, target), Batch(template, search, target.flip(0)), Batch(template, search, target.flip(2))):
            assert float(batch_loss(tiny, batch)) != pytest.approx(expected(wrong), rel=0.02)


def test_the_rate_rises_then_falls_to_zero():
    recipe = Recipe(pairs=24_000)
    rates = [recipe.rate(step) for step in range(recipe.steps)]
    assert recipe.steps == 1000 and rates[0] == pytest.approx(1 / 30) and max(rates) == rates[29] == 1
    assert rates[30:] == sorted(rates[30:], reverse=True) and rates[-1] < 1e-4


def test_a_run_learns(crops, tmp_path, capsys):
    train(NETWORK, Recipe(pairs=60 * 12, templates_per_step=4, learning_rate=5e-3), [crops], crops, tmp_path, workers=0, every=30)
    losses = [float(line.split()[3]) for line in capsys.readouterr().out.splitlines()]
    assert len(losses) == 2 and losses[1] < 0.8 * losses[0]


def test_a_stopped_run_resumes_to_the_same_weights(crops, trained, tmp_path, monkeypatch, capsys):
    class StoppedError(Exception):
        pass

    def stop_after_save(path, state):
        torch.save(state, path)
        raise StoppedError

    monkeypatch.setattr("network.train.save_checkpoint", stop_after_save)
    with pytest.raises(StoppedError):
        train(NETWORK, RECIPE, [crops], crops, tmp_path, workers=0, every=3)
    assert load_checkpoint(NETWORK, tmp_path / "tiny.pt")["step"] == 3
    monkeypatch.undo()
    train(NETWORK, RECIPE, [crops], crops, tmp_path, workers=0)
    assert "resuming" in capsys.readouterr().out
    expected, found = load_checkpoint(NETWORK, trained / "tiny.pt"), load_checkpoint(NETWORK, tmp_path / "tiny.pt")
    assert found["step"] == expected["step"] == 6
    for name, value in expected["model"].items():
        torch.testing.assert_close(found["model"][name], value)


def test_checkpoints_of_another_network_or_damaged_are_refused(trained, tmp_path):
    assert not load_model(NETWORK, trained / "tiny.pt").training
    with pytest.raises(SpecError, match=r"must be of siammixer .*not of tiny"):
        load_checkpoint(NETWORKS["siammixer"], trained / "tiny.pt")
    with pytest.raises(SpecError, match="no such checkpoint"):
        load_checkpoint(NETWORK, tmp_path / "none.pt")
    (tmp_path / "half.pt").write_bytes((trained / "tiny.pt").read_bytes()[:3000])
    with pytest.raises(SpecError, match="damaged or not a checkpoint"):
        load_checkpoint(NETWORK, tmp_path / "half.pt")


@pytest.mark.parametrize("change, message", [({"--network": "huge"}, "unknown network"), ({"--data": "nowhere"}, "nowhere: no such folder")])
def test_bad_arguments_exit_with_2(crops, tmp_path, capsys, change, message):
    given = {"--network": "tiny", "--data": str(crops), "--validation": str(crops), "--out": str(tmp_path), "--pairs": "12"} | change
    assert main([word for pair in given.items() for word in pair]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
