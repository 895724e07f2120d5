"""A board: its memories, its runs, its results."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from siammixer.arch.accelerator import ACCELERATORS, Accelerator
from siammixer.arch.link import (
    CELL_BYTES,
    IDENTITY,
    LANE_ADDRESS_BITS,
    PAYLOAD_BYTES,
    PIXEL_BYTES,
    RESPONSE_CELLS,
    RESPONSE_REQUEST,
    START_REQUEST,
    STATUS,
    VERSION,
    WORD_BYTES,
    WRITE_HEAD,
    Kind,
    Verdict,
)
from siammixer.driver.connection import PATIENCE_SECONDS, Answer, Connection, Request
from siammixer.driver.core import Core, CoreRun, RunOutcome
from siammixer.driver.errors import BoardError
from siammixer.driver.transport import Transport
from siammixer.driver.words import stretches
from siammixer.ir.errors import InputError

_WORDS = (PAYLOAD_BYTES - WRITE_HEAD.itemsize) // WORD_BYTES
_PIXELS = PAYLOAD_BYTES // PIXEL_BYTES


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A board's answer to who it is: the accelerator's fingerprint and sizes, and its clock."""

    version: int
    window: int
    payload_bytes: int
    fingerprint: int
    clock_hz: int
    lanes: int
    program_words: int
    weight_words: int
    response_words: int


@dataclass(frozen=True, kw_only=True)
class Status:
    """The core's status (siammixer.arch.link.STATUS)."""

    busy: int
    error: int
    step: int
    cycles: int
    peak_position: int
    peak_value: int
    damaged: int
    framing_errors: int


