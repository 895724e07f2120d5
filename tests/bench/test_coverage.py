"""The committed report is complete, holds what is required, and fails where it does not."""

import copy
import json

from bench.coverage import CAMPAIGN, FILE, REQUIRED, good
from fuzz.coverage import BINS

CONTENT = json.loads(FILE.read_text())
FUZZ = json.loads(CAMPAIGN.read_text())


def test_the_campaign():
    assert FUZZ["checked"] >= 200 and FUZZ["equal"] and FUZZ["mismatches"] == 0 == len(FUZZ["failures"])
    assert set(FUZZ["bins"]) == set(BINS), "run siammixer fuzz --count 480 --seed 1 --json bench/fuzz.json"
    assert FUZZ["empty_bins"] == CONTENT["functional"]["empty"]


def test_the_report():
    assert good(CONTENT)
    for kind in ("functional", "lines", "branches", "toggles"):
        assert CONTENT[kind]["covered"] >= REQUIRED * CONTENT[kind]["total"] > 0


def test_an_unexplained_line_an_empty_bin_and_too_few_lines_are_seen():
    content = copy.deepcopy(CONTENT)
    content["lines"]["not_executed"].append({"module": "a", "lines": ["b"], "reason": None})
    assert not good(content)
    content = copy.deepcopy(CONTENT)
    content["lines"]["covered"] = int(0.94 * content["lines"]["total"])
    assert not good(content)
    content = copy.deepcopy(CONTENT)
    content["functional"]["empty"].append("ChannelMLP: channels whole, one word")
    assert not good(content)
