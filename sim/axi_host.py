"""A host on the buses of a core behind AXI, inside cocotb's simulator."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator

import numpy as np
from cocotb.triggers import ClockCycles, RisingEdge
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiResp, AxiStreamBus, AxiStreamSource

from siammixer.arch.register_map import RegisterMap

CYCLE_NS = 10


class AxiHost:
    """Registers and pixels of one core, as a driver uses them.

    Parameters
    ----------
    dut
        The harness, whose ports are the core's.
    registers
        The core's.
    stream
        Prefix of the ports of its pixels.
    stall
        Share of the cycles in which each channel pauses.
    dice
        Of the pauses.
    """

    def __init__(self, dut, registers: RegisterMap, stream: str, stall: float, dice: random.Random):
        self.dut, self.registers, self.dice, self.stall = dut, registers, dice, stall
        for name in ("s_axi", stream):
            logging.getLogger(f"cocotb.{dut._name}.{name}").setLevel(logging.ERROR)
        clock, reset = dut.aclk, dut.aresetn
        self.bus = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axi"), clock, reset, reset_active_level=False)
        self.pixels = AxiStreamSource(
            AxiStreamBus.from_prefix(dut, stream), clock, reset, reset_active_level=False
        )
        write, read = self.bus.write_if, self.bus.read_if
        channels = (write.aw_channel, write.w_channel, write.b_channel, read.ar_channel, read.r_channel)
        for channel in (*channels, self.pixels):
            channel.log.setLevel(logging.ERROR)
            if stall:
                channel.set_pause_generator(self._pauses(dice.random()))

    def _pauses(self, seed: float) -> Iterator[int]:
        dice = random.Random(seed)
        while True:
            yield int(dice.random() < self.stall)

    async def write(self, name: str, value: int) -> AxiResp | None:
        """Writes a register; the response, None where a reset came between."""
        return await self.write_at(self.registers.find(name).address, value.to_bytes(4, "little"))

    async def write_at(self, address: int, data: bytes) -> AxiResp | None:
        """Writes bytes at any address."""
        answer = await self.bus.write(address, data)
        return None if answer is None else answer.resp

    async def read(self, name: str, *, signed: bool = False) -> int:
        """Reads a register that can be read."""
        answer = await self.bus.read(self.registers.find(name).address, 4)
        assert answer.resp == AxiResp.OKAY, f"{name}: {answer.resp.name}"
        return int.from_bytes(answer.data, "little", signed=signed)

    async def load(self, words: np.ndarray) -> None:
        """Words for the memories, dtype :data:`siammixer.driver.words.WRITE`."""
        follows = None
        for word in words:
            place = int(word["target"]) << 24 | int(word["address"])
            if place != follows:
                await self.write("word_address", place)
            data = word["data"].tobytes()
            for name, part in (("word_low", data[:4]), ("word_middle", data[4:8])):
                await self.write(name, int.from_bytes(part, "little"))
            assert await self.write("word_high", data[8]) == AxiResp.OKAY
            follows = place + 1

    async def bus_reset(self, cycles: int) -> None:
        """Resets everything, in whatever it is doing; pixels that wait are forgotten."""
        self.dut.aresetn.value = 0
        await ClockCycles(self.dut.aclk, cycles)
        self.dut.aresetn.value = 1
        self.pixels.clear()
        await RisingEdge(self.dut.aclk)
        while await self.read("status") & 1:
            pass
