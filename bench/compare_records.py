"""Compare the predicted figures of the tree with the committed records.

``python -m siammixer.bench.compare_records`` recomputes the cycles of every step (``bench/cycles.json``) and
the predictions for every size (``bench/sizes.json``), and prints every change. The exit status is 1 where a
figure is worse: a frame slower, a utilisation lower, a memory larger, or a figure missing. ``python -m
siammixer.bench.cycles`` and ``python -m siammixer.bench.sizes`` record an intended change, which is committed
with its reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from siammixer.bench import cycles, sizes
from siammixer.bench.arguments import parser

# Figures of which less is better. Cycles of single steps are not judged, only those of the frame.
LESS_IS_BETTER = (
    "cycles",
    "template_cycles",
    "feature_map_bytes",
    "weight_memory_bytes",
    "block_rams",
    "multipliers",
)
MORE_IS_BETTER = "utilisation"
UNJUDGED = "steps"

Path = tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """A changed figure: its path in the file, and its values before and now. None stands for a missing
    figure.
    """

    path: Path
    before: Any
    now: Any

    @property
    def worse(self) -> bool:
        """Whether the change is for the worse."""
        if UNJUDGED in self.path or self.before is None:
            return False
        if self.now is None:
            return True
        if any(part.startswith(MORE_IS_BETTER) for part in self.path):
            return self.now < self.before
        return self.path[-1] in LESS_IS_BETTER and self.now > self.before

    def __str__(self) -> str:
        return f"{'WORSE ' if self.worse else ''}{': '.join(self.path)}: {self.before} -> {self.now}"


def changes(before: dict, now: dict) -> list[Change]:
    """Every figure that differs between two nested dictionaries, in the order of ``before``."""
    old, new = dict(_figures(before)), dict(_figures(now))
    return [
        Change(path, old.get(path), new.get(path)) for path in old | new if old.get(path) != new.get(path)
    ]


def _figures(nested: dict, path: Path = ()) -> Iterator[tuple[Path, object]]:
    for key, value in nested.items():
        if isinstance(value, dict):
            yield from _figures(value, (*path, key))
        else:
            yield (*path, key), value


def since_the_record() -> list[Change]:
    """The changes of the tree's figures since the committed records."""
    recorded = {name: size["predicted"] for name, size in json.loads(sizes.FILE.read_text()).items()}
    return changes(json.loads(cycles.FILE.read_text()), cycles.cycles()) + changes(
        recorded, sizes.predictions()
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    parser("compare_records", __doc__).parse_args(arguments)
    found = since_the_record()
    for change in found:
        print(change)
    worse = sum(change.worse for change in found)
    print(f"{len(found)} figures changed, {worse} for the worse" if found else "all figures as recorded")
    return int(worse > 0)


if __name__ == "__main__":
    raise SystemExit(main())
