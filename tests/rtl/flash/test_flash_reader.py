"""A flash read through its pins: every byte in its cycle, at any pace, and what the flash sees."""

import gc
import random

import pytest

from siammixer.arch.flash import ADDRESS, FlashTiming
from siammixer.ir.errors import InputError
from siammixer.rtl.flash.flash_reader import FlashReader
from siammixer.sim.block import simulate, stream_get, watch
from siammixer.sim.flash import CAPACITY, READ, WAKE, FlashModel, at_pins

CONTENT = bytes(random.Random(1).randbytes(40))
TIMINGS = [FlashTiming(half_cycles=half, wait_cycles=wait) for half, wait in ((1, 1), (2, 8), (3, 4), (5, 2))]


def read(timing, model, count, *, delay=0, stall=0.0, address=ADDRESS):
    """The first bytes of a flash, and the cycle of each; the first with ``run`` is 0."""
    reader = FlashReader(timing, address)
    check, transfers = watch(reader.o, "bytes")

    async def bench(ctx):
        ctx.set(reader.run, 1)
        await stream_get(ctx, reader.o, count, stall=stall)

    simulate(reader, [bench], background=[check, at_pins(reader.pins, model, delay)])
    return bytes(transfers.payloads), transfers.cycles


@pytest.mark.parametrize("timing", TIMINGS, ids=str)
def test_every_byte_in_its_cycle(timing):
    model = FlashModel(CONTENT)
    found, cycles = read(timing, model, len(CONTENT))
    assert found == CONTENT
    assert cycles == [timing.read_cycles(count) for count in range(1, len(CONTENT) + 1)]
    assert model.commands == [WAKE, READ] and not model.unclear


@pytest.mark.parametrize("half", [1, 2, 3])
def test_a_bit_has_its_time_to_come_back(half):
    """The way there and back may take all but the last cycle of the line's."""
    timing = FlashTiming(half_cycles=half, wait_cycles=4)
    assert read(timing, FlashModel(CONTENT), 4, delay=2 * half - 2)[0] == CONTENT[:4]
    assert read(timing, FlashModel(CONTENT), 4, delay=2 * half - 1)[0] != CONTENT[:4]


@pytest.mark.parametrize("stall", [0.3, 0.97])
@pytest.mark.parametrize("timing", TIMINGS[:2], ids=str)
def test_at_any_pace(timing, stall):
    model = FlashModel(CONTENT)
    found, cycles = read(timing, model, len(CONTENT), stall=stall)
    assert found == CONTENT and cycles[-1] > timing.read_cycles(len(CONTENT)) and not model.unclear


@pytest.mark.parametrize("address", [0, 5, 0x123456, CAPACITY - 2])
def test_from_any_address(address):
    model = FlashModel(CONTENT, address=address)
    assert read(TIMINGS[0], model, 2, address=address)[0] == CONTENT[:2]


def test_a_flash_asleep_is_woken_and_given_its_time():
    timing = FlashTiming(half_cycles=2, wait_cycles=16)
    for needed, found in ((16, CONTENT[:3]), (17, b"\xff" * 3)):
        model = FlashModel(CONTENT, asleep=True, wake_cycles=needed)
        assert read(timing, model, 3, delay=1)[0] == found


def test_it_leaves_at_once_and_begins_anew():
    """In every cycle of a run, also in the middle of a command and of a bit, and at once again."""
    timing = FlashTiming(half_cycles=1, wait_cycles=2)
    reader, model = FlashReader(timing), FlashModel(CONTENT)
    lengths = [*range(1, timing.read_cycles(3), 5), timing.read_cycles(3)]
    found, selected = [], []

    async def bench(ctx):
        ctx.set(reader.o.ready, 1)
        for length in lengths:
            ctx.set(reader.run, 1)
            bytes_ = []
            for _ in range(length + 1):
                _, _, valid, byte = await ctx.tick().sample(reader.o.valid, reader.o.payload)
                bytes_ += [byte] * valid
            found.append(bytes(bytes_))
            ctx.set(reader.run, 0)
            await ctx.tick()
            selected.append(not ctx.get(reader.pins.cs_n) or ctx.get(reader.pins.clk))

    simulate(reader, [bench], background=[at_pins(reader.pins, model)])
    assert found == [
        CONTENT[: sum(timing.read_cycles(n + 1) <= length for n in range(3))] for length in lengths
    ]
    assert not any(selected) and not model.unclear


@pytest.mark.parametrize("address", [-1, 1 << 24])
@pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")
def test_an_address_that_the_command_has_no_room_for(address):
    with pytest.raises(InputError, match=f"an address in the flash must be 0 to 16777215, not {address}"):
        FlashReader(TIMINGS[0], address)
    gc.collect()  # what was refused is never used: that it says so is ignored here, and only here
