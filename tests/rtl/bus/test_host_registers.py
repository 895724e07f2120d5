"""HostRegisters: every register by its description, runs, words, the response, and what is refused."""

import random

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.errors import Error
from siammixer.arch.registers import CORE, MAGIC, REGISTERS, VERSION, find_register
from siammixer.rtl.bus.host_registers import HostRegisters
from siammixer.sim.block import simulate
from siammixer.sim.register_bench import RegisterBench

TINY = find_accelerator("tiny")
CELL = 3
"""Cycles from an address to its cell, which is -address * address."""


class Bench(RegisterBench):
    """A core behind the registers: it is busy when told, and keeps words, starts and resets."""

    def __init__(self):
        super().__init__(HostRegisters(TINY), CORE)
        self.words, self.entries, self.resets = [], [], 0

    async def core(self, ctx) -> None:
        core, addresses = self.registers.core, [0] * CELL
        ctx.set(core.write.ready, 1)
        while True:
            _, _, address, start, entry, reset, written, word = await ctx.tick().sample(
                core.response_address,
                core.start,
                core.entry,
                self.registers.core_reset,
                core.write.valid,
                core.write.payload,
            )
            addresses = [address, *addresses[: CELL - 1]]
            ctx.set(core.response_data, -(addresses[-1] ** 2))
            ctx.set(core.refused, Error.WRITE_OUTSIDE if written and word.address == 77 else 0)
            self.entries += [entry] * start
            self.resets += reset
            if written:
                self.words.append((word.target, word.address, word.data))

    def run(self, script) -> None:
        async def whole(ctx):
            await script(ctx)

        simulate(self.registers, [whole], background=[self.core], watchdog=60_000)


@pytest.fixture
def bench():
    return Bench()


def test_what_the_core_is(bench):
    async def script(ctx):
        fingerprint = (
            await bench.read(ctx, "fingerprint_low") | await bench.read(ctx, "fingerprint_high") << 32
        )
        assert f"{fingerprint:016x}" == TINY.fingerprint
        assert (await bench.read(ctx, "identity"), await bench.read(ctx, "version")) == (MAGIC, VERSION)
        for name in ("lanes", "program_words", "weight_words", "response_words"):
            assert await bench.read(ctx, name) == getattr(TINY, name)

    bench.run(script)


def test_what_is_written_stands_in_its_bits(bench):
    async def script(ctx):
        dice = random.Random(1)
        for register in REGISTERS:
            stands = sum(field.mask for field in register.fields if field.access == "write")
            if stands and register.readable and not register.idle and register.name != "control":
                for data in (0xFFFFFFFF, 0, dice.getrandbits(32)):
                    assert not await bench.write(ctx, register.name, data)
                    assert await bench.read(ctx, register.name) == data & stands, register.name

    bench.run(script)


def test_what_is_no_register_is_refused(bench):
    """Between two registers and behind the last, unaligned, written in part, written where it only reads."""

    async def script(ctx):
        await bench.check_refusals(ctx, [*range(0x60), 0x7C, 0xFC, 0x100, 0x104, 0x420])
        assert bench.entries == [] and len(bench.words) == 1  # the one that writing word_high wrote

    bench.run(script)


def test_runs(bench):
    async def script(ctx):
        core = bench.registers.core
        assert not await bench.write(ctx, "entry", 0x123)
        for number, length in enumerate((7, 20)):
            assert not await bench.write(ctx, "control", 1)
            assert bench.entries == [0x123] * (number + 1)
            ctx.set(core.busy, 1)
            assert await bench.read(ctx, "status") & 3 == 1
            for _ in range(length):
                await ctx.tick()
            for port, value in ((core.done, 1), (core.busy, 0), (core.error, 4), (core.step, 9)):
                ctx.set(port, value)
            await ctx.tick()
            ctx.set(core.done, 0)
            assert await bench.read(ctx, "status") == 9 << 16 | 4 << 8 | 2
            cycles = await bench.read(ctx, "cycles")
            assert cycles > length and cycles == await bench.read(ctx, "cycles")
        for name, port, value in (
            ("peak_position", core.peak_position, 513),
            ("peak_value", core.peak_value, -2),
        ):
            ctx.set(port, value)
            assert await bench.read(ctx, name) == value & 0xFFFFFFFF
        assert not await bench.write(ctx, "status", 0)
        assert await bench.read(ctx, "status") & 2
        assert not await bench.write(ctx, "status", 2)
        assert not await bench.read(ctx, "status") & 2

    bench.run(script)


