"""Energy of a frame in the SRAMs, from the energy of an access and the number of accesses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from siammixer.arch.accelerator import Accelerator
from siammixer.boards.asic.macros import Macro
from siammixer.boards.asic.synthesis import Mapping as Mapped
from siammixer.compiler.analysis.accesses import accesses
from siammixer.compiler.program import BranchProgram

# Block of the top module -> the memory whose macros it holds.
HOLDS = {
    "lanes": "weights",
    "feature_maps": "feature maps",
    "sequencer": "program",
    "response": "response",
    "pixel_windows": "pixel lines",
}


@dataclass(frozen=True, kw_only=True)
class Energy:
    """Energy of a run in one memory, in microjoules.

    Parameters
    ----------
    needed
        Where a macro is enabled for the accesses that the results need only.
    as_built
        As the description reads: every macro in every cycle.
    """

    memory: str
    reads: int
    writes: int
    needed: float
    as_built: float


def energies(mapping: Mapped, plan: BranchProgram) -> list[Energy]:
    """Energy of a run in each memory that has macros. Neither logic nor leakage nor clock tree is counted."""
    counts, macros = accesses(plan), {macro.name: macro for macro in mapping.process.macros}
    found = []
    for block in mapping.blocks:
        inside = [(macros[cell], count) for cell, count in block.cells.items() if cell in macros]
        if block.name not in HOLDS or not inside:
            continue
        memory = HOLDS[block.name]
        count, rows = counts[memory], _rows(plan.accelerator, memory)
        read, write = (
            sum(number * getattr(macro, name) / _share(macro, rows) for macro, number in inside)
            for name in ("read_pj", "write_pj")
        )
        every = sum(number * macro.read_pj for macro, number in inside)
        idle = sum(number * macro.read_pj for macro, number in inside if macro.ports == 1)
        found.append(
            Energy(
                memory=memory,
                reads=count.reads,
                writes=count.writes,
                needed=(count.reads * read + count.writes * write) / 1e6,
                as_built=(plan.predicted_cycles * every + count.writes * (write - idle)) / 1e6,
            )
        )
    return found


def _rows(accelerator: Accelerator, memory: str) -> int:
    """Words of a memory."""
    words: Mapping[str, int] = {
        "weights": accelerator.weight_words,
        "feature maps": accelerator.map_words,
        "program": accelerator.program_words,
        "response": accelerator.response_words,
        "pixel lines": accelerator.pixel_width,
    }
    return words[memory]


def _share(macro: Macro, words: int) -> int:
    """Macros of which an access enables one, where they lie behind each other."""
    return 1 if macro.ports == 1 else max(1, -(-words // macro.depth))
