"""Accesses to the memories: as many as the address generator issues, step by step."""

import pytest

from siammixer.arch.accelerator import ACCELERATORS
from siammixer.compiler.analysis.accesses import MEMORIES, Accesses, accesses, step_accesses
from siammixer.compiler.compile import compile_branch
from siammixer.ir.catalogue import NETWORKS
from siammixer.rtl.control.address_generator import AddressGenerator
from siammixer.sim.block import simulate

TINY, DEFAULT = ACCELERATORS["tiny"], ACCELERATORS["ecp5-85f"]
LONGEST = 4000  # cycles of a step that is played


def shortest(accelerator, network: str) -> dict:
    """The shortest step of each kind that the network has: (kind, fused, residual) -> fields."""
    found = {}
    for branch in ("template", "search"):
        plan = compile_branch(NETWORKS[network], accelerator, None, branch)
        for step in sorted(plan.steps, key=lambda step: step.cycles):
            kind = (step.kind, bool(step.fields.get("fused")), bool(step.fields.get("residual")))
            if step.cycles < LONGEST:
                found.setdefault(kind, dict(step.fields))
    return found


def issued(accelerator, fields: dict) -> dict[str, Accesses]:
    """Accesses that the address generator issues for an instruction."""
    generator = AddressGenerator(accelerator)
    reads, stores, maps, responds = [], [], [], []

    async def bench(ctx) -> None:
        ctx.set(generator.instruction, fields)
        ctx.set(generator.window_ready, 1)
        await ctx.tick()
        ctx.set(generator.begin, 1)
        await ctx.tick()
        ctx.set(generator.begin, 0)
        busy = 1
        while busy:
            _, _, busy, issue = await ctx.tick().sample(generator.busy, generator.issue)
            lane = issue.lane
            reads.append(lane.multiply | lane.load)
            stores.append(lane.store)
            maps.append(issue.advance | issue.residual_read | (lane.push & ~lane.fused & 1))
            responds.append(issue.respond)

    simulate(generator, [bench], watchdog=2 * LONGEST)
    return {
        "weights": Accesses(reads=sum(reads), writes=sum(stores)),
        "feature maps": Accesses(reads=sum(maps)),
        "response": Accesses(reads=sum(responds), writes=sum(responds)),
    }


@pytest.mark.parametrize(("accelerator", "network"), [(TINY, "tiny"), (DEFAULT, "siammixer")])
def test_a_step_accesses_what_is_issued(accelerator, network):
    steps = shortest(accelerator, network)
    assert {kind for kind, _, _ in steps} >= {"depthwise", "pointwise", "store_template", "correlate"}
    for kind, fields in steps.items():
        told = step_accesses(accelerator, fields)
        for memory, count in issued(accelerator, fields).items():
            assert told.get(memory, Accesses()) == count, (kind, memory)


def test_a_run_accesses_every_memory():
    plan = compile_branch(NETWORKS["tiny"], TINY, None, "search")
    found = accesses(plan)
    assert tuple(found) == MEMORIES
    assert found["response"] == Accesses(reads=125, writes=125)  # 5 x 5 cells, five blocks of channels
    assert found["weights"].writes == 0 and found["feature maps"].writes > 0
    assert found["weights"].reads < plan.predicted_cycles
