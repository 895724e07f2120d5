"""Requests on a core made of test benches: what each does to its ports and answers, and what bad ones do
not.
"""

import pytest

from siammixer.arch.accelerator import ACCELERATORS
from siammixer.arch.link import (
    ANSWER,
    IDENTITY,
    NUMBERS,
    PAYLOAD_BYTES,
    RESPONSE_CELLS,
    STATUS,
    VERSION,
    WINDOW,
    Kind,
    Verdict,
)
from siammixer.rtl.link.link_requests import Requests
from siammixer.rtl.link.request_registers import RESET_CYCLES
from siammixer.sim.block import simulate, watch

TINY = ACCELERATORS["tiny"]
CLOCK_HZ = 1_000_000
ENTRY = bytes([0x34, 0x12])
FLUSH = 400


class Core:
    """A host and a core around the requests; the core is busy from start until told otherwise, and for FLUSH
    cycles after a reset.

    Records words written, pixels taken, entries of starts, and resets. Response cell n is -n * n.
    """

    def __init__(self):
        self.requests = Requests(TINY, clock_hz=CLOCK_HZ)
        self.writes, self.pixels, self.entries, self.resets = [], [], [], 0
        self.hungry = True  # takes pixels

    @property
    def starts(self):
        return len(self.entries)

    async def background(self, ctx):
        core, addresses, flush = self.requests.core, [0] * 3, 0
        ctx.set(core.write.ready, 1)
        while True:
            ctx.set(core.pixels.ready, self.hungry)
            write, pixel = core.write, core.pixels
            (
                _,
                _,
                start,
                entry,
                reset,
                written,
                word,
                offered,
                ready,
                colours,
                address,
            ) = await ctx.tick().sample(
                core.start,
                core.entry,
                self.requests.core_reset,
                write.valid,
                write.payload,
                pixel.valid,
                pixel.ready,
                pixel.payload,
                core.response_address,
            )
            flush = FLUSH if reset else max(flush - 1, 0)
            if start or reset or flush == 1:
                ctx.set(core.busy, start or flush > 1)
            self.entries += [entry] * start
            self.resets += reset
            if written:
                self.writes.append((word.target, word.address, word.data))
            if offered and ready:
                self.pixels.append((colours.red, colours.green, colours.blue, colours.last))
            addresses = [address, *addresses[:2]]
            ctx.set(core.response_data, -(addresses[-1] ** 2))

    async def say(self, ctx, kind, number, payload=b""):
        """One request, byte after byte; returns when its last byte is taken."""
        i = self.requests.i
        message = bytes([kind, number]) + payload
        for index, byte in enumerate(message):
            ctx.set(i.valid, 1)
            ctx.set(i.payload, {"byte": byte, "last": index == len(message) - 1})
            while not (await ctx.tick().sample(i.ready))[2]:
                pass
        ctx.set(i.valid, 0)

    async def hear(self, ctx):
        """The next answer: kind, number, verdict, next number, payload."""
        o, message = self.requests.o, bytearray()
        ctx.set(o.ready, 1)
        while True:
            _, _, valid, payload = await ctx.tick().sample(o.valid, o.payload)
            if valid:
                message.append(payload.byte)
                if payload.last:
                    ctx.set(o.ready, 0)
                    return message[0], message[1], Verdict(message[2]), message[3], bytes(message[4:])

    async def ask(self, ctx, kind, number, payload=b""):
        await self.say(ctx, kind, number, payload)
        answer = await self.hear(ctx)
        assert answer[:2] == (kind | ANSWER, number)
        return answer[2:]

    async def open(self, ctx, number=99):
        """Asks for a session in the way of its own."""
        ctx.set(self.requests.open, 1)
        ctx.set(self.requests.open_number, number)
        await ctx.tick()
        ctx.set(self.requests.open, 0)
        answer = await self.hear(ctx)
        assert answer[:4] == (Kind.OPEN | ANSWER, number, Verdict.DONE, 0)
        return answer[4]


def run(bench, watchdog=20_000):
    core = Core()
    rules, _ = watch(core.requests.o)

    async def whole(ctx):
        await bench(ctx, core)

    simulate(core.requests, [whole], background=[core.background, rules], watchdog=watchdog)


def head(address, lane, target):
    return address.to_bytes(2, "little") + bytes([lane, target])


def test_open_tells_the_identity_and_resets_the_core():
    async def bench(ctx, core):
        sizes = (TINY.lanes, TINY.program_words, TINY.weight_words, TINY.response_words)
        told = (VERSION, WINDOW, PAYLOAD_BYTES, int(TINY.fingerprint, 16), CLOCK_HZ, *sizes)
        for round_ in range(1, 3):
            payload = await core.open(ctx, number=round_)
            assert len(payload) == IDENTITY.itemsize
            assert tuple(payload[start : start + size] for start, size in fields(IDENTITY)) == tuple(
                value.to_bytes(size, "little")
                for value, (_, size) in zip(told, fields(IDENTITY), strict=True)
            )
            assert core.resets >= round_ * RESET_CYCLES

    run(bench)