def test_the_cycles_of_a_run_are_from_start_to_done(bench):
    async def script(ctx):
        core, i = bench.registers.core, bench.registers.i
        address = find_register("control").address
        ctx.set(i.payload, {"write": 1, "address": address, "data": 1, "whole": 1})
        ctx.set(i.valid, 1)
        while not (await ctx.tick().sample(core.start))[2]:
            pass
        ctx.set(i.valid, 0)
        for _ in range(41):
            await ctx.tick()
        ctx.set(core.done, 1)  # the 42nd cycle after start
        await ctx.tick()
        ctx.set(core.done, 0)
        ctx.set(bench.registers.o.ready, 1)
        await ctx.tick()
        assert await bench.read(ctx, "cycles") == 42

    bench.run(script)


def test_the_interrupt_follows_done(bench):
    async def script(ctx):
        core, line = bench.registers.core, bench.registers.interrupt
        for enable in (0, 1):
            await bench.write(ctx, "interrupt", enable)
            ctx.set(core.done, 1)
            await ctx.tick()
            ctx.set(core.done, 0)
            assert ctx.get(line) == enable
            await bench.write(ctx, "status", 2)
            assert not ctx.get(line)

    bench.run(script)


def test_a_start_clears_done(bench):
    async def script(ctx):
        ctx.set(bench.registers.core.done, 1)
        await ctx.tick()
        ctx.set(bench.registers.core.done, 0)
        assert await bench.read(ctx, "status") & 2
        await bench.write(ctx, "control", 1)
        assert not await bench.read(ctx, "status") & 2

    bench.run(script)


def test_words_go_to_consecutive_addresses(bench):
    async def script(ctx):
        await bench.write(ctx, "word_address", 1 << 24 | 0x30005)
        data = [random.Random(number).getrandbits(72) for number in range(3)]
        for value in data:
            for name, place in (("word_low", 0), ("word_middle", 32), ("word_high", 64)):
                assert not await bench.write(ctx, name, value >> place & 0xFFFFFFFF)
        assert bench.words == [(1, 0x30005 + number, value) for number, value in enumerate(data)]
        assert await bench.read(ctx, "word_address") == 1 << 24 | 0x30008

    bench.run(script)


def test_a_word_that_the_core_refuses_is_an_error(bench):
    async def script(ctx):
        await bench.write(ctx, "word_address", 76)
        assert [await bench.write(ctx, "word_high", 0) for _ in range(3)] == [0, 1, 0]

    bench.run(script)


def test_the_response(bench):
    async def script(ctx):
        for first, count in ((0, 5), (300, 3)):
            assert not await bench.write(ctx, "response_address", first)
            for cell in range(first, first + count):
                assert await bench.read(ctx, "response_data") == -(cell**2) & 0xFFFFFFFF
            assert await bench.read(ctx, "response_address") == first + count

    bench.run(script)


def test_a_busy_core_is_left_alone(bench):
    """No start, no word, no cell of the response; everything else goes on."""

    async def script(ctx):
        await bench.write(ctx, "word_address", 5)
        await bench.write(ctx, "response_address", 6)
        ctx.set(bench.registers.core.busy, 1)
        assert await bench.write(ctx, "control", 1)
        assert await bench.write(ctx, "word_high", 0)
        assert await bench.access(ctx, write=0, address=find_register("response_data").address) == (0, 1)
        assert not bench.entries and not bench.words
        assert (await bench.read(ctx, "word_address"), await bench.read(ctx, "response_address")) == (5, 6)
        assert not await bench.write(ctx, "entry", 3)
        assert not await bench.write(ctx, "control", 4) and not bench.entries
        assert not ctx.get(bench.registers.drain)
        ctx.set(bench.registers.core.busy, 0)
        assert ctx.get(bench.registers.drain)
        assert await bench.read(ctx, "control") == 4

    bench.run(script)


def test_a_reset_ends_a_run(bench):
    async def script(ctx):
        await bench.write(ctx, "control", 1)
        ctx.set(bench.registers.core.busy, 1)
        assert not await bench.write(ctx, "control", 2)
        await ctx.tick()
        assert bench.resets == 1
        ctx.set(bench.registers.core.busy, 0)
        assert (await bench.read(ctx, "cycles"), await bench.read(ctx, "status") & 3) == (0, 0)
        assert await bench.read(ctx, "control") == 0

    bench.run(script)
