"""The whole accelerator in Amaranth's own simulator: no Verilog, no Verilator, the same runs and the same
records.

A thousand cycles a second: for small networks, to tell whether the two simulators agree about the design.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np
from amaranth.hdl import Value

from siammixer.arch.accelerator import Accelerator
from siammixer.rtl.accelerator import SiamMixer
from siammixer.sim.block import simulate
from siammixer.sim.run import Run, RunResult, settings

RESPONSE_LATENCY = 3


def simulate_in_amaranth(accelerator: Accelerator, runs: Sequence[Run]) -> list[RunResult]:
    """Executes the runs one after the other, as :func:`siammixer.sim.run.simulate` does, streams pausing in
    the same cycles.

    Raises
    ------
    AssertionError
        Where a run takes longer than its watchdog allows.
    """
    core, results = SiamMixer(accelerator), []

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

    def __init__(self, ctx, core: SiamMixer, run: Run):
        self.ctx, self.core, self.run = ctx, core, run
        *_, self.stall, seed, self.watchdog = settings(run)
        self.dice = _dice(seed)
        self.clocks = self.taken = 0

    async def tick(self, *samples):
        self.clocks += 1
        return (await self.ctx.tick().sample(*samples))[2:]

    async def result(self) -> RunResult:
        begin = time.perf_counter()
        await self.load()
        cycles, steps, trace = await self.execute()
        response = await self.read()
        core = self.core
        error, peak_position, peak_value, identity = (
            self.ctx.get(port)
            for port in (core.host.error, core.host.peak_position, core.host.peak_value, core.identity)
        )
        rows = np.array(
            [list(data.to_bytes(2 * len(core.trace.data.word) // 8, "little")) for _, _, data in trace],
            np.uint8,
        )
        return RunResult(
            cycles=cycles,
            response=np.array(response, np.int32),
            peak_position=peak_position,
            peak_value=peak_value,
            error=error,
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
        """A word is always taken; the last one before the start."""
        waiting = [_write_payload(row) for row in self.run.writes]
        waiting.reverse()
        while waiting:
            if self.offer(self.core.host.write, waiting[-1]):
                waiting.pop()
            await self.tick()
        self.offer(self.core.host.write, None)
        await self.tick()
        next(self.dice)

    async def execute(self) -> tuple[int, list[tuple[int, int]], list[tuple[int, int, int]]]:
        """Cycles, (step, cycle) of every step's end, (step, address, data) of every word written."""
        core, trace = self.core, self.core.trace
        pixels = _pixel_payloads(self.run.pixels)
        pixel = next(pixels, None)
        offered, steps, written = self.offer(core.host.pixels, pixel), [], []
        self.ctx.set(core.host.start, 1)
        ports = (
            core.host.pixels.ready,
            core.host.done,
            core.step_done,
            core.host.step,
            trace.valid,
            trace.step,
            trace.address,
            Value.cast(trace.data),
        )
        for cycle in range(self.watchdog):
            ready, done, step_done, step, trace_valid, *word = await self.tick(*ports)
            self.ctx.set(core.host.start, 0)
            if step_done:
                steps.append((step, cycle))
            if trace_valid:
                written.append(tuple(word))
            if offered and ready:
                self.taken += 1
                pixel = next(pixels, None)
            if done:
                self.ctx.set(core.host.pixels.valid, 0)
                return cycle, steps, written
            if ready or not offered:
                offered = self.offer(core.host.pixels, pixel)
        raise AssertionError(f"watchdog: no end after {self.watchdog} cycles")

    async def read(self) -> list[int]:
        """One address a cycle; the data follow it by three cycles."""
        words = []
        for cycle in range(self.run.response_words + RESPONSE_LATENCY):
            self.ctx.set(self.core.host.response_address, cycle)
            (word,) = await self.tick(self.core.host.response_data)
            words.append(word)
        return words[RESPONSE_LATENCY:]


def _dice(seed: int) -> Iterator[int]:
    """The harnesses' xorshift32."""
    random = seed * 2654435761 & 0xFFFFFFFF | 1
    while True:
        random ^= random << 13 & 0xFFFFFFFF
        random ^= random >> 17
        random ^= random << 5 & 0xFFFFFFFF
        yield random


def _write_payload(row: np.void) -> int:
    """A row of siammixer.sim.run.WRITE as bits of siammixer.rtl.accelerator.WRITE."""
    return (
        int(row["address"]) | int(row["target"]) << 24 | int.from_bytes(row["data"].tobytes(), "little") << 26
    )


def _pixel_payloads(pixels: np.ndarray) -> Iterator[int]:
    for index, pixel in enumerate(pixels):
        yield int.from_bytes(pixel.tobytes(), "little") | (index == len(pixels) - 1) << 24
