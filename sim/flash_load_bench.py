"""The Python side inside the simulator of a loader: a flash at its pins, and what it writes.

Loaded by cocotb in the simulator's process, in the folder that siammixer.sim.flash_load prepared.
"""

import json
from pathlib import Path

import cocotb
from cocotb.triggers import RisingEdge, ValueChange

from siammixer.sim.flash import FlashModel
from siammixer.sim.flash_load import IMAGE_FILE, OUTCOME_FILE, SETTINGS_FILE, WORDS_FILE, packed_word


async def _flash(dut, model: FlashModel) -> None:
    while True:
        await ValueChange(dut.pins)
        pins = int(dut.pins.value)
        dut.miso.value = model.pins(pins & 1, pins >> 1 & 1, pins >> 2, 0)


async def _words(dut, words: list[bytes]) -> None:
    while True:
        await ValueChange(dut.written)
        words.append(packed_word(int(dut.word.value)))


@cocotb.test()
async def load(dut) -> None:
    """One image, from start to end."""
    settings = json.loads(Path(SETTINGS_FILE).read_text())
    words: list[bytes] = []
    model = FlashModel(Path(IMAGE_FILE).read_bytes())
    cocotb.start_soon(_flash(dut, model))
    cocotb.start_soon(_words(dut, words))
    dut.stall.value, dut.dice.value, dut.go.value = settings["stall"], settings["seed"], 1
    await RisingEdge(dut.ended)
    Path(WORDS_FILE).write_bytes(b"".join(words))
    names = ("cycles", "loaded", "error", "template_entry", "search_entry")
    outcome = {name: int(getattr(dut, name).value) for name in names}
    Path(OUTCOME_FILE).write_text(json.dumps(outcome | {"commands": model.commands}))
