"""What the random runs exercise, in one report: ``python -m bench.coverage``.

Writes ``bench/coverage.json``: the functional bins of the committed campaign (``bench/fuzz.json``, of ``siammixer fuzz``), and lines, branches
and toggled bits of the generated Verilog. For these the tiny accelerator runs random networks, illegal programs, pixel streams that are
too short and too long, and resets in the middle of runs. Exit status 1 where less than 95 % of the lines are executed, or
one is not and has no reason below, or a bin is empty that no directed case fills.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from fuzz.accelerators import fuzz_accelerator
from fuzz.check import Prepared, prepare
from fuzz.directed import DIRECTED
from fuzz.generate import random_case
from sim.coverage import Coverage, read_coverage
from sim.frame import native_simulator, program_words
from sim.native import Simulator
from sim.run import WRITE, Run
from spec.program import RECORD_WORDS, Kind

FILE = Path(__file__).with_name("coverage.json")
CAMPAIGN = Path(__file__).with_name("fuzz.json")
NETWORKS = 24
REQUIRED = 0.95

# Of the Verilog, what these runs do not execute: the module, at most so many lines, and why.
REASONS = {
    "siammixer.walker": (2, "_next_column asks for planes in both of its places, and one of them is the place of all others"),
    "siammixer.sequencer": (6, "no harness starts a core that is busy: tests/rtl/test_sequencer.py does"),
}


def coverage(networks: int = NETWORKS) -> Coverage:
    """Of the tiny accelerator, after the runs of so many random networks and all error cases."""
    accelerator = fuzz_accelerator("tiny")
    binary = native_simulator(accelerator, coverage=True)
    random = np.random.default_rng(1)
    with tempfile.TemporaryDirectory(prefix="siammixer-") as folder:
        counts = Path(folder) / "coverage.dat"
        with closing(Simulator(binary, counts)) as simulator:
            for seed in range(networks):
                one = prepare(random_case(seed, accelerator))
                for run, plan in zip(one.runs, one.plans, strict=True):
                    simulator.run(run)
                    simulator.run(run, reset_cycle=int(random.integers(plan.predicted_cycles)))
                for run in (*_wrong(one), one.runs[0]):
                    simulator.run(run)
        return read_coverage(counts, binary.folder / "design.v")


def _wrong(one: Prepared) -> Iterator[Run]:
    """Runs of a case that end in each error that a harness which keeps to the rules of the ports can cause."""
    right = one.runs[0]
    yield replace(right, pixels=right.pixels[:-1])
    yield replace(right, pixels=right.pixels[:1])
    yield replace(right, pixels=np.concatenate([right.pixels, right.pixels[:1]]))
    yield _programmed(one, 0, 0)
    yield _programmed(one, len(one.plans[0].program) // RECORD_WORDS - 1, 15)
    yield _endless(one)


def _programmed(one: Prepared, record: int, kind: int) -> Run:
    """The template run with another kind of that record."""
    words = program_words(one.plans[0])
    words["data"][record * RECORD_WORDS, 0] = words["data"][record * RECORD_WORDS, 0] & 0xF0 | kind
    return replace(one.runs[0], writes=words)


def _endless(one: Prepared) -> Run:
    """Loop records to the end of the program memory."""
    words = np.zeros(one.case.accelerator.program_words, WRITE)
    words["target"], words["address"] = program_words(one.plans[0])["target"][0], np.arange(len(words))
    words["data"][::RECORD_WORDS, 0] = Kind.LOOP
    return replace(one.runs[0], writes=words)


def report(found: Coverage) -> dict:
    """The file's content."""
    lines = found.lines
    missed: dict[str, list[str]] = defaultdict(list)
    for (module, line), executed in lines.items():
        if not executed:
            missed[module].append(found.source[line - 1].strip())
    campaign = json.loads(CAMPAIGN.read_text())
    bins = campaign["bins"]
    return {
        "functional": {
            "networks": campaign["checked"], "seed": campaign["seed"], "covered": sum(map(bool, bins.values())), "total": len(bins),
            "empty": campaign["empty_bins"],
        },
        "lines": {"covered": sum(lines.values()), "total": len(lines), "not_executed": [_missed(*one) for one in missed.items()]},
        "branches": _share(*found.counts("branch")),
        "toggles": _share(*found.counts("toggle")) | {"not_by_module": _by_module(found)},
    }  # fmt: skip


def _missed(module: str, lines: list[str]) -> dict:
    most, reason = REASONS.get(module, (0, None))
    return {"module": module, "lines": lines, "reason": reason if len(lines) <= most else None}


def _share(covered: int, total: int) -> dict[str, int]:
    return {"covered": covered, "total": total}


def _by_module(found: Coverage) -> dict[str, int]:
    modules = [point.module for point in found.uncovered("toggle")]
    return {module: modules.count(module) for module in sorted(set(modules))}


def good(content: dict) -> bool:
    lines, empty = content["lines"], content["functional"]["empty"]
    return set(empty) <= set(DIRECTED) and lines["covered"] >= REQUIRED * lines["total"] and all(one["reason"] for one in lines["not_executed"])


def main() -> int:
    content = report(coverage())
    FILE.write_text(json.dumps(content, indent=2) + "\n")
    for kind in ("functional", "lines", "branches", "toggles"):
        print(f"{kind}: {content[kind]['covered']:,} of {content[kind]['total']:,}")
    print(FILE)
    return 0 if good(content) else 1


if __name__ == "__main__":
    sys.exit(main())
