"""Numbered requests over a line on which anything may be lost, damaged or repeated: each is executed once
and answered.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from siammixer.arch.baud import BAUD, FAST_BAUD
from siammixer.arch.link import ANSWER, ANSWER_HEAD_BYTES, FLAG, NUMBERS, WINDOW, Kind, Verdict
from siammixer.driver.errors import BoardError
from siammixer.driver.frame import Decoder, encode
from siammixer.driver.transport import Transport
from siammixer.ir.errors import InputError

PATIENCE_SECONDS = 0.5
"""Without the awaited answer for so long, its request is sent again."""

ATTEMPTS = 5
"""Times that a request is sent, without any answer in between, before the board is given up."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request to the board."""

    kind: Kind
    payload: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The board's answer; OUT_OF_ORDER and CLOSED never get this far."""

    verdict: Verdict
    payload: bytes


@dataclass(frozen=True, kw_only=True)
class _Message:
    """An answer as it comes."""

    kind: int
    number: int
    verdict: int
    payload: bytes


class Connection:
    """A session with a board: requests in, answers out, both in order.

    Up to WINDOW requests are on their way at a time. Where the answer to the oldest is missing, it and all
    after it are sent again; the board knows repetitions by their numbers and does not execute them twice.

    Parameters
    ----------
    transport
        The line.
    patience_seconds
        See PATIENCE_SECONDS; more where the line is slow.
    """

    def __init__(self, transport: Transport, patience_seconds: float = PATIENCE_SECONDS):
        self._transport, self._patience = transport, patience_seconds
        self._decoder = Decoder()
        self._arrived: deque[_Message] = deque()
        self._next = 0
        # Not the numbers of another program's session: its late answers must not pass for ours.
        self._session = os.urandom(1)[0]
        self.repetitions = 0
        """Requests that were sent again."""

    def open(self) -> bytes:
        """Resets the board, whatever it was doing, and begins a session; the answer's payload
        (siammixer.arch.link.IDENTITY).

        Raises
        ------
        InputError
            Where nothing answers, or nothing that is a tracker.
        """
        heard = False
        for _ in range(ATTEMPTS):
            self._session = (self._session + 1) % NUMBERS
            # The first flag ends what a session before this one may have left unfinished.
            self._transport.write(bytes([FLAG]) + encode(bytes([Kind.OPEN, self._session])))
            end = time.monotonic() + self._patience
            while (message := self._message(end)) is not None:
                heard = True
                if message.kind == Kind.OPEN | ANSWER and message.number == self._session:
                    self._next = 0
                    return message.payload
        if heard or self._decoder.damaged:
            raise InputError(
                f"{self._transport.name}: what answers is no tracker, or not at this baud: does --baud "
                f"match the board's ({BAUD} or {FAST_BAUD} by default)?"
            )
        raise InputError(
            f"{self._transport.name}: nothing answers: is the tracker's bitstream loaded, and does --baud "
            f"match the board's ({BAUD} or {FAST_BAUD} by default)?"
        )

    def exchange(self, requests: Iterable[Request]) -> list[Answer]:
        """The answers to the requests, in their order.

        Raises
        ------
        BoardError
            Where the board stops answering, or was reset.
        """
        frames = self._frames(requests)
        waiting: deque[tuple[int, int, bytes]] = deque()
        answers: list[Answer] = []
        sent, again = 0, False
        while True:
            for frame in islice(frames, WINDOW - len(waiting)):
                waiting.append(frame)
                self._transport.write(frame[2])
            if not waiting:
                return answers
            message = self._message(time.monotonic() + self._patience)
            kind, number, _ = waiting[0]
            if message is not None and message.verdict == Verdict.CLOSED:
                raise BoardError(f"{self._transport.name}: the board was reset in the middle of a session")
            if (
                message is not None
                and (message.kind, message.number) == (kind | ANSWER, number)
                and message.verdict != Verdict.OUT_OF_ORDER
            ):
                waiting.popleft()
                answers.append(Answer(verdict=Verdict(message.verdict), payload=message.payload))
                sent, again = 0, False
            elif message is None or (self._shows_loss(message, waiting) and not again):
                # One gap makes every request after it out of order: once is enough, or every answer would
                # double them.
                again = message is not None
                sent += message is None
                if sent == ATTEMPTS:
                    raise BoardError(
                        f"{self._transport.name}: the board no longer answers: is it switched on and its "
                        "cable in place?"
                    )
                self.repetitions += len(waiting)
                for _, _, repeated in waiting:
                    self._transport.write(repeated)

    def _frames(self, requests: Iterable[Request]) -> Iterator[tuple[int, int, bytes]]:
        """Kind, number and frame of each."""
        for request in requests:
            number = self._next
            self._next = (number + 1) % NUMBERS
            yield request.kind, number, encode(bytes([request.kind, number]) + request.payload)

    @staticmethod
    def _shows_loss(message: _Message, waiting: deque[tuple[int, int, bytes]]) -> bool:
        """Whether a request after the oldest has been answered: the oldest, or its answer, is lost."""
        return any(message.number == number for _, number, _ in islice(waiting, 1, None))

    def _message(self, end: float) -> _Message | None:
        """The next right one that arrives before ``end``."""
        while not self._arrived:
            left = end - time.monotonic()
            if left <= 0:
                return None
            for message in self._decoder.feed(self._transport.read(left)):
                if len(message) >= ANSWER_HEAD_BYTES and message[2] in list(Verdict):
                    kind, number, verdict, _ = message[:ANSWER_HEAD_BYTES]
                    self._arrived.append(
                        _Message(
                            kind=kind, number=number, verdict=verdict, payload=message[ANSWER_HEAD_BYTES:]
                        )
                    )
        return self._arrived.popleft()