class Board(Core[RunOutcome]):
    """An accelerator at the other end of a line, reset and ready.

    Parameters
    ----------
    transport
        The line; closed with the board.
    patience_seconds
        Until a request without answer is sent again.

    Raises
    ------
    InputError
        Where nothing answers, or it speaks another version of the protocol.
    BoardError
        From every method: the line has gone, or the board does not do what it is asked.
    """

    def __init__(self, transport: Transport, patience_seconds: float = PATIENCE_SECONDS):
        self.name, self._transport = transport.name, transport
        self._patience = patience_seconds
        self.connection = Connection(transport, patience_seconds)
        try:
            self.identity = self._identify()
        except BaseException:
            transport.close()
            raise

    def require(self, accelerator: Accelerator) -> None:
        """:class:`InputError` where the board holds another accelerator."""
        found = f"{self.identity.fingerprint:016x}"
        if found != accelerator.fingerprint:
            known = next(
                (each.name for each in ACCELERATORS.values() if each.fingerprint == found), "an unknown one"
            )
            raise InputError(
                f"{self.name}: the board must hold the accelerator {accelerator.name} "
                f"({accelerator.fingerprint}), not {known} ({found}): "
                "load its bitstream, or choose --accelerator"
            )

    def reset(self) -> None:
        """As after power-up, also in the middle of a run; the memories' contents are void."""
        self.identity = self._identify()

    def execute(self, run: CoreRun) -> RunOutcome:
        """A run as :class:`siammixer.driver.core.Core` describes it; ``stall`` and ``seed`` are for
        simulations.
        """
        run.require_no_reset(self.name)
        self.write(run.writes)
        status = self.run(run.pixels, entry=run.entry, limit_cycles=run.watchdog_cycles)
        return RunOutcome(
            cycles=status.cycles,
            response=self.response(run.response_words),
            peak_position=status.peak_position,
            peak_value=status.peak_value,
            error=status.error,
            step=status.step,
        )

    def write(self, words: np.ndarray) -> None:
        """Words for the memories, dtype :data:`siammixer.driver.words.WRITE`."""
        requests = (request for part in stretches(words) for request in self._writes(part))
        for answer in self.connection.exchange(requests):
            _done(answer, self.name, "a write")

    def run(self, pixels: np.ndarray, *, limit_cycles: int, entry: int = 0) -> Status:
        """Runs a program over the pixels uint8 (n, 3) of a crop, in the order of the program; the status
        at its end, which may be an error.

        Parameters
        ----------
        entry
            Address of the program's first word.
        limit_cycles
            A board that is busy for so long after the last pixel is given up.
        """
        start = Request(kind=Kind.START, payload=np.array((entry,), START_REQUEST).tobytes())
        answers = self.connection.exchange([start, *self._pixels(pixels)])
        _done(answers[0], self.name, "a start")
        end = time.monotonic() + self._patience + limit_cycles / self.identity.clock_hz
        while (status := self.status()).busy:
            if time.monotonic() > end:
                raise BoardError(f"{self.name}: the run does not end; it is in step {status.step}")
        if not status.error and any(answer.verdict != Verdict.DONE for answer in answers):
            raise BoardError(f"{self.name}: the run ended before all of its pixels were taken")
        return status

    def status(self) -> Status:
        """Asks the board for the state of its core."""
        return Status(**_record(STATUS, self._read(Kind.STATUS), self.name))

    def response(self, cells: int) -> np.ndarray:
        """INT32 (cells,): the response of the latest run."""
        requests = []
        for address in range(0, cells, RESPONSE_CELLS):
            wanted = np.array((address, min(RESPONSE_CELLS, cells - address)), RESPONSE_REQUEST)
            requests.append(Request(kind=Kind.RESPONSE, payload=wanted.tobytes()))
        data = b"".join(
            _done(answer, self.name, "reading the response").payload
            for answer in self.connection.exchange(requests)
        )
        if len(data) != cells * CELL_BYTES:
            raise BoardError(
                f"{self.name}: {len(data)} bytes of the response came, {cells * CELL_BYTES} were asked for"
            )
        return np.frombuffer(data, "<i4").astype(np.int32)

    def close(self) -> None:
        """Ends the connection; the core goes on with what it does."""
        self._transport.close()

    def _identify(self) -> Identity:
        identity = Identity(**_record(IDENTITY, self.connection.open(), self.name))
        if identity.version != VERSION:
            raise InputError(
                f"{self.name}: the board must speak version {VERSION} of the protocol, not {identity.version}"
            )
        return identity

    def _writes(self, words: np.ndarray) -> Iterator[Request]:
        """The requests for words of one memory at consecutive addresses."""
        lane, address = divmod(int(words["address"][0]), 1 << LANE_ADDRESS_BITS)
        for start in range(0, len(words), _WORDS):
            head = np.array((address + start, lane, words["target"][0]), WRITE_HEAD)
            data = words["data"][start : start + _WORDS].tobytes()
            yield Request(kind=Kind.WRITE, payload=head.tobytes() + data)

    def _pixels(self, pixels: np.ndarray) -> Iterator[Request]:
        for start in range(0, len(pixels), _PIXELS):
            last = start + _PIXELS >= len(pixels)
            yield Request(
                kind=Kind.LAST_PIXELS if last else Kind.PIXELS,
                payload=pixels[start : start + _PIXELS].tobytes(),
            )

    def _read(self, kind: Kind) -> bytes:
        (answer,) = self.connection.exchange([Request(kind=kind)])
        return _done(answer, self.name, f"reading the {kind.name.lower()}").payload


_REFUSALS = {
    Verdict.BUSY: "a run is in progress",
    Verdict.NOT_RUNNING: "no run is in progress",
    Verdict.MALFORMED: "the request was malformed",
}


def _done(answer: Answer, name: str, what: str) -> Answer:
    if answer.verdict != Verdict.DONE:
        raise BoardError(f"{name}: {what} was refused: {_REFUSALS[answer.verdict]}")
    return answer


def _record(kind: np.dtype, payload: bytes, name: str) -> dict[str, int]:
    if len(payload) != kind.itemsize:
        raise InputError(
            f"{name}: what answers must be a tracker of this version: {len(payload)} bytes came, "
            f"{kind.itemsize} were expected"
        )
    row = np.frombuffer(payload, kind)[0]
    return {field: int(row[field]) for field in kind.names or ()}
