"""The signals to begin with in a waveform, grouped, for GTKWave and for Surfer."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

from siammixer.sim.waves import Recording

TOP = "simulation.native"
"""The scope in the file that holds what ``waves.svh`` adds; the core is its ``accelerator``."""

# Of each group, signals as path and GTKWave's format: a path beginning with a dot lies within the core.
_DECIMAL, _HEXADECIMAL, _BIT, _TEXT, _SIGNED, _NAMES = "24", "22", "28", "820", "424", "100000028"
_COLOURS = ("red", "green", "blue")
GROUPS: dict[str, tuple[tuple[str, str], ...]] = {
    "Run": (
        ("clk", _BIT),
        ("cycle", _DECIMAL),
        ("step_name", _TEXT),
        ("kind", _NAMES),
        ("busy", _BIT),
        ("done", _BIT),
        ("error_name", _NAMES),
    ),
    "Pixel stream": (
        ("pixels_valid", _BIT),
        ("pixels_ready", _BIT),
        *((f"pixels_{colour}", _DECIMAL) for colour in _COLOURS),
    ),
    "Sequencer": (
        (".sequencer.begin", _BIT),
        (".sequencer.walking", _BIT),
        (".sequencer.step_done", _BIT),
        (".sequencer.patch_offset", _DECIMAL),
    ),
    "Address generator": (
        (".address_generator.positions.row", _DECIMAL),
        (".address_generator.positions.column", _DECIMAL),
        (".address_generator.positions.block", _DECIMAL),
        (".address_generator.positions.slot", _DECIMAL),
        (".address_generator.window_ready", _BIT),
        (".address_generator.waiting", _BIT),
    ),
    "Feature maps": (
        (".feature_maps.read_address", _DECIMAL),
        (".feature_maps.read_data", _HEXADECIMAL),
        (".feature_maps.write_enable", _BIT),
        (".feature_maps.write_address", _DECIMAL),
        (".feature_maps.write_data", _HEXADECIMAL),
    ),
    "Lane 0": (
        (".lanes.lane_0.activation", _SIGNED),
        (".lanes.lane_0.weights.read_data", _HEXADECIMAL),
        (".lanes.lane_0.accumulator", _SIGNED),
        (".lanes.lane_0.finished", _BIT),
        (".lanes.lane_0.result", _SIGNED),
    ),
    "Response": (("peak_position", _DECIMAL), ("peak_value", _SIGNED)),
}

_PICOSECONDS = 1000  # of a cycle, in the file
_OWN_BITS = {  # of native.sv and waves.svh
    "cycle": 32,
    "step_name": 256,
    "kind": 4,
    "error_name": 8,
    **{f"pixels_{colour}": 8 for colour in _COLOURS},
    "peak_position": 16,
    "peak_value": 32,
}


def signals() -> Iterator[str]:
    """Full names of the grouped signals, as they stand in the file."""
    return (_full(path) for group in GROUPS.values() for path, _ in group)


def _full(path: str) -> str:
    return f"{TOP}.accelerator{path}" if path.startswith(".") else f"{TOP}.{path}"


def gtkwave_view(file: Path, recording: Recording) -> str:
    """A save file for ``gtkwave FILE.gtkw``: it opens ``file`` and shows the whole recording."""
    zoom = math.log2(
        5 / (_PICOSECONDS * recording.cycles)
    )  # at 0 a window is 5 ps wide, and twice that at -1
    markers = " -1" * 27
    lines = [
        f'[dumpfile] "{file.resolve()}"',
        f"[timestart] {_PICOSECONDS * recording.first}",
        f"*{zoom:.3f}{markers}",
    ]
    for group, members in GROUPS.items():
        lines += ["@800200", f"-{group}"]
        for path, flags in members:
            bits = _bits(path, recording.verilog)
            lines += [f"@{flags}", _full(path) + (f"[{bits - 1}:0]" if bits > 1 else "")]
        lines += ["@1000200", f"-{group}"]
    return "\n".join(lines) + "\n"


def surfer_view() -> str:
    """Commands for ``surfer --command-file FILE.sucl WAVEFORM``."""
    lines = []
    for group, members in GROUPS.items():
        lines += [f"divider_add {group}", *(f"variable_add {_full(path)}" for path, _ in members)]
    return "\n".join([*lines, "zoom_fit"]) + "\n"


def _bits(path: str, verilog: str) -> int:
    """A signal's width; in the core by its declaration in the first module whose instance has that path."""
    if not path.startswith("."):
        return _OWN_BITS.get(path, 1)
    instance, _, name = path[1:].rpartition(".")
    body = re.search(
        rf"^module \\siammixer\.{re.escape(instance)} \(.*?^endmodule", verilog, re.MULTILINE | re.DOTALL
    )
    found = body and re.search(
        rf"^  (?:wire|reg) (?:signed )?(?:\[(\d+):0\] )?\\?{name} *[;=]", body[0], re.MULTILINE
    )
    if not found:
        raise KeyError(f"{path} is no signal of the accelerator")
    return int(found[1] or 0) + 1
