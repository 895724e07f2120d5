"""Lane: products, sums, bias, requantisation, weights from the host and from the operand, windows of its own
results, and all its delays.
"""

from random import Random

import numpy as np
import pytest

from siammixer.arch.accelerator import TAPS
from siammixer.golden.requantise import requantise_integer
from siammixer.rtl.datapath.lane import Lane, lane_control, weight_write

GROUPS = 3  # weight words of one output
CONSTANTS = 12  # where the words of bias and multiplier lie
BIAS = np.array([-20_000, 45_000, -77])
MULTIPLIER = np.array([500, 173, 2**17 - 1])


def load(weights: np.ndarray, word) -> list[dict]:
    """Cycles that fill the lane's weight memory, another lane's words in between."""
    constants = np.concatenate(
        [BIAS.astype("<i4")[:, None].view(np.int8), MULTIPLIER.astype("<i4")[:, None].view(np.int8)], 1
    )
    words = {address: word(row) for address, row in enumerate(weights)} | {
        CONSTANTS + n: word(row) for n, row in enumerate(constants)
    }
    cycles = []
    for address, data in words.items():
        cycles.append({"write_i": {"enable": 1, "lane": 0, "address": address, "data": data}})
        cycles += [
            {"write_i": {"enable": 1, "lane": further, "address": address, "data": 0}}
            for further in (1, 2, 3)
        ]
        cycles.append({"write_i": {"enable": 0, "lane": 0, "address": address, "data": 0}})
    return cycles + [
        {"control_i": {"load": 1, "constant": n, "weight": CONSTANTS + n}} for n in range(len(BIAS))
    ]


def play(clocked, accelerator, cycles: list[dict], outputs: list[str]) -> dict[str, list]:
    quiet = {"control_i": {}, "broadcast_i": 0, "activation": 0, "write_i": {}, "chain_i": 0}
    cycles = cycles + [{}] * (Lane.LATENCY + 1)
    inputs = {name: [cycle.get(name, value) for cycle in cycles] for name, value in quiet.items()}
    inputs["broadcast_i"] = [0] * Lane.BROADCAST + inputs[
        "broadcast_i"
    ]  # it comes later than the control it belongs to
    return clocked(Lane(accelerator), inputs, outputs, len(cycles))


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize("relu", [0, 1])
def test_outputs_of_three_groups(relu, seed, clocked, small, word):
    random = np.random.default_rng(seed)
    weights = random.integers(-127, 128, (3, GROUPS, TAPS), np.int8)
    weights[0, 0], weights[2] = -127, 0
    operands = random.integers(-128, 128, (30, GROUPS, TAPS), np.int8)
    operands[:4] = np.array([-128, 127, 0, -1])[:, None, None]
    which, chain = np.arange(30) % 3, random.integers(-(2**30), 2**30, 30)
    cycles, ends = load(weights.reshape(-1, TAPS), word), []
    for operand, constant in zip(operands, which, strict=True):
        for group in range(GROUPS):
            control = {"multiply": 1, "first": group == 0, "last": group == GROUPS - 1, "relu": relu}
            control |= {"constant": constant, "weight": constant * GROUPS + group}
            cycles += [{"control_i": {"relu": relu}, "broadcast_i": word([1] * TAPS)}] * int(
                random.integers(2)
            )  # nothing is added
            cycles.append(
                {
                    "control_i": {name: int(value) for name, value in control.items()},
                    "broadcast_i": word(operand[group]),
                }
            )
        ends.append(len(cycles) - 1)
    cycles += [{} for _ in range(Lane.LATENCY)]
    for end, value in zip(ends, chain, strict=True):
        cycles[end + Lane.ACCUMULATED] = {**cycles[end + Lane.ACCUMULATED], "chain_i": int(value)}
    seen = play(
        clocked, small, [{"control_i": {"relu": relu}, **cycle} for cycle in cycles], ["result", "chain_o"]
    )
    sums = (operands.astype(int) * weights[which]).sum((1, 2)) + BIAS[which]
    expected = np.array(
        [requantise_integer(total, MULTIPLIER[n], bool(relu)) for total, n in zip(sums, which, strict=True)]
    )
    assert len(set(expected)) > 10 and set(expected) >= {-77 * (not relu), 127}  # few saturate
    assert [seen["chain_o"][end + Lane.CHAINED] for end in ends] == (sums + chain).tolist()
    assert [seen["result"][end + Lane.LATENCY] for end in ends] == expected.tolist()


