"""Report the functional coverage and the code coverage of the random runs.

``python -m siammixer.bench.coverage`` writes ``bench/coverage.json`` and the table of docs/verification.md.
The report has the functional bins of the committed campaign (``bench/fuzz.json``, written by ``siammixer
fuzz``), and the lines, branches and toggled bits of the generated Verilog. To measure these the tiny
accelerator runs random networks, illegal programs, addresses past the ends of the memories, pixel streams
that are too short and too long, and resets in the middle of runs. The exit status is 1 where less than 95 %
of the lines are executed, where a line is not executed and REASONS has no reason for it, or where a bin is
empty that no directed case fills.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from siammixer.arch.accelerator import TAPS
from siammixer.arch.errors import Error
from siammixer.arch.instruction import INSTRUCTION_WORDS, Kind, encode
from siammixer.bench.arguments import parser
from siammixer.bench.document import rewrite
from siammixer.compiler.program import BranchProgram
from siammixer.driver.core import CoreRun
from siammixer.driver.words import program_words, weight_words
from siammixer.sim.coverage import Coverage, read_coverage
from siammixer.sim.native import Simulator
from siammixer.sim.simulators import native_simulator
from siammixer.verify.fuzz.accelerators import fuzz_accelerator
from siammixer.verify.fuzz.directed import DIRECTED
from siammixer.verify.fuzz.generate import random_case
from siammixer.verify.fuzz.verdict import Prepared, prepare

FILE = Path(__file__).with_name("coverage.json")
DOCUMENT, COMMAND = "verification.md", "python -m siammixer.bench.coverage"
CAMPAIGN = Path(__file__).with_name("fuzz.json")
NETWORKS = 24
REQUIRED = 0.95

# Module of the Verilog -> the most lines that these runs do not execute, and why they do not.
REASONS = {
    "siammixer.faults": (
        2,
        "the watchdog barks after 2**26 cycles: tests/rtl/test_accelerator.py shortens them",
    ),
    "siammixer.faults.watchdog": (2, "2**26 cycles: tests/rtl/control/test_watchdog.py shortens them"),
    "siammixer.flush": (3, "no harness starts a core too early: tests/rtl/control/test_flush.py does"),
    "siammixer.write_port": (
        3,
        "no harness writes during a run: tests/rtl/control/test_write_port.py does",
    ),
    "siammixer.sequencer": (
        18,
        "no harness starts a busy core or writes to it: tests/rtl/control/test_sequencer.py does",
    ),
}


def coverage(networks: int = NETWORKS) -> Coverage:
    """Code coverage of the tiny accelerator after the runs of ``networks`` random networks and all error
    cases.
    """
    accelerator = fuzz_accelerator("tiny")
    binary = native_simulator(accelerator, coverage=True)
    random = np.random.default_rng(1)
    with tempfile.TemporaryDirectory(prefix="siammixer-") as folder:
        counts = Path(folder) / "coverage.dat"
        with closing(Simulator(binary, counts)) as simulator:
            for seed in range(networks):
                one = prepare(random_case(seed, accelerator))
                for run, plan in zip(one.runs, one.plans, strict=True):
                    cycle = int(random.integers(plan.predicted_cycles))
                    simulator.execute_all([run, replace(run, reset_cycle=cycle)])
                for run, error in (*wrong_runs(one), (one.runs[0], Error.NONE)):
                    found = simulator.execute(run).error
                    assert found == error, (
                        f"seed {seed}: a run that must end in {error.name} ended in {Error(found).name}"
                    )
        return read_coverage(counts, binary.folder / "design.v")


def wrong_runs(one: Prepared) -> Iterator[tuple[CoreRun, Error]]:
    """Runs of a case that end in each error that a harness which keeps to the rules of the ports can cause
    in reasonable time, and that error.
    """
    right, a = one.runs[0], one.case.accelerator
    yield replace(right, pixels=right.pixels[:-1]), Error.INPUT_SHORT
    yield replace(right, pixels=right.pixels[:1]), Error.INPUT_SHORT
    yield replace(right, pixels=np.concatenate([right.pixels, right.pixels[:1]])), Error.INPUT_LONG
    yield _endless(one), Error.PROGRAM_END
    for words in (
        program_words(np.zeros(1, np.uint32), a.program_words),
        weight_words(np.zeros((a.lanes, 1, TAPS), np.int8), a.weight_words),
    ):
        yield replace(right, writes=words), Error.WRITE_OUTSIDE
    last = len(one.plans[0].steps)
    for number, kind in ((0, 0), (last, 15)):
        yield _programmed(one, number, kind=kind), Error.BAD_INSTRUCTION
        yield _flipped(one, number), Error.BAD_CHECK
    for count in ("slots", "blocks", "columns", "rows", "macs"):
        yield _programmed(one, last, **{count: 0}), Error.BAD_INSTRUCTION
    # Addresses past each end, in the first step, which slides over the pixels, and in the last, which stores
    # the windows of a map.
    for fields in (
        {"write_base": a.map_words},
        {"weight_base": a.weight_words},
        {"constant_base": a.weight_words},
        {"blocks": a.constants + 1, "fused": 0},
        {"columns": a.pixel_width},
        {"rows": 512, "stride_2": 1},
    ):
        yield _programmed(one, 1, **fields), Error.BAD_ADDRESS
    for fields in (
        {"read_base": a.map_words},
        {"weight_base": a.weight_words},
        {"columns": a.line_width + 1},
    ):
        yield _programmed(one, last, **fields), Error.BAD_ADDRESS
    steps = one.plans[1].steps
    yield _searched(one, len(steps), write_base=a.response_words), Error.BAD_ADDRESS
    map_step = max(number for number, step in enumerate(steps, 1) if step.writes)
    yield _searched(one, map_step, write_base=a.map_words), Error.BAD_ADDRESS


def _programmed(one: Prepared, number: int, **fields: int) -> CoreRun:
    """The template run with other fields in an instruction, and the check that belongs to them."""
    return _replaced(one.runs[0], one.plans[0], number, fields)


def _searched(one: Prepared, number: int, **fields: int) -> CoreRun:
    """The first search run with other fields in an instruction, and the check that belongs to them."""
    return _replaced(one.runs[1], one.plans[1], number, fields)


def _replaced(run: CoreRun, plan: BranchProgram, number: int, fields: dict[str, int]) -> CoreRun:
    program = plan.program.copy()
    right = (plan.loop, *(step.fields for step in plan.steps))[number]
    program[number * INSTRUCTION_WORDS :][:INSTRUCTION_WORDS] = encode(number, **{**right, **fields})
    return replace(run, writes=program_words(program, run.entry))


def _flipped(one: Prepared, number: int) -> CoreRun:
    """The template run with a wrong bit in an instruction."""
    program = one.plans[0].program.copy()
    program[number * INSTRUCTION_WORDS] ^= 1
    return replace(one.runs[0], writes=program_words(program))


def _endless(one: Prepared) -> CoreRun:
    """The template run with loop instructions up to the end of the program memory."""
    words = one.case.accelerator.program_words
    program = np.concatenate(
        [encode(number, kind=Kind.LOOP) for number in range(-(-words // INSTRUCTION_WORDS))]
    )
    return replace(one.runs[0], writes=program_words(program[:words]))


def report(found: Coverage) -> dict:
    """The content of ``bench/coverage.json``."""
    lines = found.lines
    missed: dict[str, list[str]] = defaultdict(list)
    for (module, line), executed in lines.items():
        if not executed:
            missed[module].append(found.source[line - 1].strip())
    campaign = json.loads(CAMPAIGN.read_text())
    bins = campaign["bins"]
    return {
        "functional": {
            "networks": campaign["checked"],
            "seed": campaign["seed"],
            "covered": sum(map(bool, bins.values())),
            "total": len(bins),
            "empty": campaign["empty_bins"],
        },
        "lines": {
            "covered": sum(lines.values()),
            "total": len(lines),
            "not_executed": [_missed(*one) for one in missed.items()],
        },
        "branches": _share(*found.counts("branch")),
        "toggles": _share(*found.counts("toggle")) | {"not_by_module": _by_module(found)},
    }


def _missed(module: str, lines: list[str]) -> dict:
    most, reason = REASONS.get(module, (0, None))
    return {"module": module, "lines": lines, "reason": reason if len(lines) <= most else None}


def _share(covered: int, total: int) -> dict[str, int]:
    return {"covered": covered, "total": total}


def _by_module(found: Coverage) -> dict[str, int]:
    modules = [point.module for point in found.uncovered("toggle")]
    return {module: modules.count(module) for module in sorted(set(modules))}


def good(content: dict) -> bool:
    """Whether the report meets the requirements that the module's docstring states."""
    lines, empty = content["lines"], content["functional"]["empty"]
    return (
        set(empty) <= set(DIRECTED)
        and lines["covered"] >= REQUIRED * lines["total"]
        and all(one["reason"] for one in lines["not_executed"])
    )


def table(content: dict) -> str:
    """The report as a Markdown table."""
    names = {
        "functional": "functional bins",
        "lines": "lines",
        "branches": "branches",
        "toggles": "toggles, each bit either way",
    }
    shares = {name: (content[kind]["covered"], content[kind]["total"]) for kind, name in names.items()}
    rows = [
        f"| {name} | {covered:,} ({covered / total:.1%}) | {total:,} |"
        for name, (covered, total) in shares.items()
    ]
    return "\n".join(["| | covered | of |", "|---|---|---|", *rows]) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    parser("coverage", __doc__).parse_args(arguments)
    content = report(coverage())
    FILE.write_text(json.dumps(content, indent=2) + "\n")
    rewrite(DOCUMENT, COMMAND, table(content))
    for kind in ("functional", "lines", "branches", "toggles"):
        print(f"{kind}: {content[kind]['covered']:,} of {content[kind]['total']:,}")
    print(FILE)
    return 0 if good(content) else 1


if __name__ == "__main__":
    sys.exit(main())
