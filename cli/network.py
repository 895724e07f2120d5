"""``siammixer network``: what a network is made of and what it costs."""

from __future__ import annotations

import json
from argparse import Namespace

from spec.schedule import schedule

from cli.tables import against_budget, console, memory_table, shape_text, table
from spec.accelerator import Accelerator, find_accelerator
from spec.network import Network, find_network
from spec.numerics import FEATURE_MAP_BUDGET_BYTES, PARAMETER_BUDGET_BYTES
from spec.patches import Grid

FIELDS = ("name", "kind", "in_shape", "out_shape", "kernel", "stride", "macs", "weight_bytes", "constant_bytes")


def run(arguments: Namespace) -> int:
    network, accelerator = find_network(arguments.network), find_accelerator(arguments.accelerator)
    description = describe(network, accelerator, Grid.parse(arguments.grid))
    if arguments.json:
        print(json.dumps(description, indent=2))
    else:
        print_description(description)
    return 0


def describe(network: Network, accelerator: Accelerator, grid: Grid) -> dict:
    """Operators with shapes and bytes, and the totals, ready for JSON."""
    plan = schedule(network, accelerator, grid, "search")
    return {
        "network": network.name,
        "fingerprint": network.fingerprint,
        "accelerator": accelerator.name,
        "grid": str(grid),
        "search_side": network.search_side,
        "template_side": network.template_side,
        "stride": network.stride,
        "operators": [{field: getattr(operator, field) for field in FIELDS} for operator in network.operators("search")],
        "macs": network.macs,
        "template_macs": sum(operator.macs for operator in network.operators("template")),
        "parameter_bytes": network.parameter_bytes,
        "parameter_budget_bytes": PARAMETER_BUDGET_BYTES,
        "memory": [{"item": item, "bytes": size} for item, size in plan.memory],
        "feature_map_bytes": plan.feature_map_bytes,
        "feature_map_budget_bytes": FEATURE_MAP_BUDGET_BYTES,
    }


def print_description(description: dict) -> None:
    operators = description["operators"]
    columns = ("operator", "kind", "input", "output", "kernel", "weights B", "constants B", "MACs")
    rows = [
        (
            operator["name"],
            operator["kind"],
            shape_text(operator["in_shape"]),
            shape_text(operator["out_shape"]),
            f"{operator['kernel']}/{operator['stride']}" if operator["kernel"] > 1 else "",
            *(f"{operator[field]:,}" if operator[field] else "" for field in ("weight_bytes", "constant_bytes", "macs")),
        )
        for operator in operators
    ]
    sums = (f"{sum(operator[field] for operator in operators):,}" for field in ("weight_bytes", "constant_bytes", "macs"))
    out = console()
    out.print(table(f"{description['network']}, search branch", columns, rows, left=5, total=("total", "", "", "", "", *sums)))
    out.print(
        f"\nSearch crop {description['search_side']}, template crop {description['template_side']} pixels, one response cell every "
        f"{description['stride']} pixels; template branch, once per target: {description['template_macs']:,} MACs\n"
    )
    out.print(memory_table((item["item"], item["bytes"]) for item in description["memory"]))
    out.print(f"\nOn accelerator {description['accelerator']}, grid {description['grid']}:")
    out.print(against_budget("parameters", description["parameter_bytes"], description["parameter_budget_bytes"]))
    out.print(against_budget("feature maps", description["feature_map_bytes"], description["feature_map_budget_bytes"]))
