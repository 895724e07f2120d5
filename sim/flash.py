"""A model of a board's SPI flash: its pins, cycle by cycle, and the commands that one understands."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from siammixer.arch.flash import ADDRESS, ADDRESS_BITS, READ, WAKE

FAST_READ, READ_ID, READ_STATUS, SLEEP = 0x0B, 0x9F, 0x05, 0xB9
"""Further commands: read with eight clocks between address and data, identification, status register, deep
power-down.
"""

CAPACITY = 1 << ADDRESS_BITS
"""Bytes of an IS25LP128F; what was not written is 0xFF."""

IDENTIFICATION = bytes((0x9D, 0x60, 0x18))
"""Its answer to READ_ID: ISSI, 25LP, 128 Mbit."""

_RELEASED = 1  # a line that nobody drives is pulled up
_FAST_GAP = 1


class FlashModel:
    """An SPI flash behind its pins, mode 0. It takes ``mosi`` where ``clk`` rises and changes ``miso`` where
    it falls. Any other command than those named here is ignored, as a flash does: the line stays released
    until it is selected anew.

    Parameters
    ----------
    content
        Its bytes from ``address`` on.
    address
        Where they lie.
    asleep
        It is in deep power-down: nothing but WAKE wakes it.
    wake_cycles
        Cycles that it takes to be awake after WAKE; it ignores what begins before.
    stuck
        The level that ``miso`` always has, or None. With 1 it is as if there were no flash.

    Attributes
    ----------
    commands
        The commands that it was given, a list of their first bytes.
    unclear
        How often ``mosi`` or ``cs_n`` changed together with a rising edge of ``clk``: no flash could tell
        what was meant.
    """

    def __init__(
        self,
        content: bytes,
        *,
        address: int = ADDRESS,
        asleep: bool = False,
        wake_cycles: int = 0,
        stuck: int | None = None,
    ):
        self._content, self._address, self._stuck = content, address, stuck
        self._asleep, self._wake_cycles = asleep, wake_cycles
        self._deaf_until, self._deaf = 0, False
        self._pins, self._cycle = (1, 0, 0), 0
        self._bits: list[int] = []
        self._miso = _RELEASED
        self.commands: list[int] = []
        self.unclear = 0

    def replace(self, content: bytes) -> None:
        """The flash has other bytes from its address on; :attr:`commands` begins anew."""
        self._content, self.commands = content, []

    def byte(self, place: int) -> int:
        """The byte at an address; behind the last one the first follows."""
        index = place % CAPACITY - self._address
        return self._content[index] if 0 <= index < len(self._content) else 0xFF

    def pins(self, cs_n: int, clk: int, mosi: int, cycle: int) -> int:
        """The level of ``miso`` from now on, where the pins have these levels from ``cycle`` on."""
        before, self._pins, self._cycle = self._pins, (cs_n, clk, mosi), cycle
        if cs_n:
            if not before[0]:
                self._deselected()
            self._bits, self._miso = [], _RELEASED
        elif before[0]:
            self._deaf = cycle < self._deaf_until
            self.unclear += clk
        elif clk and not before[1]:
            self.unclear += before[2] != mosi
            self._bits.append(mosi)
            if len(self._bits) == 8:
                self.commands.append(self._sent(0))
        elif before[1] and not clk:
            self._miso = self._answer(len(self._bits))
        return self._miso if self._stuck is None else self._stuck

    def _sent(self, byte: int, count: int = 1) -> int:
        """The number that ``count`` bytes are, the highest first."""
        return int("".join(map(str, self._bits[8 * byte : 8 * (byte + count)])), 2)

    def _deselected(self) -> None:
        """WAKE and SLEEP act when the flash is no longer selected, after whole bytes only."""
        if self._deaf or not self._bits or len(self._bits) % 8:
            return
        if self._sent(0) == WAKE:
            if self._asleep:
                self._deaf_until = self._cycle + self._wake_cycles
            self._asleep = False
        elif self._sent(0) == SLEEP and len(self._bits) == 8:
            self._asleep = True

    def _answer(self, sent: int) -> int:
        """The bit that follows so many sent ones."""
        if sent < 8 or self._asleep or self._deaf:
            return _RELEASED
        command, address_end = self._sent(0), 8 + ADDRESS_BITS
        begin = {
            READ: address_end,
            FAST_READ: address_end + 8 * _FAST_GAP,
            READ_ID: 8,
            READ_STATUS: 8,
        }.get(command)
        if begin is None or sent < begin:
            return _RELEASED
        index, bit = divmod(sent - begin, 8)
        if command in (READ, FAST_READ):
            value = self.byte(self._sent(1, ADDRESS_BITS // 8) + index)
        else:
            value = IDENTIFICATION[index % len(IDENTIFICATION)] if command == READ_ID else 0
        return value >> (7 - bit) & 1


def at_pins(pins: Any, model: FlashModel, delay: int = 0) -> Callable[[Any], Coroutine[Any, Any, None]]:
    """A background test bench that has ``model`` at the pins of a component.

    Parameters
    ----------
    pins
        The member with ``cs_n``, ``clk``, ``mosi`` and ``miso``.
    delay
        Cycles from a change of these to that of ``miso``: the way there and back, and the flash's own time.
        Without any the simulation is faster, and a flash that was asleep is awake at once.
    """

    outputs = (pins.cs_n, pins.clk, pins.mosi)

    async def at_once(ctx: Any) -> None:
        while True:
            cs_n, clk, mosi = (ctx.get(pin) for pin in outputs)
            ctx.set(pins.miso, model.pins(cs_n, clk, mosi, 0))
            # mosi settles later than these; what it is then counts.
            await ctx.changed(pins.cs_n, pins.clk)

    async def later(ctx: Any) -> None:
        cycle, waiting = 0, deque([model.pins(1, 0, 0, 0)] * delay)
        while True:
            cs_n, clk, mosi = (ctx.get(pin) for pin in outputs)
            waiting.append(model.pins(cs_n, clk, mosi, cycle))
            ctx.set(pins.miso, waiting.popleft())
            cycle += 1
            await ctx.tick()

    return later if delay else at_once
