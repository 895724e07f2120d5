"""Frames in hardware: as siammixer.driver.frame writes and reads them; nothing damaged passes, and the next
message is found.
"""

import random

import pytest

from siammixer.arch.link import ESCAPE, FLAG
from siammixer.driver.frame import Decoder, encode
from siammixer.rtl.link.link_frame import FrameReceiver, FrameTransmitter
from siammixer.sim.block import exchange, simulate

TIMEOUT = 50
DICE = random.Random(1)
MESSAGES = [
    bytes([1, 2]),
    bytes([FLAG, ESCAPE, FLAG]),
    bytes([5, 0, 0x5E, 0x5D, 0x20]),
    bytes(DICE.choices(range(256), k=60)),
]


def received(line):
    """Messages that a line gives, with their heads, and the number of those dropped; None in the line is a
    cycle without a byte.
    """
    receiver, found, dropped = FrameReceiver(TIMEOUT), [], 0

    async def bench(ctx):
        nonlocal dropped
        message = bytearray()
        for byte in [*line, *[None] * 4]:
            ctx.set(receiver.i.valid, byte is not None)
            ctx.set(receiver.i.payload, byte or 0)
            o = receiver.o
            _, _, valid, payload, drop, *head = await ctx.tick().sample(
                o.valid, o.payload, receiver.drop, receiver.kind, receiver.number
            )
            assert not (valid and drop)
            dropped += drop
            if drop:
                message.clear()
            if valid:
                message.append(payload.byte)
            if valid and payload.last:
                assert list(message[:2]) == head
                found.append(bytes(message))
                message.clear()

    simulate(receiver, [bench], watchdog=len(line) + 20)
    return found, dropped


def test_messages_byte_after_byte():
    assert received(b"".join(map(encode, MESSAGES * 2))) == (MESSAGES * 2, 0)


def test_messages_with_pauses_and_with_one_flag_between_them():
    line = b"".join(map(encode, MESSAGES)).replace(bytes([FLAG, FLAG]), bytes([FLAG]))
    assert received([piece for byte in line for piece in (byte, *[None] * DICE.randrange(5))]) == (
        MESSAGES,
        0,
    )


def test_no_damage_passes_and_the_next_message_is_found():
    """Every byte of a frame missing, changed, or the last that comes; each time as siammixer.driver.frame
    sees it.
    """
    line, count = b"", 0
    for message in MESSAGES[:3]:
        frame = encode(message)
        for place in range(1, len(frame)):
            for damaged in (
                frame[:place],
                frame[:place] + frame[place + 1 :],
                frame[:place] + bytes([frame[place] ^ 0x10]) + frame[place + 1 :],
            ):
                line, count = line + damaged + encode(count.to_bytes(2, "little")), count + 1
    found, dropped = received(line)
    assert found == list(Decoder().feed(line)) and dropped > count / 2
    # What lacks nothing but its last flag is whole: the flag of the next ends it.
    assert [message for message in found if message not in MESSAGES] == [
        number.to_bytes(2, "little") for number in range(count)
    ]


def test_shorter_than_a_head_and_an_abort():
    assert received(encode(b"\x01") + encode(b"ok")) == ([b"ok"], 1)
    assert received(encode(b"off")[:-1] + bytes([ESCAPE, FLAG]) + encode(b"ok")) == ([b"ok"], 1)


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
def test_messages_between_garbage(seed):
    dice = random.Random(seed)
    parts = []
    for message in MESSAGES * 2:
        parts += [bytes(dice.choices(range(256), k=dice.randrange(30))), encode(message)]
    found, dropped = received(b"".join(parts))
    assert found == MESSAGES * 2 and dropped > 0


def test_a_message_that_stops_is_given_up():
    """It is dropped after the time-out, what follows up to the next flag is not taken for its rest; a pause
    between messages is none.
    """
    frame = encode(MESSAGES[3])
    for part in (frame[:20], frame[:2]):
        assert received([*part, *[None] * (TIMEOUT - 2), *frame[len(part) :]]) == ([MESSAGES[3]], 0)
        assert received([*part, *[None] * (TIMEOUT + 4)]) == ([], 1)
        assert received([*part, *[None] * (TIMEOUT + 4), *frame[len(part) :], *encode(b"ok")]) == ([b"ok"], 1)
    assert received([*frame, *[None] * 3 * TIMEOUT, *frame]) == ([MESSAGES[3]] * 2, 0)


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize("stall", [0.0, 0.5])
def test_transmitter(stall, seed):
    bytes_in = [
        {"byte": byte, "last": index == len(message) - 1}
        for message in MESSAGES
        for index, byte in enumerate(message)
    ]
    frames = b"".join(map(encode, MESSAGES))
    seen = exchange(FrameTransmitter(), {"i": bytes_in}, {"o": len(frames)}, stall=stall, seed=seed)
    assert bytes(seen["o"].payloads) == frames
