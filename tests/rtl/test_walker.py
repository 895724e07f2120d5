"""Walker: what every kind of step issues, cycle by cycle, and that it takes the cycles that spec predicts."""

import random
from itertools import product

import pytest

from rtl.walker import Walker
from sim.block import simulate
from spec.accelerator import ACCELERATORS, FETCH_CYCLES, STEP_DONE_CYCLES, TAPS
from spec.cycles import step_cycles
from spec.program import Kind

PLACES = {"read_base": 100, "read_pixel": 3, "read_row": 40, "write_base": 500, "write_pixel": 2, "write_row": 20}
WEIGHTS = {"weight_base": 7, "constant_base": 90, "residual_offset": 2**16 - 11}


def work(issue) -> dict:
    """What an issue says, without what nobody looks at; empty where nothing is done."""
    lane, found = issue.lane, {}
    if lane.load:
        found["load"] = (lane.constant, lane.weight)
    if lane.push:
        found["push"] = (issue.read_address, lane.column)
    if issue.advance:
        found["advance"] = (issue.read_address, issue.end)
    if issue.fill:
        found["fill"] = issue.read_address
    if issue.drain:
        found["drain"] = True
    if issue.residual_read:
        found["residual"] = issue.read_address
    if lane.multiply:
        found["multiply"] = (lane.weight, lane.first, lane.last, lane.constant, lane.group if lane.windowed else issue.channel)
    if lane.store:
        found["store"] = (lane.weight, lane.group)
    if issue.write:
        found["write"] = (issue.write_address, issue.residual_write)
    if issue.respond:
        found["respond"] = (issue.write_address, issue.respond_first, issue.respond_last)
    if issue.pop:
        found["pop"] = True
    return found


def play(accelerator, record: dict, *, offset: int = 0, ready=lambda: 1, abort_after: int = -1) -> list[dict]:
    """The work of every busy cycle of a step."""
    walker, seen = Walker(accelerator), []

    async def step(ctx, abort_after: int) -> None:
        seen.clear()
        ctx.set(walker.begin, 1)
        await ctx.tick()
        ctx.set(walker.begin, 0)
        while True:
            ctx.set(walker.window_ready, ready())
            ctx.set(walker.abort, len(seen) == abort_after)
            _, _, busy, issue = await ctx.tick().sample(walker.busy, walker.issue)
            if not busy:
                assert work(issue) == {}
                break
            seen.append(work(issue))

    async def bench(ctx) -> None:
        ctx.set(walker.record, record)
        ctx.set(walker.patch_offset, offset)
        if abort_after >= 0:
            await step(ctx, abort_after)
            assert len(seen) == abort_after + 1
        await step(ctx, -1)

    simulate(walker, [bench], watchdog=3000)
    return seen


def place(record: dict, what: str, y: int, x: int, more: int = 0) -> int:
    return (record[f"{what}_base"] + y * record[f"{what}_row"] + x * record[f"{what}_pixel"] + more) % 2**16


def loads(record: dict) -> list[dict]:
    return [{"load": (block, record["constant_base"] + block)} for block in range(record["blocks"])]


def convolution(record: dict, lanes: int) -> list[dict]:
    cycles = loads(record)
    loops = product(*(range(record[name]) for name in ("rows", "columns", "blocks", "slots")))
    for y, x, block, slot in loops:
        last = slot == record["slots"] - 1
        cycles.append({"multiply": (record["weight_base"] + block * record["macs"] + slot, slot == 0, last, block, slot)})
        cycles[-1] |= {"write": (place(record, "write", y, x, block), 0)} if last else {}
        cycles[-1] |= {"pop": True} if last and block == record["blocks"] - 1 else {}
    return cycles


