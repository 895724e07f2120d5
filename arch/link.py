"""The messages between a host and an accelerator on a board: every number that both ends share.

docs/link.md tells what they mean. A frame is FLAG, the escaped message, FLAG. A message is a head, a payload
and its CRC-32, all little endian. The hardware takes the layout of each payload from the types below.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

VERSION = 2

# Framing and check of RFC 1662: a flag is never part of a message, so each is found again after any damage.
FLAG, ESCAPE, ESCAPED = 0x7E, 0x7D, 0x20
CHECK_BYTES = 4

NUMBERS = 256
"""Requests are numbered modulo this. A new session begins with number 0."""

WINDOW = 8
"""Requests that may be on their way without an answer."""

PAYLOAD_BYTES = 508
"""Longest payload of a request in bytes: an address and 56 weight words, or 168 pixels and part of
another.
"""

HEAD_BYTES = 2
"""Head of a request: kind, number. The head of an answer has ANSWER_HEAD_BYTES: kind | ANSWER, number,
verdict, next number.
"""

ANSWER_HEAD_BYTES = 4
ANSWER = 0x80

BUFFER_BYTES = 4096
"""Size of the receiver's memory, which has room for a whole window of requests."""

WORD_BYTES = 9
"""Bytes of a word of a WRITE, for either memory. The program memory takes the first four."""

PIXEL_BYTES = 3
CELL_BYTES = 4

RESPONSE_CELLS = 128
"""Most cells that one RESPONSE can ask for: an answer of 512 bytes."""

RECEIVE_SECONDS = 0.1
"""A frame is given up when no byte of it arrives for so long."""


class Kind(IntEnum):
    """Kind of a request."""

    OPEN = 1  # begin a session: everything is reset, whatever it was doing
    WRITE = 2  # words for a memory, at consecutive addresses
    START = 3  # run a program
    PIXELS = 4  # pixels of the run's crop
    LAST_PIXELS = 5  # the same; the last of them is the crop's last
    STATUS = 6
    RESPONSE = 7  # cells of the response, from one address on


class Verdict(IntEnum):
    """Outcome of a request."""

    DONE = 0
    BUSY = 1  # not done: a run is in progress
    NOT_RUNNING = 2  # not all pixels were taken: no run was in progress
    MALFORMED = 3  # of no known kind, or its payload of a wrong length
    OUT_OF_ORDER = 4  # not done: another number was expected
    CLOSED = 5  # not done: no session since the board was reset


class Target(IntEnum):
    """Memory that a WRITE is for, in the numbers of the core's write port."""

    PROGRAM = 0
    WEIGHTS = 1


LANE_ADDRESS_BITS = 16
"""The address of a weight word is ``lane << LANE_ADDRESS_BITS | place in the lane's memory``."""

WRITE_HEAD = np.dtype([("address", "<u2"), ("lane", "u1"), ("target", "u1")])
START_REQUEST = np.dtype([("entry", "<u2")])
RESPONSE_REQUEST = np.dtype([("address", "<u2"), ("cells", "<u2")])

IDENTITY = np.dtype(
    [
        ("version", "u1"),
        ("window", "u1"),
        ("payload_bytes", "<u2"),
        ("fingerprint", "<u8"),
        ("clock_hz", "<u4"),
        ("lanes", "u1"),
        ("program_words", "<u4"),
        ("weight_words", "<u4"),
        ("response_words", "<u4"),
    ]
)
"""Payload of the answer to OPEN."""

STATUS = np.dtype(
    [
        ("busy", "u1"),
        ("error", "u1"),
        ("step", "<u2"),
        ("cycles", "<u4"),
        ("peak_position", "<u2"),
        ("peak_value", "<i4"),
        ("damaged", "<u2"),
        ("framing_errors", "<u2"),
    ]
)
"""Payload of the answer to STATUS: the core's state, and two counts since the session began.

``cycles`` counts the latest run from ``start`` to ``done``. ``damaged`` counts the frames that were given up,
``framing_errors`` the bytes without a stop bit.
"""
