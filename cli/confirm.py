"""``siammixer confirm``: golden against two evaluators that others wrote."""

from __future__ import annotations

import dataclasses
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from siammixer.cli.inputs import read_inputs
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import Weights
from siammixer.report.outputs import output_file, write_json
from siammixer.report.tables import console, equal_text, progress, table
from siammixer.tracking.pair import Pair

if TYPE_CHECKING:
    from siammixer.verify.onnx.compare import Row


def run(arguments: Namespace) -> int:
    from siammixer.verify.onnx.compare import confirm

    network = find_network(arguments.network)
    weights, pair = read_inputs(arguments, network)
    with output_file(arguments.json) as json_file:
        with progress("comparing"):
            rows = confirm(network, weights, pair.template, pair.search)
        print_rows(rows, pair)
        if json_file:
            write_json(json_file, rows_json(rows, weights, pair))
    return 0 if all(row.equal for row in rows) else 1


def rows_json(rows: Sequence[Row], weights: Weights, pair: Pair) -> dict:
    return {
        "equal": all(row.equal for row in rows),
        "network": pair.network.name,
        "fingerprint": weights.fingerprint,
        "sequence": pair.name,
        "frame": pair.frame,
        "tensors": [dataclasses.asdict(row) | {"equal": row.equal} for row in rows],
    }


def print_rows(rows: Sequence[Row], pair: Pair) -> None:
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
