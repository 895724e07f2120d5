"""The link from byte to byte, on a core of constants: damage is counted, and a session opens whatever stands
in its way.
"""

from siammixer.arch.accelerator import ACCELERATORS
from siammixer.arch.link import ANSWER, PAYLOAD_BYTES, STATUS, WINDOW, Kind, Verdict
from siammixer.driver.frame import Decoder, encode
from siammixer.rtl.link.link import Link
from siammixer.sim.block import simulate

TINY = ACCELERATORS["tiny"]


async def send(ctx, link, data):
    for byte in data:
        ctx.set(link.i.valid, 1)
        ctx.set(link.i.payload, byte)
        await ctx.tick()
    ctx.set(link.i.valid, 0)


async def hear(ctx, link, count, cycles=3000):
    """The next ``count`` messages."""
    decoder, messages = Decoder(), []
    ctx.set(link.o.ready, 1)
    for _ in range(cycles):
        _, _, valid, byte = await ctx.tick().sample(link.o.valid, link.o.payload)
        if valid:
            messages += decoder.feed(bytes([byte]))
        if len(messages) == count:
            return messages
    raise AssertionError(f"{len(messages)} answers of {count} came")


async def open_session(ctx, link, number=9):
    await send(ctx, link, encode(bytes([Kind.OPEN, number])))
    (answer,) = await hear(ctx, link, 1)
    assert list(answer[:4]) == [Kind.OPEN | ANSWER, number, Verdict.DONE, 0]


def run(bench):
    link = Link(TINY, clock_hz=10_000)  # the time-out is 1,000 cycles

    async def whole(ctx):
        await bench(ctx, link)

    simulate(link, [whole], watchdog=60_000)


def status(answer):
    assert answer[0] == Kind.STATUS | ANSWER and answer[2] == Verdict.DONE
    return {
        name: int.from_bytes(answer[4 + STATUS.fields[name][1] :][: STATUS[name].itemsize], "little")
        for name in STATUS.names
    }


def test_damaged_frames_are_counted_until_the_next_session():
    async def bench(ctx, link):
        await open_session(ctx, link)
        right = encode(bytes([Kind.STATUS, 0]))
        await send(ctx, link, right[:3] + b"!" + right[4:] + right[:5])
        for _ in range(1010):
            await ctx.tick()
        ctx.set(link.framing_error, 1)
        await ctx.tick()
        ctx.set(link.framing_error, 0)
        await send(ctx, link, right)
        (answer,) = await hear(ctx, link, 1)
        assert (status(answer)["damaged"], status(answer)["framing_errors"]) == (2, 1)
        await open_session(ctx, link)
        await send(ctx, link, right)
        (answer,) = await hear(ctx, link, 1)
        assert (status(answer)["damaged"], status(answer)["framing_errors"]) == (0, 0)

    run(bench)


def test_a_session_opens_behind_a_full_buffer():
    """A core that takes no pixel; a window of pixels and requests for which there is no room, then OPEN."""

    async def bench(ctx, link):
        await open_session(ctx, link)
        ctx.set(link.core.busy, 1)
        for number in range(WINDOW + 2):
            await send(ctx, link, encode(bytes([Kind.PIXELS, number]) + bytes(PAYLOAD_BYTES)))
        for number in range(40):
            await send(ctx, link, encode(bytes([Kind.STATUS, number])))
        await send(ctx, link, encode(bytes([Kind.OPEN, 33])))
        (first,) = await hear(ctx, link, 1)
        ctx.set(link.core.busy, 0)
        (second,) = await hear(ctx, link, 1)
        assert list(first[:3]) == [Kind.PIXELS | ANSWER, 0, Verdict.NOT_RUNNING]
        assert list(second[:4]) == [Kind.OPEN | ANSWER, 33, Verdict.DONE, 0]
        await send(ctx, link, encode(bytes([Kind.STATUS, 0])))
        assert status((await hear(ctx, link, 1))[0])["damaged"] == 0

    run(bench)


def test_the_buffer_holds_a_whole_window():
    """The window is one of the longest requests; each is answered once the core takes its pixels."""

    async def bench(ctx, link):
        await open_session(ctx, link)
        ctx.set(link.core.busy, 1)
        for number in range(WINDOW):
            await send(
                ctx, link, encode(bytes([Kind.PIXELS, number]) + bytes(PAYLOAD_BYTES - 1))
            )  # 169 pixels
        ctx.set(link.core.pixels.ready, 1)
        answers = await hear(ctx, link, WINDOW, cycles=WINDOW * 169 * 25)
        assert [list(answer[:3]) for answer in answers] == [
            [Kind.PIXELS | ANSWER, number, Verdict.DONE] for number in range(WINDOW)
        ]

    run(bench)
