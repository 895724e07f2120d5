"""Address generator: what every kind of step issues, cycle by cycle, and that it takes the cycles that the
compiler predicts.
"""

import random
from itertools import product

import numpy as np
import pytest

from siammixer.arch.accelerator import ACCELERATORS, FETCH_CYCLES, LANE_CYCLES, STEP_DONE_CYCLES, TAPS
from siammixer.arch.instruction import Kind
from siammixer.compiler.cycles import step_cycles
from siammixer.rtl.control.address_generator import AddressGenerator
from siammixer.rtl.datapath.window import ALTERNATE
from siammixer.sim.block import simulate

PLACES = {
    "read_base": 100,
    "read_pixel": 3,
    "read_row": 40,
    "write_base": 500,
    "write_pixel": 2,
    "write_row": 20,
}
WEIGHTS = {"weight_base": 7, "constant_base": 90, "residual_base": 2**16 - 11, "residual_pixel": 5}


def work(channel, pop, issue, write) -> dict:
    """The fields of an issue, and of its companions, that somebody looks at; empty where nothing is done."""
    lane, found = issue.lane, {}
    if lane.load:
        found["load"] = (lane.constant, lane.weight)
    if lane.push:
        found["push"] = (None if lane.fused else issue.read_address, lane.column)
    if issue.advance:
        found["advance"] = (issue.read_address, issue.end)
    if issue.residual_read:
        found["residual"] = issue.read_address
    if issue.residual_centre:
        found["centre"] = True
    if lane.multiply:
        found["multiply"] = (
            lane.weight,
            lane.first,
            lane.last,
            lane.constant,
            lane.group if lane.windowed else channel,
        )
    if lane.store:
        found["store"] = (lane.weight, lane.group)
    if issue.result:
        found["result"] = issue.residual_write
    if write.shift:
        found["shift"] = write.turn
    if write.write:
        found["write"] = write.address
    if issue.respond:
        found["respond"] = (write.address, issue.respond_first, issue.respond_last)
    if pop:
        found["pop"] = True
    return found


def play(
    accelerator, instruction: dict, *, offset: int = 0, ready=lambda: 1, abort_after: int = -1
) -> list[dict]:
    """The work of every busy cycle of a step. ``ready``: whether the next pixel window comes in this cycle;
    it stays until it is taken.
    """
    generator, seen = AddressGenerator(accelerator), []

    async def step(ctx, abort_after: int) -> None:
        ctx.set(generator.begin, 1)
        await ctx.tick()
        ctx.set(generator.begin, 0)
        pixels, issues, writes = [(0, 0)], [], []
        busy, there = 1, 0
        while busy:
            there = there or ready()
            ctx.set(generator.window_ready, there)
            ctx.set(generator.abort, len(issues) == abort_after)
            _, _, busy, issue, write, *pixel = await ctx.tick().sample(
                generator.busy, generator.issue, generator.write, generator.channel, generator.pop
            )
            issues.append(issue)
            writes.append(write)
            pixels.append(pixel)
            there = there and not pixel[1]
        writes.append(ctx.get(generator.write))
        # A pixel window is asked for a cycle before its issue, and the word written a cycle after it.
        seen[:] = (
            work(*pixel, issue, write)
            for pixel, issue, write in zip(pixels[:-1], issues, writes[1:], strict=True)
        )
        assert seen.pop() == {}

    async def bench(ctx) -> None:
        ctx.set(generator.instruction, instruction)
        ctx.set(generator.patch_offset, offset)
        await ctx.tick()
        if abort_after >= 0:
            await step(ctx, abort_after)
            assert len(seen) == abort_after + 1
        await step(ctx, -1)

    simulate(generator, [bench], watchdog=3000)
    return seen


def place(instruction: dict, what: str, y: int, x: int, more: int = 0) -> int:
    return (
        instruction[f"{what}_base"] + y * instruction[f"{what}_row"] + x * instruction[f"{what}_pixel"] + more
    ) % 2**16


def loads(instruction: dict) -> list[dict]:
    return [{"load": (block, instruction["constant_base"] + block)} for block in range(instruction["blocks"])]


