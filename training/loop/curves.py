"""The curves of a run: one row a validation, in a CSV file that is always whole."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

Row = dict[str, float]


def read_curves(path: Path) -> list[Row]:
    """Returns the rows of a file, none where there is no file."""
    if not path.is_file():
        return []
    with open(path, newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def write_curves(path: Path, rows: list[Row]) -> None:
    """Writes the rows, one a validation; the file is replaced as a whole."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: f"{value:.6g}" for name, value in row.items()} for row in rows)
    temporary = path.with_suffix(".part")
    temporary.write_text(text.getvalue())
    os.replace(temporary, path)
