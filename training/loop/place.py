"""A run is given, besides its recipe, crops and a place where and how it computes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from siammixer.training.data.tracks import Track
from siammixer.training.loop.curves import Row
from siammixer.training.loop.distributed import Processes


@dataclass(frozen=True, kw_only=True)
class Crops:
    """A run learns from ``training`` and is measured on ``validation``."""

    training: list[Track]
    validation: list[Track]

    @property
    def digest(self) -> str:
        """16 hex digits that name the training crops: sample k is the same for the same ones."""
        names = "\n".join(f"{track.name} {','.join(map(str, track.frames))}" for track in self.training)
        return hashlib.sha256(names.encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place says where and how a run computes; the result does not depend on it, but for rounding.

    Parameters
    ----------
    out
        The run's folder.
    cache
        Of the teacher's features; None: in ``out``. Runs may share it.
    initial
        Weights file or checkpoint to start from.
    teachers
        Folder of the teacher that tracks; None: the labels alone are learnt from.
    workers
        Processes that prepare samples, for each process that trains.
    say
        Told what is going on, a line at a time.
    drawn
        Called with all rows of the curves after each validation.
    progress
        Whether to show bars that move.
    """

    out: Path
    processes: Processes
    cache: Path | None = None
    initial: Path | None = None
    teachers: Path | None = None
    workers: int = 1
    say: Callable[[str], None] = print
    drawn: Callable[[list[Row]], None] = lambda rows: None
    progress: bool = False

    def tell(self, text: str) -> None:
        """Says it once, however many processes there are."""
        if self.processes.first:
            self.say(text)

    def bar(self, title: str) -> Progress:
        """Returns a bar on standard error, with room for what is said beside it; invisible unless wanted."""
        columns = (
            TextColumn(title, markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}"),
        )
        return Progress(
            *columns, console=Console(stderr=True), disable=not (self.progress and self.processes.first)
        )
