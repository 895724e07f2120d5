"""Tables for the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from siammixer.compiler.analysis.utilisation import KINDS, Use

MINIMUM_WIDTH = 132


def console(stderr: bool = False) -> Console:
    """Opens the console that tables go to: never so narrow that numbers are cut, in a pipe or elsewhere."""
    result = Console(stderr=stderr, highlight=False)
    result.width = max(result.width, MINIMUM_WIDTH)
    return result


@contextmanager
def progress(first: str) -> Iterator[Callable[[str], None]]:
    """Yields a function that says what is going on: in place on a terminal, else a line each."""
    out = console(stderr=True)
    if not out.is_terminal:
        yield lambda text: out.print(text, markup=False, soft_wrap=True)
        return
    with out.status(first) as status:
        yield status.update


@contextmanager
def progress_bar(title: str, total: int | None) -> Iterator[Callable[[str], None]]:
    """Yields a function that counts one more of ``total`` (None: nobody knows) and says what it was; silent
    without a terminal.
    """
    out = console(stderr=True)
    title_column, text_column = (
        TextColumn(field, markup=False) for field in ("{task.description}", "{task.fields[text]}")
    )
    columns = (title_column, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), text_column)
    with Progress(*columns, console=out, disable=not out.is_terminal, transient=True) as bar:
        task = bar.add_task(title, total=total, text="")
        yield lambda text: bar.update(task, advance=1, text=text)


def table(
    title: str,
    columns: Iterable[str],
    rows: Iterable[Iterable[str]],
    *,
    left: int = 1,
    total: Iterable[str] | None = None,
) -> Table:
    """Makes a table whose first ``left`` columns are words and the others numbers; ``total`` is a last row
    set apart.
    """
    result = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )
    for index, column in enumerate(columns):
        result.add_column(column, justify="left" if index < left else "right", no_wrap=True)
    for row in rows:
        result.add_row(*row)
    if total is not None:
        result.add_section()
        result.add_row(*total, style="bold")
    return result


def memory_table(memory: Iterable[tuple[str, int]]) -> Table:
    """Returns the items of the feature-map memory with their bytes, and the sum."""
    memory = list(memory)
    rows = [(item, f"{size:,}") for item, size in memory]
    return table(
        "Feature-map memory", ("item", "bytes"), rows, total=("total", f"{sum(size for _, size in memory):,}")
    )


def kinds_table(kinds: Mapping[str, Use], multipliers: int) -> Table:
    """Returns the multiply-accumulates, cycles and utilisation of each kind of layer."""
    rows = [
        (KINDS[kind], f"{use.macs:,}", f"{use.cycles:,}", f"{use.utilisation(multipliers):.1%}")
        for kind, use in kinds.items()
    ]
    return table("Utilisation by kind of layer", ("kind", "MACs", "cycles", "utilisation"), rows)


def against_budget(name: str, size: int, budget: int) -> str:
    """Says in one line how many bytes are used of those allowed, and whether that is within."""
    verdict = "[green]within[/]" if size <= budget else "[red]beyond[/]"
    return f"{name}: {size:,} of {budget:,} B ({size / budget:.1%}, {verdict})"


def shape_text(shape: Iterable[int]) -> str:
    """Writes a shape as text, such as ``63 x 63 x 8``."""
    return " x ".join(map(str, shape))


def equal_text(equal: bool) -> str:
    """Returns whether something is equal, coloured for the terminal."""
    return "[green]yes[/]" if equal else "[red]NO[/]"
