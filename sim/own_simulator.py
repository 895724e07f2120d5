"""The whole accelerator in Amaranth's own simulator: no Verilog, no Verilator, the same runs and the same
records.

A thousand cycles a second: for small networks, to tell whether the two simulators agree about the design.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from amaranth.hdl import Value
from amaranth.lib.wiring import Component

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.interface import PIXEL_FIELDS, RESPONSE_LATENCY, WRITE_FIELDS
from siammixer.driver.core import CoreRun, ListCore
from siammixer.rtl.accelerator import SiamMixer
from siammixer.sim.block import simulate
from siammixer.sim.dice import dice
from siammixer.sim.ports import host_ports
from siammixer.sim.run import TracedOutcome, settings


class AmaranthSimulator(ListCore[TracedOutcome]):
    """An accelerator in Amaranth's own simulator: :func:`simulate_component` as a core."""

    name = "Amaranth's simulator"

    def __init__(self, accelerator: Accelerator):
        self._accelerator = accelerator

    def execute_all(self, runs: Sequence[CoreRun]) -> list[TracedOutcome]:
        """See :func:`simulate_component`."""
        for run in runs:
            run.require_no_reset(self.name)
        return simulate_component(SiamMixer(self._accelerator), runs)


def simulate_component(core: Component, runs: Sequence[CoreRun]) -> list[TracedOutcome]:
    """Executes the runs one after the other on a component with the ports of
    :mod:`siammixer.arch.interface`, as :func:`siammixer.sim.run.simulate` does, streams pausing in the same
    cycles.

    Raises
    ------
    AssertionError
        Where a run takes longer than its watchdog allows.
    """
    results: list[TracedOutcome] = []

    async def bench(ctx) -> None:
        for run in runs:
            results.append(await _Execution(ctx, core, run).result())

    simulate(
        core,
        [bench],
        watchdog=sum(2 * run.watchdog_cycles + run.response_words + RESPONSE_LATENCY for run in runs),
    )
    return results


class _Execution:
    """One run; every method that waits leaves the core at the beginning of a cycle."""

    def __init__(self, ctx, core: Component, run: CoreRun):
        self.ctx, self.core, self.run = ctx, core, run
        self.host = host_ports(core)
        *_, self.entry, self.stall, seed, self.watchdog = settings(run)
        self.dice = dice(seed)
        self.clocks = self.taken = 0

    async def tick(self, *samples):
        self.clocks += 1
        return (await self.ctx.tick().sample(*samples))[2:]

    async def result(self) -> TracedOutcome:
        begin = time.perf_counter()
        await self.load()
        cycles, steps, trace = await self.execute()
        response = await self.read()
        host = self.host
        error, step, peak_position, peak_value, identity = (
            self.ctx.get(port)
            for port in (host.error, host.step, host.peak_position, host.peak_value, self.core.identity)
        )
        trace_bytes = len(Value.cast(self.core.trace.data)) // 8
        rows = np.array([list(data.to_bytes(trace_bytes, "little")) for _, _, data in trace], np.uint8)
        return TracedOutcome(
            cycles=cycles,
            response=np.array(response, np.int32),
            peak_position=peak_position,
            peak_value=peak_value,
            error=error,
            step=step,
            identity=identity,
            pixels_taken=self.taken,
            clocks=self.clocks,
            wall_seconds=time.perf_counter() - begin,
            step_index=np.array([step for step, _ in steps]),
            step_cycle=np.array([cycle for _, cycle in steps]),
            trace_step=np.array([step for step, _, _ in trace]),
            trace_address=np.array([address for _, address, _ in trace]),
            trace_data=rows.view(np.int8),
        )

    def offer(self, port, payload: int | None) -> bool:
        """Offers a payload or, where there is none or the stream pauses, noise; whether it was offered."""
        draw = next(self.dice)
        offered = payload is not None and draw & 0xFFFF >= self.stall
        self.ctx.set(
            Value.cast(port.payload), payload if offered else draw & (1 << len(Value.cast(port.payload))) - 1
        )
        self.ctx.set(port.valid, offered)
        return offered

    async def load(self) -> None:
        """A core that is not busy always takes a word; the last one before the start."""
        while self.ctx.get(self.host.busy):
            await self.ctx.tick()
        waiting = [_write_payload(row) for row in self.run.writes]
        waiting.reverse()
        while waiting:
            if self.offer(self.host.write, waiting[-1]):
                waiting.pop()
            await self.tick()
        self.offer(self.host.write, None)
        await self.tick()
        next(self.dice)

    async def execute(self) -> tuple[int, list[tuple[int, int]], list[tuple[int, int, int]]]:
        """Cycles, (step, cycle) of every step's end, (step, address, data) of every word written."""
        core, host, trace = self.core, self.host, self.core.trace
        pixels = _pixel_payloads(self.run.pixels)
        pixel = next(pixels, None)
        offered, steps, written = self.offer(host.pixels, pixel), [], []
        self.ctx.set(host.start, 1)
        self.ctx.set(host.entry, self.entry)
        ports = (
            host.pixels.ready,
            host.done,
            core.step_done,
            host.step,
            trace.valid,
            trace.step,
            trace.address,
            Value.cast(trace.data),
        )
        for cycle in range(self.watchdog):
            ready, done, step_done, step, trace_valid, *word = await self.tick(*ports)
            self.ctx.set(host.start, 0)
            if step_done:
                steps.append((step, cycle))
            if trace_valid:
                written.append(tuple(word))
            if offered and ready:
                self.taken += 1
                pixel = next(pixels, None)
            if done:
                self.ctx.set(host.pixels.valid, 0)
                return cycle, steps, written
            if ready or not offered:
                offered = self.offer(host.pixels, pixel)
        raise AssertionError(f"watchdog: no end after {self.watchdog} cycles")

    async def read(self) -> list[int]:
        """One address a cycle; the data follow it by RESPONSE_LATENCY cycles."""
        words = []
        for cycle in range(self.run.response_words + RESPONSE_LATENCY):
            self.ctx.set(self.host.response_address, cycle)
            (word,) = await self.tick(self.host.response_data)
            words.append(word)
        return words[RESPONSE_LATENCY:]


def _packed(fields: tuple[tuple[str, int], ...], values: Mapping[str, int]) -> int:
    """Values as the bits of a payload, by its description in :mod:`siammixer.arch.interface`."""
    bits = place = 0
    for name, width in fields:
        bits |= values[name] << place
        place += width
    return bits


def _write_payload(row: np.void) -> int:
    """A row of siammixer.driver.words.WRITE as a payload."""
    data = int.from_bytes(row["data"].tobytes(), "little")
    return _packed(WRITE_FIELDS, {"address": int(row["address"]), "target": int(row["target"]), "data": data})


def _pixel_payloads(pixels: np.ndarray) -> Iterator[int]:
    for index, (red, green, blue) in enumerate(pixels.tolist()):
        last = index == len(pixels) - 1
        yield _packed(PIXEL_FIELDS, {"red": red, "green": green, "blue": blue, "last": last})
