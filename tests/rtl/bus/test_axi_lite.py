"""AxiLite: transactions whose channels come in any order and pause as they like, in front of a memory."""

import random

import pytest

from siammixer.rtl.bus.axi_lite import OKAY, SLVERR, AxiLite
from siammixer.sim.block import simulate

WORDS = 16
REFUSED = 7
"""Every access to this word is refused."""


class Bench:
    """A memory of WORDS words behind the bus; ``accesses`` keeps what reached it."""

    def __init__(self, seed: int, stall: float):
        self.bus, self.dice, self.stall = AxiLite(), random.Random(seed), stall
        self.memory, self.accesses = [0] * WORDS, []

    async def serve(self, ctx) -> None:
        """Takes accesses and answers them, pausing before each."""
        o, i = self.bus.o, self.bus.i
        while True:
            await self.pause(ctx)
            ctx.set(o.ready, 1)
            while True:
                _, _, valid, access = await ctx.tick().sample(o.valid, o.payload)
                if valid:
                    break
            ctx.set(o.ready, 0)
            word, error = (
                access.address // 4,
                int(access.address // 4 == REFUSED or (access.write and not access.whole)),
            )
            self.accesses.append((access.write, access.address))
            if access.write and not error:
                self.memory[word] = access.data
            await self.pause(ctx)
            ctx.set(i.payload, {"data": 0 if access.write else self.memory[word], "error": error})
            ctx.set(i.valid, 1)
            while not (await ctx.tick().sample(i.ready))[2]:
                pass
            ctx.set(i.valid, 0)

    async def pause(self, ctx) -> None:
        while self.dice.random() < self.stall:
            await ctx.tick()

    async def send(self, ctx, channel: str, values: dict) -> None:
        """One transfer of a channel into the bus."""
        await self.pause(ctx)
        for name, value in values.items():
            ctx.set(getattr(self.bus.s_axi, f"{channel}{name}"), value)
        ctx.set(getattr(self.bus.s_axi, f"{channel}valid"), 1)
        while not (await ctx.tick().sample(getattr(self.bus.s_axi, f"{channel}ready")))[2]:
            pass
        ctx.set(getattr(self.bus.s_axi, f"{channel}valid"), 0)

    async def hear(self, ctx, channel: str, *names: str) -> list[int]:
        """One transfer of a channel out of the bus. It stands until it is taken."""
        valid, ready = (getattr(self.bus.s_axi, f"{channel}{name}") for name in ("valid", "ready"))
        signals, before = [getattr(self.bus.s_axi, f"{channel}{name}") for name in names], None
        while True:
            takes = self.dice.random() >= self.stall
            ctx.set(ready, takes)
            _, _, offered, *values = await ctx.tick().sample(valid, *signals)
            assert before is None or (offered and values == before)
            if offered and takes:
                ctx.set(ready, 0)
                return values
            before = values if offered else None


@pytest.mark.parametrize("stall", [0.0, 0.4, 0.8])
@pytest.mark.parametrize("seed", range(2), ids="seed={}".format)
def test_transactions_reach_the_memory_once_and_in_order(seed, stall):
    """Reads and writes go on side by side, on channels that pause by themselves."""
    bench, count = Bench(seed, stall), 60
    dice = random.Random(seed + 100)
    writes = [(dice.randrange(WORDS // 2), dice.getrandbits(32), dice.random() < 0.9) for _ in range(count)]
    reads = [WORDS // 2 + dice.randrange(WORDS // 2) for _ in range(count)]
    bench.memory[WORDS // 2 :] = [dice.getrandbits(32) for _ in range(WORDS // 2)]
    fixed = list(bench.memory)

    async def write_addresses(ctx):
        for word, _, _ in writes:
            await bench.send(ctx, "aw", {"addr": 4 * word, "prot": dice.getrandbits(3)})

    async def write_data(ctx):
        for _, data, whole in writes:
            await bench.send(ctx, "w", {"data": data, "strb": 15 if whole else dice.randrange(15)})

    async def write_responses(ctx):
        for word, _, whole in writes:
            (response,) = await bench.hear(ctx, "b", "resp")
            assert response == (OKAY if whole and word != REFUSED else SLVERR)

    async def read_addresses(ctx):
        for word in reads:
            await bench.send(ctx, "ar", {"addr": 4 * word})

    async def read_data(ctx):
        for word in reads:
            assert await bench.hear(ctx, "r", "data", "resp") == [fixed[word], OKAY]

    benches = [write_addresses, write_data, write_responses, read_addresses, read_data]
    simulate(bench.bus, benches, background=[bench.serve], watchdog=60 * count)
    assert [address // 4 for write, address in bench.accesses if write] == [word for word, *_ in writes]
    assert [address // 4 for write, address in bench.accesses if not write] == reads
    expected = fixed[: WORDS // 2]
    for word, data, whole in writes:
        expected[word] = data if whole and word != REFUSED else expected[word]
    assert bench.memory[: WORDS // 2] == expected


@pytest.mark.parametrize("order", ["address first", "data first", "together"])
def test_a_write_needs_its_address_and_its_data(order):
    bench = Bench(1, 0.0)

    async def master(ctx):
        bus = bench.bus.s_axi
        ctx.set(bus.bready, 1)
        first, second = {
            "address first": (["aw"], ["w"]),
            "data first": (["w"], ["aw"]),
            "together": ([], ["aw", "w"]),
        }[order]
        ctx.set(bus.awaddr, 4 * 3)
        ctx.set(bus.wdata, 99)
        ctx.set(bus.wstrb, 15)
        for channel in first:
            ctx.set(getattr(bus, f"{channel}valid"), 1)
            await ctx.tick()
            ctx.set(getattr(bus, f"{channel}valid"), 0)
        for _ in range(10):
            await ctx.tick()
        assert not bench.accesses
        for channel in second:
            ctx.set(getattr(bus, f"{channel}valid"), 1)
        await ctx.tick()
        for channel in second:
            ctx.set(getattr(bus, f"{channel}valid"), 0)
        assert await bench.hear(ctx, "b", "resp") == [OKAY]
        assert bench.memory[3] == 99

    simulate(bench.bus, [master], background=[bench.serve])


def test_reads_and_writes_that_wait_take_turns():
    bench, count = Bench(1, 0.0), 20

    async def writer(ctx):
        for _ in range(count):
            for channel, values in (("aw", {"addr": 0}), ("w", {"data": 1, "strb": 15})):
                await bench.send(ctx, channel, values)

    async def reader(ctx):
        for _ in range(count):
            await bench.send(ctx, "ar", {"addr": 4})

    async def responses(ctx):
        ctx.set(bench.bus.s_axi.bready, 1)
        ctx.set(bench.bus.s_axi.rready, 1)
        while len(bench.accesses) < 2 * count:
            await ctx.tick()

    simulate(bench.bus, [writer, reader, responses], background=[bench.serve])
    kinds = [write for write, _ in bench.accesses]
    assert kinds[4 : 2 * count - 4] in ([0, 1] * (count - 4), [1, 0] * (count - 4))
