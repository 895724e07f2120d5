"""BlockRam: a dictionary's words two cycles later; DP16KD, as a model in Verilator, gives the same."""

import gc
import subprocess
from pathlib import Path

import numpy as np
import pytest

import siammixer.sim
from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.rtl.technology.ecp5 import LFE5U_85F
from siammixer.rtl.technology.technology import GENERIC
from siammixer.sim.verilator import verilator
from siammixer.sim.verilog import verilog

MODEL = Path(siammixer.sim.__file__).parent / "models" / "dp16kd.v"
BENCH = Path(__file__).with_name("block_rams.sv")
CYCLES = 400


def accesses(width: int, depth: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns write_enable, write_address, write_data, read_address, and the words expected; nothing is read
    before or while it is written.
    """
    random = np.random.default_rng(seed)
    places = np.unique([0, 1, 2, depth // 2, depth - 2, depth - 1])
    enable, write, read = (
        random.integers(0, 2, CYCLES),
        random.choice(places, CYCLES),
        random.choice(places, CYCLES),
    )
    enable[: len(places)], write[: len(places)] = 1, places
    data = random.integers(0, 2**width, CYCLES)
    words, expected = {}, []
    for cycle in range(CYCLES):
        if read[cycle] not in words or (enable[cycle] and read[cycle] == write[cycle]):
            read[cycle] = next(
                (place for place in words if not (enable[cycle] and place == write[cycle])), read[cycle]
            )
        expected.append(words.get(read[cycle], -1))
        if enable[cycle]:
            words[write[cycle]] = data[cycle]
    return np.stack([enable, write, data, read], axis=1), np.array(expected)


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
def test_words_come_back(seed, clocked):
    columns, expected = accesses(20, 100, seed)
    names = ("write_enable", "write_address", "write_data", "read_address")
    ram = BlockRam(width=20, depth=100)
    seen = np.array(
        clocked(ram, dict(zip(names, columns.T.tolist(), strict=True)), ["read_data"], CYCLES + ram.LATENCY)[
            "read_data"
        ]
    )
    known = expected >= 0
    assert known.sum() > CYCLES - 10
    assert np.array_equal(seen[ram.LATENCY :][known], expected[known])


@pytest.mark.parametrize("seed", [2], ids="seed={}".format)
@pytest.mark.parametrize(
    ("width", "depth"), [(20, 1024), (40, 2048), (6, 4000), (3, 8192), (2, 16384)], ids="{}".format
)
def test_both_technologies_agree(width, depth, seed, tmp_path):
    """Each shape of the block, the last one of a row only partly used."""
    text = "".join(
        verilog(technology.block_ram(width=width, depth=depth), f"{technology.name}_ram")
        for technology in (GENERIC, LFE5U_85F)
    )
    (tmp_path / "design.v").write_text(text)
    sizes = [f"-DWIDTH={width}", f"-DADDRESS={(depth - 1).bit_length()}"]
    command = [
        verilator(),
        "--binary",
        "--timing",
        "-O0",
        "-Wno-fatal",
        *sizes,
        "--top",
        "block_rams",
        "design.v",
        MODEL,
        BENCH,
    ]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    columns, expected = accesses(width, depth, seed)
    np.savetxt(
        tmp_path / "accesses.txt", np.concatenate([columns, np.zeros((BlockRam.LATENCY, 4), int)]), "%d"
    )
    subprocess.run([tmp_path / "obj_dir" / "Vblock_rams"], cwd=tmp_path, check=True, capture_output=True)
    generic, ecp5 = np.loadtxt(tmp_path / "words.txt", np.int64)[BlockRam.LATENCY :].T
    known = expected >= 0
    assert np.array_equal(generic[known], expected[known])
    assert np.array_equal(ecp5[known], expected[known])


@pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")
def test_refusals():
    with pytest.raises(ValueError, match="depth must be at most 16384 words in ecp5, not 16385"):
        LFE5U_85F.block_ram(width=8, depth=16385)
    gc.collect()  # what was refused is never used: that it says so is ignored here, and only here
