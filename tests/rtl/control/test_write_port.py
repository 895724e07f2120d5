"""The write port: where words go, which are dropped, and what is told of them."""

from dataclasses import replace

import pytest

from siammixer.arch.errors import Error
from siammixer.arch.link import LANE_ADDRESS_BITS, Target
from siammixer.rtl.control.write_port import WritePort
from siammixer.sim.block import simulate

DATA = 0x12_3456789A_BCDEF012


@pytest.fixture
def odd(small):
    """Its memories end in the middle of their address ranges."""
    return replace(small, program_words=100, weight_words=200)


async def offered(ctx, port: WritePort, target: int, address: int, *, busy: int = 0, open: int = 1) -> dict:
    """The outputs in the cycle after a word was offered."""
    ctx.set(port.i.payload, {"target": target, "address": address, "data": DATA})
    for signal, value in ((port.i.valid, 1), (port.open, open), (port.busy, busy)):
        ctx.set(signal, value)
    assert ctx.get(port.i.ready) == open
    await ctx.tick()
    ctx.set(port.i.valid, 0)
    program, weights = port.program, port.weights
    result = {
        "program": (ctx.get(program.address), ctx.get(program.data)) if ctx.get(program.enable) else None,
        "weights": tuple(ctx.get(weights[name]) for name in ("lane", "address", "data"))
        if ctx.get(weights.enable)
        else None,
        "refused": Error(ctx.get(port.refused)),
    }
    await ctx.tick()
    for enable in (program.enable, weights.enable, port.refused):
        assert not ctx.get(enable)
    return result


NOTHING = {"program": None, "weights": None, "refused": Error.NONE}


def check(accelerator, cases) -> None:
    """Each case: the arguments of :func:`offered`, and what it must give beside nothing."""
    port = WritePort(accelerator)

    async def script(ctx):
        for given, options, expected in cases:
            assert await offered(ctx, port, *given, **options) == NOTHING | expected, (given, options)

    simulate(port, [script])


def test_words_reach_their_memory(odd):
    lane = 1 << LANE_ADDRESS_BITS
    check(
        odd,
        [
            *(((Target.PROGRAM, at), {}, {"program": (at, DATA & 0xFFFFFFFF)}) for at in (0, 1, 64, 99)),
            *(
                ((Target.WEIGHTS, number * lane + at), {}, {"weights": (number, at, DATA)})
                for number in range(odd.lanes)
                for at in (0, 128, 199)
            ),
        ],
    )


def test_words_past_the_end_are_refused(odd):
    """None of them is written to where its low bits point."""
    lane, told = 1 << LANE_ADDRESS_BITS, {"refused": Error.WRITE_OUTSIDE}
    outside = [
        *((Target.PROGRAM, at) for at in (100, 127, 128, 1 << 15, 1 << 16, (1 << 24) - 1)),
        *((Target.WEIGHTS, at) for at in (200, 255, 256, 0xFFFF, odd.lanes * lane, 128 * lane + 3)),
        *((target, 0) for target in (2, 3)),
    ]
    check(odd, [(given, {}, told) for given in outside])


def test_words_during_a_run_are_refused(odd):
    told = {"refused": Error.WRITE_WHILE_BUSY}
    check(odd, [((target, at), {"busy": 1}, told) for target in range(4) for at in (0, 1 << 23)])


def test_words_that_are_not_taken_are_nothing(odd):
    check(odd, [((target, at), {"open": 0}, {}) for target in range(4) for at in (0, 1 << 23)])
