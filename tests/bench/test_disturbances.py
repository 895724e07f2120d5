"""The recorded disturbances: of today's hardware, nothing wrong; and what is wrong is seen."""

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.fabric import FIRST_FRAMES
from siammixer.bench import disturbances, document
from siammixer.bench.document import mark
from siammixer.golden.engine import GoldenEngine
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import load_weights
from siammixer.sim.fabric import design_fingerprint
from siammixer.sim.fabric_tracker import FabricTracker
from siammixer.tracking.tracker import Tracker

RECORD = json.loads(disturbances.FILE.read_text())
AGAIN = "run python -m siammixer.bench.disturbances and commit the change with its reason"
TINY = find_network("tiny")


@pytest.fixture(scope="module")
def fabric():
    size = (disturbances.WIDTH, disturbances.HEIGHT)
    tracker = FabricTracker(TINY, load_weights(TINY), find_accelerator("tiny"), frame_size=size)
    yield tracker
    tracker.close()


def test_it_is_of_this_hardware_and_found_nothing(fabric):
    assert RECORD["design"] == design_fingerprint(fabric.design), AGAIN
    assert RECORD["weights"] == load_weights(TINY).fingerprint, AGAIN
    assert RECORD["problems"] == [] and RECORD["totals"]["frames"] >= 10_000
    assert RECORD["totals"]["boxes_compared"] > 1000 and RECORD["totals"]["lost_pixels"] > 1000
    assert set(disturbances.KINDS) < set(RECORD["kinds"])


def test_the_document_shows_it():
    text = (document.DOCS / disturbances.DOCUMENT).read_text()
    assert mark(disturbances.COMMAND) + disturbances.table(RECORD) in text, AGAIN


@pytest.fixture(scope="module")
def episode(fabric):
    """An episode without an event in which boxes are compared: (episode, outcome, frame before)."""
    dice = np.random.default_rng(4)
    images = [disturbances.scene(dice) for _ in range(4)]
    golden = Tracker(GoldenEngine(TINY, load_weights(TINY)))
    for _ in range(20):
        drawn, outcome, before = disturbances.run(fabric, dice, images, Counter())
        compared, problem = disturbances.check(drawn, outcome, golden, before)
        assert not problem
        if compared > 3 and drawn.waits:
            return drawn, outcome, before
    raise AssertionError("no episode compares boxes")


def changed(outcome, place, **values):
    """The outcome with other news."""
    news = list(outcome.news)
    news[place] = replace(news[place], **values)
    return replace(outcome, news=tuple(news))


def searched(outcome):
    """The place of the first news in which a box was looked for."""
    return [place for place, news in enumerate(outcome.news) if not news.code][FIRST_FRAMES]


def moved(box):
    return (box[0] + 1, *box[1:])


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda one: replace(one, ended=False), "not at rest"),
        (lambda one: replace(one, news=one.news[:-1]), "were told"),
        (
            lambda one: changed(one, searched(one), confidence=one.news[searched(one)].confidence ^ 1),
            "the Python tracker has",
        ),
        (
            lambda one: changed(one, searched(one), box=moved(one.news[searched(one)].box)),
            "the Python tracker has",
        ),
        (lambda one: changed(one, 2, state=one.news[searched(one)].state), "was told as TRACKING"),
        (lambda one: changed(one, searched(one), code=0x15), "code 0x15, and had no such fault"),
    ],
    ids=["hangs", "untold", "confidence", "box", "state", "code"],
)
def test_what_is_wrong_is_seen(episode, spoil, words):
    drawn, outcome, before = episode
    golden = Tracker(GoldenEngine(TINY, load_weights(TINY)))
    assert words in disturbances.check(drawn, spoil(outcome), golden, before)[1]
