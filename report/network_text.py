"""A description of a network gives its operators and their costs, as tables and as JSON."""

from __future__ import annotations

from siammixer.arch.accelerator import Accelerator
from siammixer.compiler.compile import compile_branch
from siammixer.ir.network import Network
from siammixer.ir.numerics import FEATURE_MAP_BUDGET_BYTES, PARAMETER_BUDGET_BYTES
from siammixer.ir.patches import Grid
from siammixer.report.tables import against_budget, console, memory_table, shape_text, table

FIELDS = (
    "name",
    "kind",
    "in_shape",
    "out_shape",
    "kernel",
    "stride",
    "macs",
    "weight_bytes",
    "constant_bytes",
)


def describe(network: Network, accelerator: Accelerator, grid: Grid | None) -> dict:
    """Returns the operators with shapes and bytes, and the totals, ready for JSON."""
    program = compile_branch(network, accelerator, grid, "search")
    return {
        "network": network.name,
        "fingerprint": network.fingerprint,
        "accelerator": accelerator.name,
        "grid": str(program.grid),
        "search_side": network.search_side,
        "template_side": network.template_side,
        "stride": network.stride,
        "operators": [
            # An operator without a window has a kernel of one cell.
            {field: getattr(operator, field, 1) for field in FIELDS}
            for operator in network.operators("search")
        ],
        "macs": network.macs,
        "template_macs": sum(operator.macs for operator in network.operators("template")),
        "parameter_bytes": network.parameter_bytes,
        "parameter_budget_bytes": PARAMETER_BUDGET_BYTES,
        "memory": [{"item": item, "bytes": size} for item, size in program.memory],
        "feature_map_bytes": program.feature_map_bytes,
        "feature_map_budget_bytes": FEATURE_MAP_BUDGET_BYTES,
    }


def print_description(description: dict) -> None:
    """Prints what :func:`describe` gives."""
    operators = description["operators"]
    columns = ("operator", "kind", "input", "output", "kernel", "weights B", "constants B", "MACs")
    rows = [
        (
            operator["name"],
            operator["kind"],
            shape_text(operator["in_shape"]),
            shape_text(operator["out_shape"]),
            f"{operator['kernel']}/{operator['stride']}" if operator["kernel"] > 1 else "",
            *(
                f"{operator[field]:,}" if operator[field] else ""
                for field in ("weight_bytes", "constant_bytes", "macs")
            ),
        )
        for operator in operators
    ]
    sums = (
        f"{sum(operator[field] for operator in operators):,}"
        for field in ("weight_bytes", "constant_bytes", "macs")
    )
    out = console()
    out.print(
        table(
            f"{description['network']}, search branch",
            columns,
            rows,
            left=5,
            total=("total", "", "", "", "", *sums),
        )
    )
    out.print(
        f"\nSearch crop {description['search_side']}, template crop {description['template_side']} "
        "pixels, one response cell every "
        f"{description['stride']} pixels; template branch, once per target: "
        f"{description['template_macs']:,} MACs\n",
        soft_wrap=True,
    )
    out.print(memory_table((item["item"], item["bytes"]) for item in description["memory"]))
    out.print(f"\nOn accelerator {description['accelerator']}, grid {description['grid']}:")
    out.print(
        against_budget("parameters", description["parameter_bytes"], description["parameter_budget_bytes"])
    )
    out.print(
        against_budget(
            "feature maps", description["feature_map_bytes"], description["feature_map_budget_bytes"]
        )
    )
