"""ReportLine: every field at its ends; a line that is written is finished."""

import random

from siammixer.arch.tracker import TrackerDesign
from siammixer.ir.catalogue import NETWORKS
from siammixer.rtl.console.report_line import BOX, ReportLine
from siammixer.sim.block import simulate, stream_get
from siammixer.tracking.settings import Settings

DESIGN = TrackerDesign.of(NETWORKS["siammixer"], Settings().shares())


def test_report_lines():
    """Every field at its ends; news that come while a line is written are left out."""
    block, dice = ReportLine(DESIGN), random.Random(2)
    ends = {
        name: (0, 1, (1 << getattr(block, name).shape().width) - 1) for name in ("state", "code", "skipped")
    }
    for name in BOX:
        shape = getattr(block, name).shape()
        low = -(1 << (shape.width - 1)) if shape.signed else 0
        ends[name] = (low, 0, low + (1 << shape.width) - 1)

    async def bench(ctx):
        for _ in range(12):
            values = {name: dice.choice(some) for name, some in ends.items()}
            for name, value in values.items():
                ctx.set(getattr(block, name), value)
            ctx.set(block.told, 1)
            await ctx.tick()
            for name in values:
                ctx.set(getattr(block, name), 0)  # only the cycle of told counts
            await ctx.tick()
            ctx.set(block.told, 0)
            line = " ".join(map(str, values.values())) + "\r\n"
            found = bytes(await stream_get(ctx, block.o, len(line), stall=0.3, seed=line)).decode()
            assert found == line and len(line) <= 60
            for _ in range(40):
                await ctx.tick()
                assert not ctx.get(block.o.valid)

    simulate(block, [bench], watchdog=100_000)
