"""The curves of a run: one row a validation, in a CSV file that is always whole."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from siammixer.ir.errors import InputError
from siammixer.ir.files import write_whole

Row = dict[str, float]
STEP = "step"


def read_curves(path: Path) -> list[Row]:
    """Returns the rows of a file, none where there is no file. Of a file that breaks off, which another
    program must have written, those before that.

    Raises
    ------
    InputError
        Where it is a folder or cannot be read.
    """
    if not path.exists():
        return []
    rows: list[Row] = []
    try:
        with open(path, newline="", errors="replace") as file:
            for row in csv.DictReader(file):
                rows.append({name: float(value) for name, value in row.items()})
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); it must be a run's curves") from None
    except (ValueError, TypeError, csv.Error):
        return rows
    return rows if all(STEP in row for row in rows) else []


def write_curves(path: Path, rows: list[Row]) -> None:
    """Writes the rows, one a validation; the file is replaced as a whole."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: f"{value:.6g}" for name, value in row.items()} for row in rows)
    write_whole(path, text.getvalue())