def convolution(instruction: dict, lanes: int) -> list[dict]:
    cycles = loads(instruction)
    loops = product(*(range(instruction[name]) for name in ("rows", "columns", "blocks", "slots")))
    for y, x, block, slot in loops:
        last = slot == instruction["slots"] - 1
        cycles.append(
            {
                "multiply": (
                    instruction["weight_base"] + block * instruction["macs"] + slot,
                    slot == 0,
                    last,
                    block,
                    slot,
                )
            }
        )
        cycles[-1] |= {"result": 0, "write": place(instruction, "write", y, x, block)} if last else {}
        cycles[-1] |= {"pop": True} if last and block == instruction["blocks"] - 1 else {}
    return cycles


def windows(instruction: dict, lanes: int) -> list[dict]:
    """Depthwise, correlation and template: they differ in what is done with the window."""
    storing, correlating = instruction["kind"] == Kind.STORE_TEMPLATE, instruction["kind"] == Kind.CORRELATE
    reach, stride = 4 if instruction.get("kernel_5") else 2, 1 + instruction.get("stride_2", 0)
    cycles = [] if storing else loads(instruction)
    for block, y, x in product(*(range(instruction[name]) for name in ("blocks", "rows", "columns"))):
        whole = min(y, x) >= reach and not (y - reach) % stride and not (x - reach) % stride
        out = place(
            instruction, "write", (y - reach) // stride, (x - reach) // stride, 0 if correlating else block
        )
        read = place(instruction, "read", y, x, block)
        for slot in range(instruction["slots"] if whole else 1):
            does = {"push": (read, x)} if slot == 0 else {}
            weight = instruction["weight_base"] + block * instruction["macs"] + slot
            if whole and slot < instruction["macs"]:
                does |= (
                    {"store": (weight, slot)}
                    if storing
                    else {"multiply": (weight, slot == 0, slot == instruction["macs"] - 1, block, slot)}
                )
            if whole and instruction.get("residual") and slot == 0:
                does |= {"centre": True}
            if whole and slot == instruction["macs"] - 1 and correlating:
                does |= {"respond": (out, block == 0, block == instruction["blocks"] - 1)}
            elif whole and slot == instruction["macs"] - 1 and not storing:
                does |= {"result": instruction.get("residual", 0), "write": out}
            cycles.append(does)
    return transposed(instruction, lanes, cycles)


