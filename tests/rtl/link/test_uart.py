"""The serial line: every byte both ways, how wrong a sender's clock may be, disturbances, what is refused."""

import random

import pytest

from siammixer.ir.errors import InputError
from siammixer.rtl.link.uart import LARGEST_ERROR, SHORTEST_BIT, UartReceiver, UartTransmitter, bit_cycles
from siammixer.sim.block import simulate, stream_put


def levels(frames, cycles, phase=0.0):
    """The line in every clock cycle, where each frame is the ten bits of a byte, ``cycles`` long each; 20
    idle bits around.
    """
    bits = [1] * 20 + [bit for frame in frames for bit in frame] + [1] * 20
    return [bits[int((cycle + phase) / cycles)] for cycle in range(int((len(bits) - 1) * cycles))]


def frame(byte, stop=1):
    return [0, *(byte >> bit & 1 for bit in range(8)), stop]


def received(cycles, line):
    """The bytes of a line, and the number of framing errors."""
    receiver, found, errors = UartReceiver(cycles), [], []

    async def bench(ctx):
        for level in line:
            ctx.set(receiver.rx, level)
            _, _, valid, byte, error = await ctx.tick().sample(
                receiver.o.valid, receiver.o.payload, receiver.framing_error
            )
            found.extend([byte] * valid)
            errors.append(error)

    simulate(receiver, [bench], watchdog=len(line) + 2)
    return found, sum(errors)


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize(
    ("cycles", "error"), [(4, 0.0), (4, 0.02), (4, -0.02), (5, 0.0), (30, 0.04), (30, -0.04), (31, 0.0)]
)
def test_receiver(cycles, error, seed):
    dice = random.Random(seed)
    data = [0x00, 0xFF, 0x55, 0x00, *dice.choices(range(256), k=4)]
    for phase in (0.0, 0.6):
        assert received(cycles, levels(map(frame, data), cycles * (1 + error), phase)) == (data, 0)


def test_a_sender_too_slow_is_noticed():
    """At 7 % the sample of the stop bit lies in the bit before it."""
    found, errors = received(30, levels([frame(0x00)] * 3, 30 * 1.07))
    assert errors and found != [0x00] * 3


def test_a_byte_without_stop_bit_is_dropped_and_the_next_received():
    line = levels([frame(1), frame(0x55, stop=0), [0] * 25, [1], frame(3)], 8)
    assert received(8, line) == ([1, 3], 1)


def test_a_short_disturbance_is_no_start_bit():
    line = levels([frame(7)], 16)
    for cycle in (20, 60, 100):
        line[cycle : cycle + 7] = [0] * 7
    assert received(16, line) == ([7], 0)


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize("stall", [0.0, 0.9])
@pytest.mark.parametrize("cycles", [4, 7])
def test_transmitter(cycles, stall, seed):
    """As the receiver reads it; without stalls the bytes follow each other with one stop bit."""
    data = random.Random(seed).choices(range(256), k=12)
    transmitter, line = UartTransmitter(cycles), []

    async def put(ctx):
        await stream_put(ctx, transmitter.i, data, stall=stall, seed=seed)
        for _ in range(12 * cycles):
            await ctx.tick()

    async def see(ctx):
        while True:
            line.append((await ctx.tick().sample(transmitter.tx))[2])

    simulate(transmitter, [put], background=[see])
    assert received(cycles, [*line, *[1] * 12 * cycles]) == (data, 0)
    if not stall:
        begin = line.index(0)
        assert line[begin : begin + 10 * cycles * len(data)] == [
            bit for byte in data for bit in frame(byte) for _ in range(cycles)
        ]


@pytest.mark.parametrize(
    ("clock_hz", "baud", "cycles"),
    [(90e6, 3_000_000, 30), (12e6, 3_000_000, 4), (62.5e6, 3_000_000, 21), (25e6, 115_200, 217)],
)
def test_bit_cycles(clock_hz, baud, cycles):
    assert bit_cycles(clock_hz, baud) == cycles >= SHORTEST_BIT
    assert abs(clock_hz / cycles / baud - 1) <= LARGEST_ERROR


@pytest.mark.parametrize(
    ("clock_hz", "baud", "message"),
    [
        (25e6, 12_000_000, "baud must be 1 to 6250000 at a clock of 2.5e"),
        (25e6, 0, "baud must be 1 to 6250000"),
        (25e6, -9600, "baud must be 1 to 6250000"),
        (16e6, 3_000_000, "baud must be within 2 % of 3200000, the clock of 1.6e"),
    ],
)
def test_bauds_that_the_clock_cannot_make_are_refused(clock_hz, baud, message):
    with pytest.raises(InputError) as refused:
        bit_cycles(clock_hz, baud)
    assert message in str(refused.value)