@pytest.mark.parametrize("sign", [-1, 1])
def test_bias_and_accumulator_have_all_their_bits(sign, clocked, small, word, monkeypatch):
    """A sum from a bias of the whole width, and one that needs the whole width in its middle only."""
    largest = 127 * 127 * TAPS  # of the nine products
    edge = 2 ** (small.accumulator_bits - 1) - 1
    bias = np.array([sign * edge, sign * (edge - largest), 0])
    monkeypatch.setattr(f"{__name__}.BIAS", bias)
    weights = np.full((1, TAPS), 127, np.int8)
    cycles = load(weights, word)
    starts = []
    for constant, signs in ((0, (-sign,)), (1, (sign,)), (1, (sign, -sign, -sign))):
        for number, operand in enumerate(signs):
            control = {"multiply": 1, "first": number == 0, "last": number == len(signs) - 1}
            control |= {"constant": constant, "weight": 0}
            cycles.append(
                {
                    "control_i": {name: int(value) for name, value in control.items()},
                    "broadcast_i": word([127 * operand] * TAPS),
                }
            )
        starts.append(len(cycles) - 1)
    seen = play(clocked, small, cycles, ["chain_o", "result"])
    sums = [bias[0] - sign * largest, bias[1] + sign * largest, bias[1] - sign * largest]
    assert sums[1] == sign * edge
    assert [seen["chain_o"][end + Lane.CHAINED] for end in starts] == sums
    results = [
        requantise_integer(total, MULTIPLIER[n], False) for total, n in zip(sums, (0, 1, 1), strict=True)
    ]
    assert [seen["result"][end + Lane.LATENCY] for end in starts] == results


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
def test_windows_become_weights(seed, clocked, small, word):
    """A 3 x 3 window times a weight; then the same window stored as a weight, and used."""
    random = np.random.default_rng(seed)
    image, weights = (
        random.integers(-128, 128, (3, 3), np.int8),
        random.integers(-127, 128, (2, TAPS), np.int8),
    )
    operand = random.integers(-128, 128, TAPS, np.int8)
    cycles = load(weights, word)
    cycles += [
        {"control_i": {"push": 1, "column": x}, "activation": int(image[y, x])} for y, x in np.ndindex(3, 3)
    ]
    first = len(cycles) - 1  # the last push completes the window, and the same cycle's work sees it
    cycles[first]["control_i"] |= {"windowed": 1, "multiply": 1, "first": 1, "weight": 1}
    cycles.append({"control_i": {"windowed": 1, "store": 1, "weight": 1}})
    cycles += [{}] * 3  # until it can be read
    cycles.append({"control_i": {"multiply": 1, "first": 1, "weight": 1}, "broadcast_i": word(operand)})
    cycles.append({"control_i": {"multiply": 1, "weight": 0}, "broadcast_i": word(operand)})
    seen = play(clocked, small, cycles, ["chain_o"])["chain_o"]
    flat = image.reshape(-1).astype(int)
    assert seen[first + Lane.CHAINED] == flat @ weights[1] + BIAS[0]
    assert seen[len(cycles) - 1 + Lane.CHAINED] == flat @ operand + operand.astype(int) @ weights[0] + BIAS[0]


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
def test_results_become_a_window(seed, clocked, small, word):
    """Nine results pushed as they come are the operand of the next sum, in the cycle of the last push."""
    random = np.random.default_rng(seed)
    weights, operands = (
        random.integers(-127, 128, (2, TAPS), np.int8),
        random.integers(-128, 128, (TAPS, TAPS), np.int8),
    )
    weights[0] //= 4  # few results saturate
    cycles = load(weights, word)
    start = len(cycles)
    cycles += [
        {"control_i": {"multiply": 1, "first": 1, "last": 1, "constant": 1}, "broadcast_i": word(operand)}
        for operand in operands
    ]
    cycles += [{} for _ in range(start + Lane.LATENCY + TAPS - len(cycles))]
    for index, (_, x) in enumerate(np.ndindex(3, 3)):
        cycles[start + Lane.LATENCY + index] = {
            "control_i": {"push": 1, "fused": 1, "column": x},
            "activation": 99,
        }
    cycles[-1]["control_i"] |= {"windowed": 1, "multiply": 1, "first": 1, "weight": 1}
    seen = play(clocked, small, cycles, ["chain_o", "result"])
    sums = operands.astype(int) @ weights[0] + BIAS[1]
    results = np.array([requantise_integer(total, MULTIPLIER[1], False) for total in sums])
    assert seen["result"][start + Lane.LATENCY : start + Lane.LATENCY + TAPS] == results.tolist()
    assert len(set(results)) > TAPS // 2
    assert seen["chain_o"][len(cycles) - 1 + Lane.CHAINED] == results.astype(int) @ weights[1] + BIAS[0]


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize("kernel", [3, 5])
def test_the_centre_of_every_window(kernel, seed, clocked, small):
    image = np.random.default_rng(seed).integers(-128, 128, (7, 8), np.int8)
    control = {"push": 1, "windowed": 1, "kernel_5": int(kernel == 5)}
    cycles = [
        {"control_i": control | {"column": x}, "activation": int(image[y, x])} for y, x in np.ndindex(7, 8)
    ]
    seen = play(clocked, small, cycles, ["centre"])["centre"]
    for y, x in np.ndindex(8 - kernel, 9 - kernel):
        cycle = (y + kernel - 1) * 8 + x + kernel - 1
        assert seen[cycle + Lane.CENTRE] == image[y + kernel // 2, x + kernel // 2], f"window {y}, {x}"


def test_passes_everything_on_one_cycle_later(clocked, small):
    control, write = lane_control(small), weight_write(small)
    dice = Random(1)
    inputs = {
        "control_i": [control.from_bits(dice.getrandbits(control.size)) for _ in range(20)],
        "broadcast_i": [dice.getrandbits(8 * TAPS) for _ in range(20)],
        "write_i": [write.from_bits(dice.getrandbits(write.size)) for _ in range(20)],
    }
    seen = clocked(Lane(small), inputs, ["control_o", "broadcast_o", "write_o"], 20)
    for name in ("control", "broadcast"):
        assert seen[f"{name}_o"][1:] == inputs[f"{name}_i"][:-1]
    for before, after in zip(inputs["write_i"], seen["write_o"][1:], strict=False):
        assert after.enable == before.enable
        if after.enable:
            assert (after.address, after.data) == (before.address, before.data)
            assert after.lane == (before.lane - 1) % small.lanes  # one lane nearer