def windows(record: dict, lanes: int) -> list[dict]:
    """Depthwise, correlation and template: they differ in what is done with the window."""
    storing, correlating = record["kind"] == Kind.STORE_TEMPLATE, record["kind"] == Kind.CORRELATE
    reach, stride = 4 if record.get("kernel_5") else 2, 1 + record.get("stride_2", 0)
    cycles = [] if storing else loads(record)
    for block, y, x in product(*(range(record[name]) for name in ("blocks", "rows", "columns"))):
        whole = min(y, x) >= reach and not (y - reach) % stride and not (x - reach) % stride
        out = place(record, "write", (y - reach) // stride, (x - reach) // stride, 0 if correlating else block)
        read = place(record, "read", y, x, block)
        for slot in range(record["slots"] if whole else 1):
            does = {"push": (read, x)} if slot == 0 else {}
            weight = record["weight_base"] + block * record["macs"] + slot
            if whole and slot < record["macs"]:
                does |= {"store": (weight, slot)} if storing else {"multiply": (weight, slot == 0, slot == record["macs"] - 1, block, slot)}
            if whole and record.get("residual") and slot == record["residual_slot"]:
                does |= {"residual": (read + record["residual_offset"]) % 2**16}
            if whole and slot == record["macs"] - 1 and correlating:
                does |= {"respond": (out, block == 0, block == record["blocks"] - 1)}
            elif whole and slot == record["macs"] - 1 and not storing:
                does |= {"write": (out, record.get("residual", 0))}
            cycles.append(does)
    return cycles


def pointwise(record: dict, lanes: int) -> list[dict]:
    cycles, size = loads(record), min(lanes, TAPS)
    for y, x, block, slot in product(*(range(record[name]) for name in ("rows", "columns", "blocks", "slots"))):
        does, out, last = {}, place(record, "write", y, x, block), (slot + 1) * size - 1
        if slot < record["macs"]:
            weight = record["weight_base"] + block * record["macs"] + slot
            does["multiply"] = (weight, slot == 0, slot == record["macs"] - 1, block, slot % 4)
            # A new word where the group ends in another than the group before.
            if slot == 0 or last // lanes != (last - size) // lanes:
                does["advance"] = (place(record, "read", y, x, last // lanes), (TAPS * (slot + 1) - 1) % lanes if lanes > TAPS else None)
        if slot == record["macs"] - 1:
            does["write"] = (out, record.get("residual", 0))
        if record.get("residual") and slot == record["residual_slot"]:
            does["residual"] = (out + record["residual_offset"]) % 2**16
        cycles.append(does)
    return cycles


def transpose(record: dict, lanes: int) -> list[dict]:
    cycles = []
    for row in range(record["rows"]):
        cycles += [{"fill": place(record, "read", row, column)} for column in range(lanes)]
        for column in range(record["tail"] if row == record["rows"] - 1 else lanes):
            out = place(record, "write", row, column)
            residual = {"residual": (out + record["residual_offset"]) % 2**16} if record.get("residual") else {}
            cycles.append({"drain": True, "write": (out, record.get("residual", 0)), **residual})
    return cycles


ALL = {"macs": 1, "slots": 1, "blocks": 2, **PLACES, **WEIGHTS}
BACK = {name: 2**16 - PLACES[name] for name in ("read_pixel", "read_row", "write_pixel", "write_row")}
STEPS = {
    "convolution": (convolution, 16, {"kind": Kind.CONVOLUTION, "rows": 2, "columns": 3, "macs": 3, "slots": 3}),
    "depthwise": (windows, 16, {"kind": Kind.DEPTHWISE, "rows": 4, "columns": 5}),
    "depthwise stride 2": (windows, 16, {"kind": Kind.DEPTHWISE, "rows": 5, "columns": 7, "stride_2": 1}),
    "depthwise bubble": (windows, 16, {"kind": Kind.DEPTHWISE, "rows": 3, "columns": 4, "residual": 1, "slots": 2, "residual_slot": 1}),
    "depthwise 5x5": (windows, 16, {"kind": Kind.DEPTHWISE, "rows": 6, "columns": 5, "kernel_5": 1, "macs": 3, "slots": 3}),
    "depthwise 5x5 residual": (
        windows, 16,
        {"kind": Kind.DEPTHWISE, "rows": 5, "columns": 6, "kernel_5": 1, "residual": 1, "macs": 3, "slots": 3, "residual_slot": 1},
    ),
    "pointwise": (pointwise, 16, {"kind": Kind.POINTWISE, "rows": 2, "columns": 2, "macs": 6, "slots": 6}),
    "pointwise back": (pointwise, 16, {"kind": Kind.POINTWISE, "rows": 2, "columns": 2, "macs": 3, "slots": 3, **BACK}),
    "pointwise residual": (
        pointwise, 16, {"kind": Kind.POINTWISE, "rows": 1, "columns": 3, "macs": 11, "slots": 11, "residual": 1, "residual_slot": 2}
    ),
    "pointwise 32 lanes": (pointwise, 32, {"kind": Kind.POINTWISE, "rows": 1, "columns": 2, "macs": 11, "slots": 11}),
    "pointwise bubble": (
        pointwise, 8, {"kind": Kind.POINTWISE, "rows": 2, "columns": 1, "macs": 3, "slots": 4, "residual": 1, "residual_slot": 3}
    ),
    "transpose": (transpose, 4, {"kind": Kind.TRANSPOSE, "rows": 3, "columns": 8, "blocks": 1, "tail": 4}),
    "transpose residual": (transpose, 8, {"kind": Kind.TRANSPOSE, "rows": 2, "columns": 16, "blocks": 1, "residual": 1, "tail": 3}),
    "template": (windows, 16, {"kind": Kind.STORE_TEMPLATE, "rows": 3, "columns": 3}),
    "template 5x5": (windows, 16, {"kind": Kind.STORE_TEMPLATE, "rows": 5, "columns": 5, "kernel_5": 1, "macs": 3, "slots": 3}),
    "correlate": (windows, 16, {"kind": Kind.CORRELATE, "rows": 5, "columns": 4}),
}  # fmt: skip


@pytest.fixture
def sized(small):
    """An accelerator of so many lanes."""
    tiny, large = ACCELERATORS["tiny"], ACCELERATORS["ecp5-85f"]
    return {4: small, 8: tiny, 16: large, 32: type(large)(name="wide", lanes=32, map_words=16, weight_words=128)}.__getitem__


def close(seen: list[dict]) -> list[dict]:
    """Narrow accelerators take whole words: there ``end`` means nothing."""
    return [{**does, "advance": (does["advance"][0], None)} if "advance" in does else does for does in seen]


@pytest.mark.parametrize("name", STEPS)
def test_step(name, sized):
    reference, lanes, fields = STEPS[name]
    record = ALL | fields
    seen, expected = play(sized(lanes), record, ready=lambda: int(record["kind"] == Kind.CONVOLUTION)), reference(record, lanes)
    assert (seen if lanes > TAPS else close(seen)) == expected
    accelerator = sized(lanes)
    if record["kind"] != Kind.CONVOLUTION:  # its prediction includes the pixels on their way
        assert len(seen) == step_cycles(accelerator, record) - FETCH_CYCLES - accelerator.settle_cycles - STEP_DONE_CYCLES


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
def test_a_missing_pixel_window_makes_it_wait(seed, sized):
    reference, lanes, fields = STEPS["convolution"]
    record, dice = ALL | fields, random.Random(seed)
    seen = play(sized(lanes), record, ready=lambda: dice.getrandbits(1))
    assert [does for does in seen if does] == reference(record, lanes)
    assert 50 < len(seen) < 150


@pytest.mark.parametrize("patch_output", [0, 1])
def test_patch_offset(patch_output, sized):
    reference, lanes, fields = STEPS["depthwise"]
    record = ALL | fields | {"patch_output": patch_output}
    moved = record | {"write_base": record["write_base"] + 1000 * patch_output}
    assert play(sized(lanes), record, offset=1000) == reference(moved, lanes)


@pytest.mark.parametrize("after", [0, 1, 2, 9])
def test_the_step_after_an_abort_is_whole(after, sized):
    reference, lanes, fields = STEPS["pointwise"]
    assert play(sized(lanes), ALL | fields, abort_after=after) == reference(ALL | fields, lanes)