def fields(record):
    """Offset and bytes of each."""
    return [(record.fields[name][1], record[name].itemsize) for name in record.names]


def test_nothing_is_executed_before_a_session():
    async def bench(ctx, core):
        for number in (0, 5):
            assert (await core.ask(ctx, Kind.START, number, ENTRY))[0] == Verdict.CLOSED
        assert core.starts == 0

    run(bench)


def test_words_go_to_consecutive_addresses():
    async def bench(ctx, core):
        await core.open(ctx)
        words = bytes(range(27))
        assert (await core.ask(ctx, Kind.WRITE, 0, head(0x1FE, 3, 1) + words)) == (Verdict.DONE, 1, b"")
        assert (await core.ask(ctx, Kind.WRITE, 1, head(7, 0, 0) + words[:9])) == (Verdict.DONE, 2, b"")
        data = [int.from_bytes(words[start : start + 9], "little") for start in (0, 9, 18)]
        assert core.writes == [
            (1, 0x301FE, data[0]),
            (1, 0x301FF, data[1]),
            (1, 0x30200, data[2]),
            (0, 7, data[0]),
        ]

    run(bench)


def test_pixels_go_to_a_running_core():
    async def bench(ctx, core):
        await core.open(ctx)
        assert (await core.ask(ctx, Kind.PIXELS, 0, bytes(3)))[0] == Verdict.NOT_RUNNING
        assert (await core.ask(ctx, Kind.START, 1, ENTRY))[0] == Verdict.DONE
        assert (await core.ask(ctx, Kind.PIXELS, 2, bytes(range(6))))[0] == Verdict.DONE
        assert (await core.ask(ctx, Kind.LAST_PIXELS, 3, bytes(range(6, 12))))[0] == Verdict.DONE
        assert core.pixels == [(0, 1, 2, 0), (3, 4, 5, 0), (6, 7, 8, 0), (9, 10, 11, 1)] and core.starts == 1
        assert (await core.ask(ctx, Kind.START, 4, ENTRY))[0] == Verdict.BUSY
        assert (await core.ask(ctx, Kind.WRITE, 5, head(0, 0, 0) + bytes(9)))[0] == Verdict.BUSY
        assert (await core.ask(ctx, Kind.RESPONSE, 6, bytes([0, 0, 1, 0]))) == (Verdict.BUSY, 7, b"")
        assert core.starts == 1 and not core.writes

    run(bench)


def test_a_run_starts_at_its_entry():
    async def bench(ctx, core):
        await core.open(ctx)
        entries = (0, 1, 0x1234, 0xFFFF)
        for number, entry in enumerate(entries):
            answer = await core.ask(ctx, Kind.START, number, entry.to_bytes(2, "little"))
            assert answer == (Verdict.DONE, number + 1, b"")
            ctx.set(core.requests.core.busy, 0)
        assert core.entries == list(entries)

    run(bench)


def test_open_waits_until_the_core_is_free():
    async def bench(ctx, core):
        for _ in range(2):
            await core.open(ctx)
            assert not ctx.get(core.requests.core.busy)
            await core.ask(ctx, Kind.START, 0, ENTRY)

    run(bench)


def test_a_run_that_ends_drops_the_pixels_left():
    async def bench(ctx, core):
        await core.open(ctx)
        await core.ask(ctx, Kind.START, 0, ENTRY)
        core.hungry = False
        await core.say(ctx, Kind.PIXELS, 1, bytes(3))
        for _ in range(50):
            await ctx.tick()
        ctx.set(core.requests.core.busy, 0)
        assert (await core.hear(ctx))[2] == Verdict.NOT_RUNNING
        assert not core.pixels

    run(bench)


def test_status_and_its_cycles():
    async def bench(ctx, core):
        await core.open(ctx)
        port = core.requests.core
        for name, value in (("error", 4), ("step", 300), ("peak_position", 515), ("peak_value", -2)):
            ctx.set(getattr(port, name), value)
        for name, value in (("damaged", 258), ("framing_errors", 3)):
            ctx.set(getattr(core.requests, name), value)
        await core.say(ctx, Kind.START, 0, ENTRY)
        while not (await ctx.tick().sample(port.start))[2]:
            pass
        for _ in range(99):
            await ctx.tick()
        ctx.set(port.done, 1)  # in the hundredth cycle after start
        ctx.set(port.busy, 0)
        await ctx.tick()
        ctx.set(port.done, 0)
        await core.hear(ctx)
        for number in (1, 2):
            verdict, _, payload = await core.ask(ctx, Kind.STATUS, number)
            assert verdict == Verdict.DONE
            assert status(payload) == [0, 4, 300, 100, 515, -2, 258, 3]

    run(bench)


def status(payload):
    return [
        int.from_bytes(payload[start : start + size], "little", signed=True) for start, size in fields(STATUS)
    ]


def test_a_session_begins_with_no_cycles():
    """Also where it ends a run."""

    async def bench(ctx, core):
        await core.open(ctx)
        await core.ask(ctx, Kind.START, 0, ENTRY)
        await core.open(ctx)
        for number in range(2):
            assert status((await core.ask(ctx, Kind.STATUS, number))[2])[3] == 0

    run(bench)


