"""A report of an ASIC mapping says its area, clock and SRAM energy, all before layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siammixer.report.tables import console, table

if TYPE_CHECKING:
    from siammixer.boards.asic.synthesis import Mapping
    from siammixer.boards.asic.timing import Timing
    from siammixer.compiler.program import BranchProgram

BEFORE = "before layout"


def report_json(mapping: Mapping, timing: list[Timing], plan: BranchProgram) -> dict:
    """Returns the report's contract with other programs (docs/asic.md): areas in mm2, energies in uJ."""
    from siammixer.boards.asic.energy import energies

    blocks = {block.name: _rounded(mapping.by_kind(block.cells)) for block in mapping.blocks}
    return {
        "stage": BEFORE,
        "accelerator": plan.accelerator.name,
        "accelerator_fingerprint": plan.accelerator.fingerprint,
        "network": plan.network.name,
        "corners": [corner.name for corner in mapping.process.corners],
        "area_mm2": round(mapping.area(mapping.total), 4),
        "sum_of_blocks_mm2": round(sum(mapping.area(block.cells) for block in mapping.blocks), 4),
        "area_by_kind_mm2": _rounded(mapping.by_kind(mapping.total)),
        "area_by_block_mm2": blocks,
        "macros": {
            cell: count
            for cell, count in sorted(mapping.total.items())
            if cell in mapping.process.macro_names
        },
        "timing": [
            {
                "corner": one.corner,
                "period_ns": round(one.period_ns, 3),
                "mhz": round(one.mhz, 1),
                "begin": one.begin,
                "end": one.end,
            }
            for one in timing
        ],
        "cycles": plan.predicted_cycles,
        "sram_energy_uj": {
            one.memory: {
                "reads": one.reads,
                "writes": one.writes,
                "needed": round(one.needed, 3),
                "as_built": round(one.as_built, 3),
            }
            for one in energies(mapping, plan)
        },
    }


def print_report(mapping: Mapping, timing: list[Timing], plan: BranchProgram) -> None:
    """Prints area by block and kind, the longest path of each corner, and the energy of a search frame."""
    from siammixer.boards.asic.energy import energies

    out = console()
    kinds = mapping.by_kind(mapping.total)
    rows = [
        (block.name, *(f"{area:.3f}" for area in mapping.by_kind(block.cells).values()), f"{area:.3f}")
        for block in mapping.blocks
        for area in [mapping.area(block.cells)]
    ]
    total = ("total", *(f"{area:.3f}" for area in kinds.values()), f"{mapping.area(mapping.total):.3f}")
    out.print(table(f"Area in mm2, {BEFORE}", ("block", *kinds, "all"), rows, total=total))
    for one in timing:
        out.print(
            f"{one.corner}: {one.mhz:.1f} MHz, {one.period_ns:.2f} ns from {one.begin} to {one.end}, "
            f"{BEFORE}: no wires, no clock tree",
            markup=False,
            soft_wrap=True,
        )
    if not timing:
        out.print(
            "timing: not measured, opensta is not installed (sudo apt-get install opensta)", markup=False
        )
    found = energies(mapping, plan)
    if found:
        rows = [
            (one.memory, f"{one.reads:,}", f"{one.writes:,}", f"{one.needed:.2f}", f"{one.as_built:.2f}")
            for one in found
        ]
        sums = [f"{sum(getattr(one, name) for one in found):.2f}" for name in ("needed", "as_built")]
        out.print(
            table(
                f"SRAM energy of a search frame in uJ, {BEFORE}, {plan.predicted_cycles:,} cycles",
                ("memory", "words read", "words written", "accesses needed", "as built"),
                rows,
                total=("total", "", "", *sums),
            )
        )


def _rounded(areas: dict[str, float]) -> dict[str, float]:
    return {kind: round(area, 4) for kind, area in areas.items()}
