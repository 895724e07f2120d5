"""Tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

MINIMUM_WIDTH = 110


def console(stderr: bool = False) -> Console:
    """Where tables go; wide enough for them when the output is a file or a pipe."""
    result = Console(stderr=stderr, highlight=False, soft_wrap=False)
    return result if result.is_terminal else Console(stderr=stderr, highlight=False, width=MINIMUM_WIDTH)


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[str]], *, left: int = 1, total: Iterable[str] | None = None) -> Table:
    """The first ``left`` columns are words, the others numbers; ``total`` is a last row set apart."""
    result = Table(title=title, title_justify="left", title_style="bold", header_style="bold", show_edge=False, pad_edge=False)
    for index, column in enumerate(columns):
        result.add_column(column, justify="left" if index < left else "right", no_wrap=True)
    for row in rows:
        result.add_row(*row)
    if total is not None:
        result.add_section()
        result.add_row(*total, style="bold")
    return result


def memory_table(memory: Iterable[tuple[str, int]]) -> Table:
    memory = list(memory)
    rows = [(item, f"{size:,}") for item, size in memory]
    return table("Feature-map memory", ("item", "bytes"), rows, total=("total", f"{sum(size for _, size in memory):,}"))


def against_budget(name: str, size: int, budget: int) -> str:
    """One line: bytes used of the bytes allowed, and whether that is within."""
    verdict = "[green]within[/]" if size <= budget else "[red]beyond[/]"
    return f"{name}: {size:,} of {budget:,} B ({size / budget:.1%}, {verdict})"


def shape_text(shape: Iterable[int]) -> str:
    return " x ".join(map(str, shape))


def equal_text(equal: bool) -> str:
    return "[green]yes[/]" if equal else "[red]NO[/]"
