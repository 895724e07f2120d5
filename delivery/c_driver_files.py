"""The C driver's files: its sources, the generated headers, and a network as C arrays."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from siammixer.arch.accelerator import Accelerator
from siammixer.compiler.program import Program
from siammixer.delivery.registers_header import PREFIX, c_accelerator, c_registers
from siammixer.ir import box_map
from siammixer.ir.patches import patches
from siammixer.ir.weights import Weights
from siammixer.tracking import fixed
from siammixer.tracking.reading import VIEWS
from siammixer.tracking.settings import Settings

FOLDER = Path(__file__).with_name("c_driver")
SOURCES = ("siammixer.h", "siammixer.c", "siammixer_track.h", "siammixer_track.c", "siammixer_crop.c")
_PER_LINE = 12
_SETTINGS = (
    *("window", "size_gain", "size_rate", "aspect_rate", "size_range"),
    *("lost_below", "patience", "found_above"),
)


def c_driver_files(accelerator: Accelerator) -> dict[str, str]:
    """The text of every file of the driver, by its name."""
    return {name: (FOLDER / name).read_text() for name in SOURCES} | {
        "siammixer_registers.h": c_registers(),
        "siammixer_accelerator.h": c_accelerator(accelerator),
        "siammixer_tables.h": c_tables(),
    }


def c_tables(settings: Settings | None = None) -> str:
    """The text of ``siammixer_tables.h``: the tracker's tables and settings.

    Parameters
    ----------
    settings
        By default those that were chosen on validation video.
    """
    values = settings_in_units(settings or Settings())
    views = ", ".join(f"{{{', '.join(map(str, view))}}}" for view in VIEWS)
    lines = [
        "/* Tables of the tracker. Generated; do not edit. */",
        *(f"#define {PREFIX}_STEPS_PER_{name} {value}" for name, value in _steps().items()),
        f"#define {PREFIX}_VIEWS {len(VIEWS)}",
        f"#define {PREFIX}_SETTINGS {{{', '.join(map(str, values))}}}",
        f"static const int32_t siammixer_views[{PREFIX}_VIEWS][3] = {{{views}}};",
        *_array("static const uint16_t siammixer_probabilities[]", fixed.PROBABILITIES.tolist()),
        *_array("static const int32_t siammixer_powers[]", fixed.POWERS),
        *_array("static const int32_t siammixer_logarithms[]", fixed.LOGARITHMS),
    ]
    return "\n".join(lines) + "\n"


def settings_in_units(settings: Settings) -> list[int]:
    """The values of a ``struct siammixer_settings``, in their order: 1/256, patience in frames."""
    return [int(settings.patience) if name == "patience" else settings.share(name) for name in _SETTINGS]


def c_network(program: Program, weights: Weights, prefix: str = "siammixer") -> dict[str, str]:
    """The files ``PREFIX_network.h`` and ``.c``: weights, both programs and the order of the pixels as C
    arrays, which the driver's ``siammixer_load`` loads.

    Parameters
    ----------
    program
        The network's, compiled for the accelerator.
    weights
        The network's.
    prefix
        Begins the names of the files, of the ``struct siammixer_network`` in them, and of their constants, so
        that several networks can be linked.
    """
    name = f"{prefix}_network"
    network, memory = program.network, program.weight_memory(weights)
    branches = ("template", "search")
    lines = [
        f"/* Network {network.name} for accelerator {program.accelerator.name}. Generated; do not edit.",
        f" * Weights {weights.fingerprint}. */",
        f'#include "{name}.h"',
        *_array("static const uint8_t weights[]", memory.astype("u1").reshape(-1).tolist()),
        *_array("static const uint16_t cosine[]", fixed.cosine_axis(network.response_side).tolist()),
    ]
    for branch in branches:
        regions = [patch.regions["image"] for patch in patches(network, branch, program.grid)]
        rows = [f"{{{one.top}, {one.left}, {one.height}, {one.width}}}" for one in regions]
        lines += _array(f"static const uint32_t {branch}_program[]", program[branch].program.tolist())
        lines += _array(f"static const struct siammixer_region {branch}_regions[]", rows)
    lines += _network(program, memory.shape[1], name)
    header = (
        f"/* Network {network.name} for accelerator {program.accelerator.name}. Generated; do not edit. */\n"
        f'#include "siammixer.h"\n\n#ifdef __cplusplus\nextern "C" {{\n#endif\n'
        f"extern const struct siammixer_network {name};\n#ifdef __cplusplus\n}}\n#endif\n\n"
        "/* Sizes of the buffers that a user needs. */\n"
        + "".join(f"#define {prefix.upper()}_{key} {value}u\n" for key, value in _buffers(program).items())
    )
    return {f"{name}.h": header, f"{name}.c": "\n".join(lines) + "\n"}


def _network(program: Program, weight_words: int, name: str) -> list[str]:
    """The lines of the struct that holds it together."""
    network, accelerator = program.network, program.accelerator
    branches = {branch: program[branch] for branch in ("template", "search")}
    rows = [
        f"        {{{branch}_program, {len(one.program)}u, {program.entries[branch]}u, "
        f"{_pixels(program, branch)}u, {one.response_cells}u}},"
        for branch, one in branches.items()
    ]
    counts = ", ".join(f"sizeof {branch}_regions / sizeof *{branch}_regions" for branch in branches)
    return [
        f"const struct siammixer_network {name} = {{",
        f"    UINT64_C(0x{int(accelerator.fingerprint, 16):016x}),",
        f"    {accelerator.lanes}u, {weight_words}u, weights,",
        "    {",
        *rows,
        "    },",
        "    {template_regions, search_regions},",
        f"    {{{counts}}},",
        f"    {{{network.template_side}u, {network.search_side}u}},",
        f"    {network.exemplar_side}u, {network.stride}u, {network.response_side}u, cosine,",
        "};",
    ]


def _pixels(program: Program, branch: str) -> int:
    """Pixels of a branch's stream."""
    regions = (patch.regions["image"] for patch in patches(program.network, branch, program.grid))
    return sum(region.height * region.width for region in regions)


def _buffers(program: Program) -> dict[str, int]:
    return {
        "TEMPLATE_PIXELS": _pixels(program, "template"),
        "SEARCH_PIXELS": _pixels(program, "search"),
        "RESPONSE_CELLS": program["search"].response_cells,
    }


def _steps() -> dict[str, int]:
    return {"CELL": box_map.STEPS_PER_CELL, "OCTAVE": box_map.STEPS_PER_OCTAVE}


def _array(declaration: str, values: Iterable[int | str]) -> list[str]:
    """The lines of a constant array."""
    items = [f"{value}u" if isinstance(value, int) and value > 0x7FFFFFFF else str(value) for value in values]
    rows = [items[place : place + _PER_LINE] for place in range(0, len(items), _PER_LINE)]
    return ["", f"{declaration} = {{", *(f"    {', '.join(row)}," for row in rows), "};"]