def test_response_cells():
    async def bench(ctx, core):
        await core.open(ctx)
        for number, (address, cells) in enumerate([(0, 1), (5, 3), (0, 0), (300, 2), (7, RESPONSE_CELLS)]):
            payload = address.to_bytes(2, "little") + cells.to_bytes(2, "little")
            verdict, _, data = await core.ask(ctx, Kind.RESPONSE, number, payload)
            found = [
                int.from_bytes(data[start : start + 4], "little", signed=True)
                for start in range(0, len(data), 4)
            ]
            assert (verdict, found) == (Verdict.DONE, [-((address + cell) ** 2) for cell in range(cells)])

    run(bench)


def test_a_repetition_is_answered_again_and_not_executed():
    async def bench(ctx, core):
        await core.open(ctx)
        requests = [(Kind.START, ENTRY), (Kind.START, ENTRY), (Kind.PIXELS, bytes(3)), (Kind.STATUS, b"")] * 2
        answers = [
            await core.ask(ctx, kind, number, payload) for number, (kind, payload) in enumerate(requests)
        ]
        assert [verdict for verdict, *_ in answers[:4]] == [
            Verdict.DONE,
            Verdict.BUSY,
            Verdict.DONE,
            Verdict.DONE,
        ]
        assert len(requests) == WINDOW
        for number, (kind, payload) in enumerate(requests):
            verdict, following, _ = await core.ask(ctx, kind, number, payload)
            assert (verdict, following) == (answers[number][0], WINDOW)
        assert core.starts == 1 and len(core.pixels) == 2

    run(bench)


@pytest.mark.parametrize("number", [1, 100, NUMBERS - WINDOW - 1])
def test_another_number_changes_nothing(number):
    async def bench(ctx, core):
        await core.open(ctx)
        assert (await core.ask(ctx, Kind.START, number, ENTRY)) == (Verdict.OUT_OF_ORDER, 0, b"")
        assert (await core.ask(ctx, Kind.STATUS, number)) == (Verdict.OUT_OF_ORDER, 0, b"")
        assert core.starts == 0

    run(bench)


def test_numbers_go_round():
    async def bench(ctx, core):
        await core.open(ctx)
        for number in range(NUMBERS + 20):
            assert (await core.ask(ctx, Kind.START, number % NUMBERS, ENTRY))[:2] == (
                Verdict.BUSY if number else Verdict.DONE,
                (number + 1) % NUMBERS,
            )
        assert core.starts == 1

    run(bench)


MALFORMED = {
    "no such kind": (77, b""),
    "write without address": (Kind.WRITE, b""),
    "write with half an address": (Kind.WRITE, bytes(2)),
    "write to no memory": (Kind.WRITE, head(0, 0, 2) + bytes(9)),
    "half a word": (Kind.WRITE, head(0, 0, 0) + bytes(9) + bytes(4)),
    "start without entry": (Kind.START, b""),
    "start with half an entry": (Kind.START, bytes(1)),
    "start with more than an entry": (Kind.START, bytes(3)),
    "half a pixel": (Kind.PIXELS, bytes(4)),
    "response without address": (Kind.RESPONSE, b""),
    "half a request for the response": (Kind.RESPONSE, bytes(3)),
    "too long a request for the response": (Kind.RESPONSE, bytes(5)),
    "more cells than an answer holds": (Kind.RESPONSE, bytes([0, 0, 129, 0])),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_malformed_is_refused_and_the_next_executed(name):
    kind, payload = MALFORMED[name]

    async def bench(ctx, core):
        await core.open(ctx)
        if kind == Kind.PIXELS:
            await core.ask(ctx, Kind.START, 0, ENTRY)
        number = core.starts
        assert (await core.ask(ctx, kind, number, payload)) == (Verdict.MALFORMED, number + 1, b"")
        assert (await core.ask(ctx, Kind.STATUS, number + 1))[0] == Verdict.DONE
        assert len(core.writes) == (name == "half a word")

    run(bench)


def test_open_frees_a_core_that_takes_no_pixels():
    """In the middle of a pixel request: it is answered, the core reset, and the session new; nothing is left
    of the old one.
    """

    async def bench(ctx, core):
        await core.open(ctx)
        await core.ask(ctx, Kind.START, 0, ENTRY)
        core.hungry = False
        await core.say(ctx, Kind.PIXELS, 1, bytes(3))
        ctx.set(core.requests.open, 1)
        ctx.set(core.requests.open_number, 50)
        await ctx.tick()
        ctx.set(core.requests.open, 0)
        assert (await core.hear(ctx))[:3] == (Kind.PIXELS | ANSWER, 1, Verdict.NOT_RUNNING)
        assert (await core.hear(ctx))[:4] == (Kind.OPEN | ANSWER, 50, Verdict.DONE, 0)
        core.hungry = True
        assert (await core.ask(ctx, Kind.START, 0, ENTRY))[0] == Verdict.DONE
        assert core.starts == 2 and not core.pixels

    run(bench)
