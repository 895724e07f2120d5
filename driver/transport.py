"""A line of bytes to a board."""

from __future__ import annotations

import contextlib
from typing import Protocol

from siammixer.arch.baud import BAUD
from siammixer.driver.errors import BoardError
from siammixer.ir.errors import InputError

BREAKDOWN_SECONDS = 10.0
"""Bytes that cannot be sent for so long are the end of the connection."""


class Transport(Protocol):
    """Bytes to and from a board, in order; they may be lost or damaged on their way."""

    name: str
    """For messages."""

    def write(self, data: bytes) -> None:
        """Sends the bytes."""

    def read(self, seconds: float) -> bytes:
        """The bytes that have arrived; where none have, the first that do within the time, else none."""

    def close(self) -> None:
        """Ends the connection."""


class SerialLine:
    """A serial port, opened for this process alone.

    Parameters
    ----------
    port
        Its name, such as /dev/ttyUSB0.
    baud
        As the board was built for.

    Raises
    ------
    InputError
        Where there is no such port, it may not be opened, or another program has it.
    BoardError
        From the methods, where the port has gone: its cable was pulled.
    """

    def __init__(self, port: str, baud: int = BAUD):
        import serial

        if baud < 1:
            raise InputError(f"--baud must be at least 1, not {baud}")
        self.name = port
        self._lost = (serial.SerialException, OSError, TypeError)  # pyserial's TypeError: closed while in use
        try:
            self._port = serial.Serial(port, baud, exclusive=True, timeout=0, write_timeout=BREAKDOWN_SECONDS)
        except (serial.SerialException, OSError, ValueError) as error:
            raise InputError(f"{port}: {_reason(error)}") from None
        # USB serial chips hold bytes back for 16 ms unless told otherwise; other ports have no such setting.
        with contextlib.suppress(OSError, ValueError, AttributeError, NotImplementedError):
            self._port.set_low_latency_mode(True)
        self._port.reset_input_buffer()

    def write(self, data: bytes) -> None:
        """Sends the bytes. Where that takes longer than :data:`BREAKDOWN_SECONDS`, the port has gone."""
        try:
            self._port.write(data)
        except self._lost as error:
            raise BoardError(
                f"{self.name}: the port has gone while bytes were sent ({error}): was the cable pulled?"
            ) from None

    def read(self, seconds: float) -> bytes:
        """The bytes that have arrived; where none have, the first that do within the time, else none."""
        try:
            self._port.timeout = seconds
            first = self._port.read(1)
            return first + self._port.read(self._port.in_waiting) if first else first
        except self._lost as error:
            raise BoardError(
                f"{self.name}: the port has gone while bytes were awaited ({error}): was the cable pulled?"
            ) from None

    def close(self) -> None:
        """Closes the port; one that has gone is closed already."""
        with contextlib.suppress(*self._lost):
            self._port.close()


def _reason(error: Exception) -> str:
    """Why a port cannot be opened, without pyserial's own words around it."""
    text = str(error)
    if "No such file" in text:
        return "no such port; is the board plugged in? (ls /dev/ttyUSB* /dev/ttyACM*)"
    if "Permission" in text:
        return "may not be opened; is the user in the group dialout?"
    if "exclusively lock" in text or "busy" in text:
        return "another program has the port"
    return f"not a serial port ({text})"
