"""The accelerator catalogue: the one place where hardware sizes are written down."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass

from siammixer.ir.errors import InputError

# Cycles that the compiler counts on; rtl asserts that its blocks add up to them.
FETCH_CYCLES = 13  # fetch and decode one instruction
WALK_CYCLES = 1  # from a position to the operands it asks for
STEP_DONE_CYCLES = 2  # the step's end is noticed and reported
RUN_DONE_CYCLES = 1  # the program's end is reported
# from the issue of an operand to the written word, beside a cycle for each lane and each bank of the feature
# maps
PIPELINE_CYCLES = 29
PIXEL_WINDOW_CYCLES = 4  # from a pixel to the window that it completes
LANE_CYCLES = 15  # from a sum's last operand to its result

# A step that waits this long for a pixel window gives up: two thirds of a second at 100 MHz.
PIXEL_TIMEOUT_CYCLES = 2**26

# Words of one bank of the feature-map memory: what block RAMs of 9 bits hold.
MAP_BANK_WORDS = 2048

# Residual words that can wait for their results: one a cycle of the longest wait, from the word read to the
# lane's result. A power of two.
RESIDUALS = 16

# Multipliers of one lane: a 3 x 3 window of one channel, or nine input channels of one pixel.
TAPS = 9

LANES = (4, 8, 16, 32)
"""The numbers of lanes that an array can have."""

LIMITS = {
    "map_words": (16, 2**16),
    "weight_words": (16, 2**16),
    "program_words": (16, 2**12),
    "constants": (1, 127),
    "line_width": (5, 1023),
    "line_width_5": (5, 1023),
    "pixel_width": (3, 1023),
    "pixel_windows": (4, 64),
    "response_words": (1, 2**16),
    "accumulator_bits": (20, 32),
}
"""The smallest and the largest value of every other size of an :class:`Accelerator`."""

# The DSP blocks of the target, now a matter of its technology (siammixer.rtl.technology), were once among the
# sizes. They stay in the fingerprint, so that boards and records made before keep theirs.
_FINGERPRINTED = {"dsp_blocks": 156}


@dataclass(frozen=True, kw_only=True)
class Accelerator:
    """Sizes of one instance of the accelerator. Every network that fits runs on it unchanged.

    Parameters
    ----------
    lanes
        Output channels computed at once, which is also the number of INT8 channels in one word of the
        feature-map memory.
    map_words
        Words of ``lanes`` bytes in the feature-map memory.
    weight_words
        Words of nine INT8 weights in the weight memory of each lane.
    program_words
        Words of 32 bits in the program memory.
    constants
        Output blocks of ``lanes`` channels that one step can have. A lane keeps a bias and a multiplier for
        each.
    line_width, line_width_5
        Widest map that a 3 x 3 and a 5 x 5 window can slide over, in columns: the depth of the line buffers.
    pixel_width
        Widest pixel tile of the first convolution, in columns.
    pixel_windows
        Pixel windows buffered ahead of the lanes.
    response_words
        Largest response, in words: rows x columns x channels.
    accumulator_bits
        Width of a lane's accumulator.
    patch_grid
        Rows and columns of patches that the compiler uses by default. The hardware does not depend on them.
    """

    name: str
    lanes: int = 16
    map_words: int
    weight_words: int
    program_words: int = 1024
    constants: int = 32
    line_width: int = 128
    line_width_5: int = 32
    pixel_width: int = 256
    pixel_windows: int = 16
    response_words: int = 1125
    accumulator_bits: int = 26
    patch_grid: tuple[int, int] = (4, 4)

    def __post_init__(self) -> None:
        if self.lanes not in LANES:
            raise InputError(f"accelerator {self.name}: lanes must be 4, 8, 16 or 32, not {self.lanes}")
        for field, (low, high) in LIMITS.items():
            value = getattr(self, field)
            if not low <= value <= high:
                raise InputError(f"accelerator {self.name}: {field} must be {low}..{high}, not {value}")

    @property
    def multipliers(self) -> int:
        """Multipliers of the array. Utilisation counts these and not the requantisers'."""
        return self.lanes * TAPS

    @property
    def group(self) -> int:
        """Input channels that a pointwise step consumes per cycle: a whole word, at most nine."""
        return min(TAPS, self.lanes)

    @property
    def settle_cycles(self) -> int:
        """Cycles from a step's last issue until its last result can be read."""
        return PIPELINE_CYCLES + self.lanes + self.map_banks

    @property
    def flush_cycles(self) -> int:
        """Cycles from the end of a reset until nothing of what was in the pipelines before it is left: more
        than from any issue until its last result is written.
        """
        return 2 * self.settle_cycles

    @property
    def map_banks(self) -> int:
        """Banks of the feature-map memory."""
        return -(-self.map_words // MAP_BANK_WORDS)

    @property
    def fingerprint(self) -> str:
        """16 hex digits that name these sizes."""
        description = dataclasses.asdict(self) | {"name": "", "patch_grid": ""} | _FINGERPRINTED
        return hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()[:16]


ACCELERATORS: dict[str, Accelerator] = {
    accelerator.name: accelerator
    for accelerator in (
        # Everything inside an ECP5-85F: 156 multipliers, 208 block RAMs.
        Accelerator(name="ecp5-85f", map_words=9216, weight_words=2048, patch_grid=(1, 4)),
        # For a camera's stream, which gives rows of the whole crop: strips, and so wider line buffers.
        Accelerator(
            name="ecp5-85f-camera", map_words=8192, weight_words=2048, line_width=256, patch_grid=(8, 1)
        ),
        # The same RTL with a quarter, half and twice the multipliers, its memories as large as the default
        # network needs (docs/sizes.md). 288 multipliers are more than an ECP5-85F has: some of logic, or an
        # ASIC.
        Accelerator(name="lanes-4", lanes=4, map_words=30720, weight_words=15872, constants=127),
        Accelerator(name="lanes-8", lanes=8, map_words=15360, weight_words=4608, constants=63),
        Accelerator(name="lanes-32", lanes=32, map_words=4608, weight_words=1152, patch_grid=(1, 4)),
        # The same array with a feature-map memory for whole-image inference: simulation and ASIC.
        Accelerator(name="whole-image", map_words=49152, weight_words=2048, patch_grid=(1, 1)),
        # Small and quick to simulate; runs the tiny network.
        Accelerator(
            name="tiny",
            lanes=8,
            map_words=1024,
            weight_words=256,
            program_words=512,
            line_width=32,
            line_width_5=16,
            pixel_width=64,
            pixel_windows=8,
            response_words=128,
            patch_grid=(2, 2),
        ),
    )
}

DEFAULT_ACCELERATOR = "ecp5-85f"
CAMERA_ACCELERATOR = "ecp5-85f-camera"
"""The default where pixels come from a stream of video."""


def find_accelerator(name: str) -> Accelerator:
    """The catalogue's accelerator of that name; :class:`InputError` names the known ones."""
    if name not in ACCELERATORS:
        raise InputError(f"unknown accelerator {name!r}; known: {', '.join(ACCELERATORS)}")
    return ACCELERATORS[name]
