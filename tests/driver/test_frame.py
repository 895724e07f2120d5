"""Frames: every byte both ways, and what is left of a stream in which anything may happen."""

import random
import zlib

import pytest

from siammixer.arch.link import ESCAPE, ESCAPED, FLAG
from siammixer.driver.frame import Decoder, encode

MESSAGES = [
    b"\x01\x02",
    bytes(range(256)),
    bytes([FLAG, ESCAPE, FLAG ^ ESCAPED, ESCAPE ^ ESCAPED]) * 5,
    bytes(500),
]


def decoded(*parts):
    decoder = Decoder()
    return [message for part in parts for message in decoder.feed(part)], decoder.damaged


def test_a_frame_byte_by_byte():
    """RFC 1662: the example of docs/link.md."""
    assert (
        encode(bytes([6, 5])).hex(" ")
        == "7e 06 05 " + zlib.crc32(bytes([6, 5])).to_bytes(4, "little").hex(" ") + " 7e"
    )
    assert encode(bytes([FLAG, ESCAPE]))[1:5] == bytes([ESCAPE, 0x5E, ESCAPE, 0x5D])


@pytest.mark.parametrize("message", MESSAGES, ids=len)
def test_there_and_back(message):
    frame = encode(message)
    assert FLAG not in frame[1:-1]
    assert (
        decoded(frame)
        == decoded(*(frame[index : index + 1] for index in range(len(frame))))
        == ([message], 0)
    )


@pytest.mark.parametrize("message", MESSAGES, ids=len)
def test_no_damage_passes_and_the_next_message_is_found(message):
    frame = encode(message)
    for place in range(1, min(len(frame) - 1, 80)):
        for damaged in (
            frame[:place],
            frame[:place] + frame[place + 1 :],
            frame[:place] + bytes([frame[place] ^ 0x10]) + frame[place + 1 :],
        ):
            found, _ = decoded(damaged, encode(b"next"))
            assert found in ([b"next"], [message, b"next"] if damaged[1:-1] == frame[1:-1] else [b"next"])


@pytest.mark.parametrize("seed", [1, 2], ids="seed={}".format)
def test_messages_between_garbage(seed):
    dice = random.Random(seed)
    parts = []
    for message in MESSAGES * 3:
        parts += [bytes(dice.choices(range(256), k=dice.randrange(60))), encode(message)]
    found, damaged = decoded(b"".join(parts))
    assert found == MESSAGES * 3 and damaged > 0


def test_garbage_without_end_is_forgotten():
    decoder = Decoder()
    for _ in range(100):
        assert not list(decoder.feed(bytes(1000)))
    assert len(decoder._rest) < 5000
    assert list(decoder.feed(encode(b"next"))) == [b"next"]
