"""The parts of a design's Verilog that a simulation executed: lines, branches and toggled bits, from the
counts that Verilator writes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# The statement that Amaranth's Verilog writer begins every process with: of a constant, and empty.
_EMPTY = "$verilog_backend.cc"
_RECORD = re.compile(r"C '(.*)' (\d+)")


@dataclass(frozen=True, kw_only=True)
class Point:
    """One thing that is counted.

    Parameters
    ----------
    kind
        "line", "branch" (a way through an if, a case or a ?:) or "toggle" (one direction of one bit).
    module
        Its path below the design's top; instances of one module count together.
    line
        Where it stands in the Verilog, from 1.
    lines
        Those that are executed with it; of a toggle none.
    name
        Of a branch the way, of a toggle the bit and its direction.
    """

    kind: str
    module: str
    line: int
    lines: tuple[int, ...]
    name: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Points of a design, and its Verilog line by line."""

    points: tuple[Point, ...]
    source: tuple[str, ...]

    def counts(self, kind: str) -> tuple[int, int]:
        """Covered and all points of a kind."""
        chosen = [point for point in self.points if point.kind == kind]
        return sum(point.count > 0 for point in chosen), len(chosen)

    @property
    def lines(self) -> dict[tuple[str, int], bool]:
        """Whether each executable line, by module and number, was executed."""
        executed: dict[tuple[str, int], bool] = defaultdict(bool)
        for point in self.points:
            for line in point.lines:
                executed[point.module, line] |= point.count > 0
        return dict(executed)

    def uncovered(self, kind: str) -> list[Point]:
        """The points of a kind that were never hit."""
        return [point for point in self.points if point.kind == kind and not point.count]


def read_coverage(counts: Path, verilog: Path) -> Coverage:
    """The coverage of a simulator made by ``siammixer.sim.native.build_native(..., coverage=True)``.

    Parameters
    ----------
    counts
        What the simulator wrote.
    verilog
        The design's file, ``design.v`` in the simulator's folder. Points of other files, the harness's, are
        left out.
    """
    source = tuple(verilog.read_text().splitlines())
    # Verilator separates names and values by control characters, and writes names in no particular encoding.
    records = counts.read_text(encoding="latin1").splitlines()
    return Coverage(points=tuple(_points(records, verilog.name, source)), source=source)


def _points(records: list[str], file: str, source: tuple[str, ...]) -> Iterator[Point]:
    for record in records:
        found = _RECORD.fullmatch(record)
        if not found:
            continue
        fields = dict(part.split("\x02", 1) for part in found[1].split("\x01") if part)
        line = int(fields["l"])
        if fields["f"] == file and _EMPTY not in source[line - 1]:
            kind, _, module = fields["page"].removeprefix("v_").partition("/")
            executed = tuple(
                number for number in _numbers(fields.get("S", "")) if _EMPTY not in source[number - 1]
            )
            yield Point(
                kind=kind, module=module, line=line, lines=executed, name=fields["o"], count=int(found[2])
            )


def _numbers(text: str) -> Iterator[int]:
    """From "3,7-9" the numbers 3, 7, 8, 9."""
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)
