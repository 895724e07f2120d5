"""SccbSetup: every byte arrives, in the cycles predicted; a missing acknowledgement is told, and all is tried
again.
"""

from itertools import groupby

import pytest

from siammixer.arch.ov7670 import QVGA, SCCB_ADDRESS, VGA, RegisterWrite
from siammixer.ir.errors import InputError
from siammixer.rtl.camera.sccb import (
    FASTEST_HZ,
    SHORTEST_THIRD,
    SLOWEST_HZ,
    WRITE_THIRDS,
    SccbSetup,
    third_cycles,
)
from siammixer.sim.block import simulate
from siammixer.sim.ov7670 import Ov7670Registers

PAUSE = 50
FEW = (
    RegisterWrite(register=0x12, value=0x80, settle=True),
    RegisterWrite(register=0xA5, value=0x5A),
    RegisterWrite(register=0x00, value=0xFF),
)


def run(writes, *, third=SHORTEST_THIRD, address=SCCB_ADDRESS, until="done", change=None):
    """(the camera, the levels of clock and data_low in each cycle, done and error likewise).

    ``change(cycle, camera)`` is called in each cycle.
    """
    block = SccbSetup(writes, address=address, third=third, pause=PAUSE)
    camera, levels, told = Ov7670Registers(block), [], []

    async def watch(ctx):
        ports = (block.clock, block.data_low, block.done, block.error)
        while not told or not told[-1][until == "error"]:
            if change:
                change(len(told), camera)
            _, _, clock, low, done, error = await ctx.tick().sample(*ports)
            levels.append((clock, low))
            told.append((done, error))
        for _ in range(3 * third):
            levels.append((await ctx.tick().sample(block.clock, block.data_low))[2:])

    simulate(block, [watch], background=[camera.bench], watchdog=60_000)
    return camera, levels, told


@pytest.mark.parametrize("writes", [VGA, QVGA], ids=["vga", "qvga"])
def test_every_register_arrives_in_its_order(writes):
    """And what the camera then holds is a picture of that size, in the cycles predicted."""
    camera, _, told = run(writes)
    assert camera.transfers == [[SCCB_ADDRESS, write.register, write.value] for write in writes]
    assert camera.size == {VGA: (640, 480), QVGA: (320, 240)}[writes]
    # Two thirds of the last write follow ``done``.
    written = len(writes) * WRITE_THIRDS * SHORTEST_THIRD - 2 * SHORTEST_THIRD
    assert len(told) == PAUSE + written + (PAUSE - 2 * SHORTEST_THIRD) + 1
    assert not any(error for _, error in told)


@pytest.mark.parametrize("third", [SHORTEST_THIRD, 7])
def test_times(third):
    """A write begins after the pause; its clock is high for one third and low for two; around it the data
    fall and rise a third from the clock, and the bus is free for two at least.
    """
    _, levels, _ = run(FEW, third=third)
    clock = [(level, len(list(group))) for level, group in groupby(level for level, _ in levels)]
    assert {count for level, count in clock if not level} == {2 * third}
    # The start's high clock, after the pause or two free thirds and the stop's, and 27 bits.
    between = [third + PAUSE + third, third + 2 * third + third]
    assert [count for level, count in clock if level][:-1] == [
        PAUSE + third,
        *[third] * 27,
        between[0],
        *[third] * 27,
        between[1],
        *[third] * 27,
    ]
    starts = [
        cycle for cycle in range(1, len(levels)) if levels[cycle - 1] == (1, 0) and levels[cycle] == (1, 1)
    ]
    assert starts[0] == PAUSE
    assert starts[1] == PAUSE + (WRITE_THIRDS - 2) * third + PAUSE
    assert starts[2] == starts[1] + WRITE_THIRDS * third
    # The data change in the middle of a low clock.
    for cycle in range(1, len(levels)):
        if levels[cycle][1] != levels[cycle - 1][1] and not levels[cycle][0]:
            assert not any(clock for clock, _ in levels[cycle - third : cycle + third])


@pytest.mark.parametrize("byte", [1, 2, 3])
def test_a_byte_that_nobody_acknowledges(byte):
    """It is told, nothing more of that write follows, and the bus is free."""

    def leaves(_, camera):
        camera.answers = byte - 1 if camera.transfers else 3

    camera, levels, told = run(FEW, until="error", change=leaves)
    assert camera.transfers[1:] == [[SCCB_ADDRESS, FEW[1].register, FEW[1].value][:byte]]
    assert set(levels[-2 * SHORTEST_THIRD :]) == {(1, 0)}
    assert not any(done for done, _ in told)


def test_a_camera_that_comes_later_is_set_up():
    """Until then the first write is tried again and again, and the error stands; with ``done`` it goes."""

    def comes(cycle, camera):
        camera.answers = 3 if cycle > 1000 else 0

    camera, _, told = run(FEW, change=comes)
    assert camera.writes == [(write.register, write.value) for write in FEW]
    tries = [transfer for transfer in camera.transfers if len(transfer) == 1]
    assert len(tries) > 2 and tries == [[SCCB_ADDRESS]] * len(tries)
    first = next(cycle for cycle, (_, error) in enumerate(told) if error)
    assert first < 300 and all(error for _, error in told[first:-1]) and told[-1] == (1, 0)


def test_another_address_is_not_acknowledged():
    camera, *_ = run(FEW, address=0x60, until="error")
    assert camera.transfers == [[0x60]] and camera.writes == []


def test_data_that_stay_low_are_an_error():
    """For longer than all writes take: on such a line nobody can acknowledge. Let go, it serves."""
    held = 2 * PAUSE + (len(FEW) + 1) * WRITE_THIRDS * SHORTEST_THIRD

    def holds(cycle, camera):
        camera.holds = cycle < held

    camera, _, told = run(FEW, change=holds)
    assert any(error for _, error in told) and not any(done for done, _ in told[:held])
    assert camera.writes[-3:] == [(write.register, write.value) for write in FEW]


def test_third_cycles():
    assert third_cycles(90e6, 100_000) == 300
    assert third_cycles(90e6, 400_000) == 75
    assert third_cycles(25e6, 400_000) == 21  # rounded up: not faster than asked
    assert third_cycles(4.8e6, FASTEST_HZ) == SHORTEST_THIRD


@pytest.mark.parametrize(
    ("clock_hz", "bus_hz", "message"),
    [
        (90e6, SLOWEST_HZ - 1, "bus_hz must be 100000 to 400000, not 99999"),
        (90e6, FASTEST_HZ + 1, "bus_hz must be 100000 to 400000, not 400001"),
        (1e6, 100_000, "bus_hz must be at most 83333 at a clock of 1e"),
    ],
)
def test_speeds_that_are_refused(clock_hz, bus_hz, message):
    with pytest.raises(InputError) as refused:
        third_cycles(clock_hz, bus_hz)
    assert message in str(refused.value)
