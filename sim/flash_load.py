"""A loader in Verilator, which reads a whole image through the pins of a flash."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.flash import FlashTiming
from siammixer.arch.interface import WRITE_FIELDS
from siammixer.driver.words import WRITE
from siammixer.rtl.flash.flash_loader import FlashLoader
from siammixer.sim.build import Binary, SimulationError, build
from siammixer.sim.run import LOG_FILE, complaint, run_under_cocotb
from siammixer.sim.verilog import cached_verilog

IMAGE_FILE, SETTINGS_FILE, WORDS_FILE, OUTCOME_FILE = (
    "image.bin",
    "settings.json",
    "words.bin",
    "outcome.json",
)


@dataclass(frozen=True, kw_only=True)
class FlashLoad:
    """The outcome of a load.

    Parameters
    ----------
    words
        What was written, in its order, dtype :data:`siammixer.driver.words.WRITE`.
    loaded, error, template_entry, search_entry
        The loader's outputs at the end.
    cycles
        From the one of ``start`` to the first in which the loader is not busy any more.
    commands
        The commands that the flash was given.
    """

    words: np.ndarray
    loaded: int
    error: int
    template_entry: int
    search_entry: int
    cycles: int
    commands: list[int]


def flash_load_simulator(
    accelerator: Accelerator, timing: FlashTiming, progress: Callable[[str], None] = lambda _: None
) -> Binary:
    """The compiled simulator of the loader of a core with these sizes; built where its sources changed.

    Raises
    ------
    InputError
        Where the system lacks a compiler, make or Python's shared library.
    BuildError
        Where Verilator or the compiler refuses; names the log.
    """
    text = cached_verilog(lambda: FlashLoader(accelerator, timing), "loader", (accelerator, timing))
    harness = Path(__file__).with_suffix(".sv")
    return build(text, harness=harness, top=harness.stem, public=(), progress=progress)


def load(binary: Binary, content: bytes, *, stall: float = 0.0, seed: int = 1) -> FlashLoad:
    """Starts a loader with a flash that has this content at the image's place.

    Parameters
    ----------
    stall
        Share of the cycles in which the core is not ready, at least 0 and below 1.
    seed
        Of these.

    Raises
    ------
    SimulationError
        The simulator did not finish.
    """
    with tempfile.TemporaryDirectory(prefix="siammixer-flash-") as name:
        folder = Path(name)
        (folder / IMAGE_FILE).write_bytes(content)
        settings = {"stall": min(round(stall * 2**16), 2**16 - 1), "seed": seed}
        (folder / SETTINGS_FILE).write_text(json.dumps(settings))
        try:
            run_under_cocotb(binary, "siammixer.sim.flash_load_bench", folder)
        except (RuntimeError, SystemExit) as error:
            said = (folder / LOG_FILE).read_text(errors="replace") if (folder / LOG_FILE).exists() else ""
            raise SimulationError("the simulator stopped: " + complaint(said)) from error
        outcome = json.loads((folder / OUTCOME_FILE).read_text())
        return FlashLoad(words=np.fromfile(folder / WORDS_FILE, WRITE), **outcome)


def packed_word(bits: int) -> bytes:
    """A word of the write port, as bits, in the form of :data:`siammixer.driver.words.WRITE`."""
    values = {}
    for field, width in WRITE_FIELDS:
        values[field], bits = bits & (1 << width) - 1, bits >> width
    word = np.zeros((), WRITE)
    word["address"], word["target"] = values["address"], values["target"]
    word["data"] = np.frombuffer(values["data"].to_bytes(9, "little"), np.uint8)
    return word.tobytes()