def fused(instruction: dict, lanes: int) -> list[dict]:
    """A first layer whose results come back as pushes, LANE_CYCLES after their sums, and the windows of the
    second between its sums.
    """
    first = {Kind.CONVOLUTION: convolution, Kind.POINTWISE: pointwise}[instruction["kind"]]
    blocks, stride = instruction["blocks"], 1 + instruction["fused_stride_2"]
    order = (
        ("blocks", "rows", "columns")
        if instruction["kind"] == Kind.POINTWISE
        else ("rows", "columns", "blocks")
    )
    results = iter(product(*(range(instruction[name]) for name in order)))
    cycles = loads(instruction | {"blocks": 2 * blocks})
    pushes, due = {}, []
    for does in first(instruction, lanes)[blocks:]:
        if does["multiply"][1]:
            while due and due[0][0] <= len(cycles):
                cycles.append(due.pop(0)[1])
        if "result" in does:
            block, y, x = (
                dict(zip(order, position, strict=True))[name]
                for position in [next(results)]
                for name in ("blocks", "rows", "columns")
            )
            does = {name: value for name, value in does.items() if name not in ("result", "write")}
            back = len(cycles) + LANE_CYCLES
            pushes[back] = x if instruction["kind"] == Kind.POINTWISE else x * blocks + block
            if min(y, x) >= 2 and not (y - 2) % stride and not (x - 2) % stride:
                weight = instruction["constant_base"] + 2 * blocks + block
                group = ALTERNATE if instruction["kind"] == Kind.CONVOLUTION and blocks == 2 else 0
                out = place(instruction, "write", (y - 2) // stride, (x - 2) // stride, block)
                due.append(
                    (
                        back,
                        {"multiply": (weight, True, True, blocks + block, group), "result": 0, "write": out},
                    )
                )
        cycles.append(does)
    for _ in range(LANE_CYCLES):
        cycles.append(due.pop(0)[1] if due and due[0][0] <= len(cycles) else {})
    assert not due
    return [
        does | ({"push": (None, pushes[cycle])} if cycle in pushes else {})
        for cycle, does in enumerate(cycles)
    ]


def pointwise(instruction: dict, lanes: int) -> list[dict]:
    cycles, size = loads(instruction), min(lanes, TAPS)
    planes = instruction.get("transposed") or instruction.get("fused")
    order = ("blocks", "rows", "columns", "slots") if planes else ("rows", "columns", "blocks", "slots")
    for position in product(*(range(instruction[name]) for name in order)):
        y, x, block, slot = (position[order.index(name)] for name in ("rows", "columns", "blocks", "slots"))
        does, last = {}, (slot + 1) * size - 1
        if slot < instruction["macs"]:
            weight = instruction["weight_base"] + block * instruction["macs"] + slot
            does["multiply"] = (weight, slot == 0, slot == instruction["macs"] - 1, block, slot % 4)
            # A new word where the group ends in another than the group before.
            if slot == 0 or last // lanes != (last - size) // lanes:
                does["advance"] = (
                    place(instruction, "read", y, x, last // lanes),
                    (TAPS * (slot + 1) - 1) % lanes if lanes > TAPS else None,
                )
        if slot == instruction["macs"] - 1:
            does |= {
                "result": instruction.get("residual", 0),
                "write": place(instruction, "write", y, x, block),
            }
        if instruction.get("residual") and slot == instruction["residual_slot"]:
            pixel = y * instruction["columns"] + x
            does["residual"] = (
                instruction["residual_base"] + pixel * instruction["residual_pixel"] + block
            ) % 2**16
        cycles.append(does)
    return transposed(instruction, lanes, cycles)


def copies(instruction: dict, lanes: int) -> list[dict]:
    loops = product(*(range(instruction[name]) for name in ("blocks", "rows", "columns")))
    return transposed(
        instruction,
        lanes,
        [
            {"residual": place(instruction, "read", y, x, block), "result": 1, "write": None}
            for block, y, x in loops
        ],
    )


def transposed(instruction: dict, lanes: int, cycles: list[dict]) -> list[dict]:
    """The same work with fillers after each block, and the words that leave the transposer in place of the
    results.
    """
    if not instruction.get("transposed"):
        return cycles
    plane, seen, shifts = instruction["groups"] * lanes - instruction["pad"], [], 0
    for does in cycles:
        seen.append(does)
        shifts += "result" in does
        if "result" in does and shifts % plane == 0:
            seen += [
                {"filler": True}
                for _ in range(instruction["pad"] + lanes * (shifts == plane * instruction["blocks"]))
            ]
    entering = [does for does in seen if "result" in does or "filler" in does]
    for number, does in enumerate(entering):
        for name in ("write", "filler"):
            does.pop(name, None)
        does["shift"] = number // lanes % 2
        row, column, word = np.unravel_index(
            max(number - lanes, 0), (instruction["blocks"], instruction["groups"], lanes)
        )
        if number >= lanes and (row < instruction["blocks"] - 1 or word < instruction["tail"]):
            does["write"] = (
                instruction["write_base"]
                + row * instruction["write_row"]
                + column
                + word * instruction["write_pixel"]
            ) % 2**16
    return seen


ALL = {"macs": 1, "slots": 1, "blocks": 2, "pad": 0, **PLACES, **WEIGHTS}
BACK = {name: 2**16 - PLACES[name] for name in ("read_pixel", "read_row", "write_pixel", "write_row")}
STEPS = {
    "convolution": (
        convolution,
        16,
        {"kind": Kind.CONVOLUTION, "rows": 2, "columns": 3, "macs": 3, "slots": 3},
    ),
    "convolution fused": (
        fused,
        16,
        {
            "kind": Kind.CONVOLUTION,
            "rows": 5,
            "columns": 5,
            "macs": 3,
            "slots": 3,
            "fused": 1,
            "fused_stride_2": 1,
        },
    ),
    "convolution fused, 1 block": (
        fused,
        16,
        {
            "kind": Kind.CONVOLUTION,
            "rows": 4,
            "columns": 5,
            "macs": 3,
            "slots": 3,
            "blocks": 1,
            "fused": 1,
            "fused_stride_2": 0,
        },
    ),
    "depthwise": (windows, 16, {"kind": Kind.DEPTHWISE, "rows": 4, "columns": 5}),
    "depthwise stride 2": (windows, 16, {"kind": Kind.DEPTHWISE, "rows": 5, "columns": 7, "stride_2": 1}),
    "depthwise residual": (windows, 16, {"kind": Kind.DEPTHWISE, "rows": 3, "columns": 4, "residual": 1}),
    "depthwise transposed": (
        windows,
        8,
        {
            "kind": Kind.DEPTHWISE,
            "rows": 5,
            "columns": 7,
            "residual": 1,
            "transposed": 1,
            "groups": 2,
            "pad": 1,
            "tail": 8,
        },
    ),
    "depthwise 5x5": (
        windows,
        16,
        {"kind": Kind.DEPTHWISE, "rows": 6, "columns": 5, "kernel_5": 1, "macs": 3, "slots": 3},
    ),
    "depthwise 5x5 residual": (
        windows,
        16,
        {
            "kind": Kind.DEPTHWISE,
            "rows": 5,
            "columns": 6,
            "kernel_5": 1,
            "residual": 1,
            "macs": 3,
            "slots": 3,
        },
    ),
    "pointwise": (pointwise, 16, {"kind": Kind.POINTWISE, "rows": 2, "columns": 2, "macs": 6, "slots": 6}),
    "pointwise back": (
        pointwise,
        16,
        {"kind": Kind.POINTWISE, "rows": 2, "columns": 2, "macs": 3, "slots": 3, **BACK},
    ),
    "pointwise residual": (
        pointwise,
        16,
        {
            "kind": Kind.POINTWISE,
            "rows": 1,
            "columns": 3,
            "macs": 11,
            "slots": 11,
            "residual": 1,
            "residual_slot": 2,
        },
    ),
    "pointwise fused": (
        fused,
        16,
        {
            "kind": Kind.POINTWISE,
            "rows": 5,
            "columns": 7,
            "macs": 4,
            "slots": 4,
            "blocks": 3,
            "fused": 1,
            "fused_stride_2": 1,
        },
    ),
    "pointwise fused, a slot": (
        fused,
        16,
        {
            "kind": Kind.POINTWISE,
            "rows": 5,
            "columns": 6,
            "macs": 1,
            "slots": 1,
            "fused": 1,
            "fused_stride_2": 0,
        },
    ),
    "pointwise 32 lanes": (
        pointwise,
        32,
        {"kind": Kind.POINTWISE, "rows": 1, "columns": 2, "macs": 11, "slots": 11},
    ),
    "pointwise bubble": (
        pointwise,
        8,
        {
            "kind": Kind.POINTWISE,
            "rows": 2,
            "columns": 1,
            "macs": 3,
            "slots": 4,
            "residual": 1,
            "residual_slot": 3,
        },
    ),
    "pointwise transposed": (
        pointwise,
        16,
        {
            "kind": Kind.POINTWISE,
            "rows": 1,
            "columns": 32,
            "macs": 3,
            "slots": 3,
            "residual": 1,
            "residual_slot": 2,
            "transposed": 1,
            "groups": 2,
            "tail": 5,
        },
    ),
    "transpose": (
        copies,
        4,
        {
            "kind": Kind.TRANSPOSE,
            "macs": 0,
            "rows": 3,
            "columns": 3,
            "transposed": 1,
            "groups": 3,
            "pad": 3,
            "tail": 4,
        },
    ),
    "transpose without fillers": (
        copies,
        8,
        {"kind": Kind.TRANSPOSE, "macs": 0, "rows": 2, "columns": 4, "transposed": 1, "groups": 1, "tail": 8},
    ),
    "template": (windows, 16, {"kind": Kind.STORE_TEMPLATE, "rows": 3, "columns": 3}),
    "template 5x5": (
        windows,
        16,
        {"kind": Kind.STORE_TEMPLATE, "rows": 5, "columns": 5, "kernel_5": 1, "macs": 3, "slots": 3},
    ),
    "correlate": (windows, 16, {"kind": Kind.CORRELATE, "rows": 5, "columns": 4}),
}


@pytest.fixture
def sized(small):
    """An accelerator of so many lanes."""
    tiny, large = ACCELERATORS["tiny"], ACCELERATORS["ecp5-85f"]
    return {
        4: small,
        8: tiny,
        16: large,
        32: type(large)(name="wide", lanes=32, map_words=16, weight_words=128),
    }.__getitem__


def close(seen: list[dict]) -> list[dict]:
    """Narrow accelerators take whole words: there ``end`` means nothing."""
    return [{**does, "advance": (does["advance"][0], None)} if "advance" in does else does for does in seen]


@pytest.mark.parametrize("name", STEPS)
def test_step(name, sized):
    reference, lanes, fields = STEPS[name]
    instruction = ALL | fields
    seen, expected = (
        play(sized(lanes), instruction, ready=lambda: int(instruction["kind"] == Kind.CONVOLUTION)),
        reference(instruction, lanes),
    )
    assert (seen if lanes > TAPS else close(seen)) == [{}, *expected]
    accelerator = sized(lanes)
    if instruction["kind"] != Kind.CONVOLUTION:  # its prediction includes the pixels on their way
        assert (
            len(seen)
            == step_cycles(accelerator, instruction)
            - FETCH_CYCLES
            - accelerator.settle_cycles
            - STEP_DONE_CYCLES
        )


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
def test_a_missing_pixel_window_makes_it_wait(seed, sized):
    reference, lanes, fields = STEPS["convolution"]
    instruction, dice = ALL | fields, random.Random(seed)
    seen = play(sized(lanes), instruction, ready=lambda: dice.getrandbits(1))
    assert [does for does in seen if does] == reference(instruction, lanes)
    assert len(seen) > len(reference(instruction, lanes)) + 3


@pytest.mark.parametrize("seed", range(3), ids="seed={}".format)
@pytest.mark.parametrize("name", ["convolution fused", "convolution fused, 1 block"])
def test_a_fused_step_that_waits_multiplies_the_same_windows(name, seed, sized):
    """Some of them at once after each other."""
    reference, lanes, fields = STEPS[name]
    instruction, dice = ALL | fields | {"fused_stride_2": 0}, random.Random(seed)
    seen = play(sized(lanes), instruction, ready=lambda: dice.random() < 0.1)
    windows = [
        {name: does[name] for name in ("multiply", "write")}
        for does in reference(instruction, lanes)
        if "write" in does
    ]
    found = {
        cycle: {name: does[name] for name in ("multiply", "write")}
        for cycle, does in enumerate(seen)
        if "write" in does
    }
    assert list(found.values()) == windows
    assert instruction["blocks"] == 1 or any(cycle + 1 in found for cycle in found)


@pytest.mark.parametrize("patch_output", [0, 1])
def test_patch_offset(patch_output, sized):
    reference, lanes, fields = STEPS["depthwise"]
    instruction = ALL | fields | {"patch_output": patch_output}
    moved = instruction | {"write_base": instruction["write_base"] + 1000 * patch_output}
    assert play(sized(lanes), instruction, offset=1000) == [{}, *reference(moved, lanes)]


@pytest.mark.parametrize("after", [0, 1, 2, 9])
def test_the_step_after_an_abort_is_whole(after, sized):
    reference, lanes, fields = STEPS["pointwise"]
    assert play(sized(lanes), ALL | fields, abort_after=after) == [{}, *reference(ALL | fields, lanes)]


def test_the_step_after_an_abort_among_fillers_is_whole(sized):
    """In every cycle of a step that fills the transposer up between its planes and at its end."""
    reference, lanes, fields = STEPS["transpose"]
    expected = [{}, *reference(ALL | fields, lanes)]
    for after in range(len(expected) - 1):
        assert play(sized(lanes), ALL | fields, abort_after=after) == expected, after
