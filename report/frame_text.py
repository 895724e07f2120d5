"""A report of one simulated frame gives steps, cycles and the box found, as tables and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siammixer.compiler.analysis.utilisation import Use, by_kind
from siammixer.ir.numerics import FEATURE_MAP_BUDGET_BYTES, PARAMETER_BUDGET_BYTES
from siammixer.report.tables import (
    against_budget,
    console,
    equal_text,
    kinds_table,
    memory_table,
    shape_text,
    table,
)
from siammixer.tracking.box import overlap
from siammixer.tracking.pair import Pair

if TYPE_CHECKING:
    from siammixer.sim.frame_report import FrameReport, StepReport

STEP_FIELDS = ("name", "kind", "macs", "predicted_cycles", "cycles", "utilisation", "equal")


def report_json(report: FrameReport, pair: Pair) -> dict:
    """Returns the report's contract with other programs (docs/commands.md)."""
    *peak, box = pair.read(report.response)
    return {
        "equal": report.equal,
        "mismatch": report.mismatch,
        "network": report.network.name,
        "accelerator": report.accelerator.name,
        "grid": str(report.grid),
        "fingerprint": report.fingerprint,
        "sequence": pair.name,
        "frame": pair.frame,
        "box": [float(value) for value in box],
        "true_box": pair.true_box and [float(value) for value in pair.true_box],
        "overlap": pair.true_box and overlap(box, pair.true_box),
        "peak": dict(zip(("row", "column", "value"), peak, strict=True)),
        "cycles": int(report.cycles),
        "predicted_cycles": int(report.predicted_cycles),
        "utilisation": float(report.utilisation),
        "kinds": [
            {
                "kind": kind,
                "macs": use.macs,
                "cycles": use.cycles,
                "utilisation": use.utilisation(report.accelerator.multipliers),
            }
            for kind, use in _kinds(report).items()
        ],
        "parameter_bytes": int(report.parameter_bytes),
        "feature_map_bytes": int(report.feature_map_bytes),
        "memory": [{"item": item, "bytes": int(size)} for item, size in report.memory],
        "wall_seconds": float(report.wall_seconds),
        "cycles_per_second": float(report.cycles_per_second),
        "steps": [_step_json(step) for step in report.steps],
        "template_steps": [_step_json(step) for step in report.template_steps],
    }


def _step_json(step: StepReport) -> dict:
    plain = {
        "name": str,
        "kind": str,
        "macs": int,
        "predicted_cycles": int,
        "cycles": int,
        "utilisation": float,
        "equal": bool,
    }
    return {field: plain[field](getattr(step, field)) for field in STEP_FIELDS}


def _kinds(report: FrameReport) -> dict[str, Use]:
    """Returns the search branch's layers by kind, in measured cycles."""
    return by_kind(report.network, "search", report.cycles_by_layer)


def print_report(report: FrameReport, pair: Pair) -> None:
    """Prints steps, kinds of layers, memory, budgets and the box found."""
    columns = ("step", "kind", "output", "MACs", "predicted", "cycles", "utilisation", "equal")
    title = (
        f"{report.network.name} on {report.accelerator.name}, grid {report.grid}: search branch, "
        f"{pair.name}, frame {pair.frame}"
    )
    out = console()
    out.print(table(title, columns, map(_step_cells, report.steps), left=3, total=_frame_cells(report)))
    template = report.template_steps
    out.print(
        f"\nTemplate branch: {len(template)} steps of {sum(step.cycles for step in template):,} cycles "
        f"(predicted {sum(step.predicted_cycles for step in template):,}), equal: "
        f"{equal_text(all(step.equal for step in template))}\n"
    )
    out.print(kinds_table(_kinds(report), report.accelerator.multipliers), "")
    out.print(memory_table(report.memory), "")
    out.print(against_budget("parameters", report.parameter_bytes, PARAMETER_BUDGET_BYTES))
    out.print(against_budget("feature maps", report.feature_map_bytes, FEATURE_MAP_BUDGET_BYTES))
    out.print(found_text(report, pair), soft_wrap=True)
    out.print(
        f"simulation: {report.wall_seconds:.1f} s, {report.cycles_per_second:,.0f} cycles a second; "
        f"fingerprint {report.fingerprint}"
    )
    out.print("every tensor equals golden" if report.equal else f"[red]mismatch: {report.mismatch}[/]")


def _step_cells(step: StepReport) -> tuple[str, ...]:
    busy = f"{step.utilisation:.1%}" if step.macs else ""
    counts = (f"{count:,}" for count in (step.macs, step.predicted_cycles, step.cycles))
    return step.name, step.kind, shape_text(step.shape), *counts, busy, equal_text(step.equal)


def _frame_cells(report: FrameReport) -> tuple[str, ...]:
    counts = (
        f"{count:,}"
        for count in (sum(step.macs for step in report.steps), report.predicted_cycles, report.cycles)
    )
    return "frame", "", "", *counts, f"{report.utilisation:.1%}", equal_text(report.equal)


def found_text(report: FrameReport, pair: Pair) -> str:
    """Returns the box found, beside the true one where that is known."""
    row, column, value, box = pair.read(report.response)
    text = (
        f"box found (x, y, w, h): {', '.join(f'{number:.1f}' for number in box)}; score {value:,} "
        f"at row {row}, column {column}"
    )
    if pair.true_box is None:
        return text
    return (
        f"{text}; given: {', '.join(f'{number:.1f}' for number in pair.true_box)}; overlap "
        f"{overlap(box, pair.true_box):.0%}"
    )
