"""How golden compares with two evaluators that others wrote, as a table and as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from siammixer.ir.weights import Weights
from siammixer.report.tables import console, equal_text, table
from siammixer.tracking.pair import Pair

if TYPE_CHECKING:
    from siammixer.verify.onnx.compare import Row


def rows_json(rows: Sequence[Row], weights: Weights, pair: Pair) -> dict:
    """Returns the comparison, the contract with other programs (docs/commands.md)."""
    return {
        "equal": all(row.equal for row in rows),
        "network": pair.network.name,
        "fingerprint": weights.fingerprint,
        "sequence": pair.name,
        "frame": pair.frame,
        "tensors": [dataclasses.asdict(row) | {"equal": row.equal} for row in rows],
    }


def print_rows(rows: Sequence[Row], pair: Pair) -> None:
    """Prints a line for each tensor, their sums, and the first difference of each that differs."""
    columns = ("branch", "tensor", "elements", "onnxruntime differs", "reference differs", "equal")
    cells = [
        (
            row.branch,
            row.tensor,
            f"{row.elements:,}",
            f"{row.onnxruntime:,}",
            f"{row.reference:,}",
            equal_text(row.equal),
        )
        for row in rows
    ]
    sums = (
        f"{sum(getattr(row, field) for row in rows):,}" for field in ("elements", "onnxruntime", "reference")
    )
    total = ("total", f"{len(rows)} tensors", *sums, equal_text(all(row.equal for row in rows)))
    out = console()
    out.print(
        table(
            f"{pair.network.name} against golden, {pair.name}, frame {pair.frame}",
            columns,
            cells,
            left=2,
            total=total,
        )
    )
    for row in rows:
        if row.first:
            out.print(f"[red]first difference: {row.branch} branch, {row.first}[/]", soft_wrap=True)
