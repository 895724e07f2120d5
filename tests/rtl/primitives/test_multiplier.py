"""Multiplier: all technologies give the same products in the same cycles, MULT18X18D as a model in
Verilator.
"""

import gc
import subprocess
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import siammixer.sim
from siammixer.rtl.primitives.multiplier import Multiplier, MultiplierRow
from siammixer.rtl.technology.ecp5 import LFE5U_85F
from siammixer.rtl.technology.technology import GENERIC, LOGIC
from siammixer.sim.verilator import verilator
from siammixer.sim.verilog import verilog

MODEL = Path(siammixer.sim.__file__).parent / "models" / "mult18x18d.v"
BENCH = Path(__file__).with_name("multipliers.sv")


def operands(bits: int, seed: int) -> np.ndarray:
    """Pairs of signed integers of so many bits: all of the edge values, then random."""
    high = 2 ** (bits - 1)
    edges = list(product([0, 1, -1, high - 1, -high, high - 2, 1 - high], repeat=2))
    return np.array([*edges, *np.random.default_rng(seed).integers(-high, high, (300, 2))])


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize("technology", [GENERIC, LOGIC], ids=lambda technology: technology.name)
@pytest.mark.parametrize(("a_bits", "b_bits"), [(8, 8), (18, 18), (4, 18)])
def test_described_in_amaranth(a_bits, b_bits, technology, seed, clocked):
    a, b = operands(a_bits, seed)[:, 0], operands(b_bits, seed)[:, 1]
    products = clocked(
        technology.multiplier(a_bits, b_bits), {"a": a, "b": b}, ["p"], len(a) + Multiplier.LATENCY
    )["p"]
    assert products[Multiplier.LATENCY :] == (a * b).tolist()


@pytest.mark.parametrize("technology", [GENERIC, LOGIC], ids=lambda technology: technology.name)
def test_row(technology, clocked):
    pairs = operands(8, 3)
    a, b = (np.stack([np.roll(column, 5 * index) for index in range(3)], axis=1) for column in pairs.T)
    words = [
        (row.astype(np.int8).view(np.uint8).astype(int) << (0, 8, 16)).sum(axis=1).tolist() for row in (a, b)
    ]
    row = clocked(
        technology.multiplier_row(3),
        dict(zip("ab", words, strict=True)),
        ["p"],
        len(a) + MultiplierRow.LATENCY,
    )["p"]
    expected = [sum((int(p) & 0xFFFF) << (16 * n) for n, p in enumerate(products)) for products in a * b]
    assert row[MultiplierRow.LATENCY :] == expected


@pytest.fixture(scope="module")
def multipliers(tmp_path_factory) -> Path:
    """The folder of a program that multiplies operands.txt into products.txt."""
    folder = tmp_path_factory.mktemp("multipliers")
    sizes = product((GENERIC, LFE5U_85F), (8, 18))
    text = "".join(
        verilog(technology.multiplier(bits, bits), f"{technology.name}_{bits}") for technology, bits in sizes
    )
    (folder / "design.v").write_text(text)
    command = [
        verilator(),
        "--binary",
        "--timing",
        "-O0",
        "-Wno-fatal",
        "--top",
        "multipliers",
        "design.v",
        MODEL,
        BENCH,
    ]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return folder


@pytest.mark.parametrize("seed", [2], ids="seed={}".format)
def test_both_technologies_agree(multipliers, seed):
    pairs = np.concatenate([operands(8, seed), operands(18, seed), np.zeros((Multiplier.LATENCY, 2), int)])
    np.savetxt(multipliers / "operands.txt", pairs, "%d")
    subprocess.run(
        [multipliers / "obj_dir" / "Vmultipliers"], cwd=multipliers, check=True, capture_output=True
    )
    generic_wide, ecp5_wide, generic_narrow, ecp5_narrow = np.loadtxt(multipliers / "products.txt", np.int64)[
        Multiplier.LATENCY :
    ].T
    a, b = pairs[: -Multiplier.LATENCY].T
    assert np.array_equal(generic_wide, a * b)
    assert np.array_equal(ecp5_wide, a * b)
    narrow = a.astype(np.int8).astype(int) * b.astype(np.int8)
    assert np.array_equal(generic_narrow, narrow)
    assert np.array_equal(ecp5_narrow, narrow)


@pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")
def test_refusals():
    for technology in (GENERIC, LOGIC, LFE5U_85F):
        with pytest.raises(ValueError, match="at most 18 bits, not 19 and 8"):
            technology.multiplier(19, 8)
    gc.collect()  # what was refused is never used: that it says so is ignored here, and only here
