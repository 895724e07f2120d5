"""Single components in Amaranth's own simulator: streams with stalls, the stream rules, a watchdog."""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from amaranth.hdl import Value
from amaranth.lib import stream
from amaranth.lib.wiring import Component
from amaranth.sim import Simulator

Testbench = Callable[[Any], Coroutine[Any, Any, None]]


@dataclass
class Transfers:
    """The transfers of a stream: payloads, and the clock cycle of each (the first cycle is 0)."""

    payloads: list[Any] = field(default_factory=list)
    cycles: list[int] = field(default_factory=list)


async def stream_put(
    ctx, port: stream.Interface, payloads: Iterable[Any], *, stall: float = 0.0, seed: int | str = 0
) -> None:
    """Offers the payloads in order; each cycle without an offer begins another with probability ``stall``.

    The payload is noise while nothing is offered.
    """
    dice = random.Random(f"put {seed}")
    raw = Value.cast(port.payload)
    for payload in payloads:
        while dice.random() < stall:
            ctx.set(raw, dice.getrandbits(len(raw)))
            await ctx.tick()
        ctx.set(port.payload, payload)
        ctx.set(port.valid, 1)
        taken = False
        while not taken:
            _, _, taken = await ctx.tick().sample(port.ready)
        ctx.set(port.valid, 0)
    ctx.set(raw, dice.getrandbits(len(raw)))


async def stream_get(
    ctx, port: stream.Interface, count: int, *, stall: float = 0.0, seed: int | str = 0
) -> list[Any]:
    """Takes ``count`` payloads; in each cycle it is not ready with probability ``stall``."""
    dice = random.Random(f"get {seed}")
    payloads: list[Any] = []
    while len(payloads) < count:
        ready = dice.random() >= stall
        ctx.set(port.ready, ready)
        _, _, valid, payload = await ctx.tick().sample(port.valid, port.payload)
        if ready and valid:
            payloads.append(payload)
    ctx.set(port.ready, 0)
    return payloads


def watch(port: stream.Interface, name: str = "stream") -> tuple[Testbench, Transfers]:
    """A background test bench that checks the stream rules, and the transfers it records.

    An offer (valid high) that was not taken must stand unchanged in the next cycle, except after a reset.
    """
    transfers = Transfers()

    async def bench(ctx) -> None:
        raw, pending, cycle = Value.cast(port.payload), None, 0
        while True:
            _, reset, valid, ready, bits, payload = await ctx.tick().sample(
                port.valid, port.ready, raw, port.payload
            )
            if pending is not None and not reset:
                assert valid, f"{name}: offer {pending:#x} withdrawn in cycle {cycle}"
                assert bits == pending, f"{name}: offer {pending:#x} changed to {bits:#x} in cycle {cycle}"
            pending = bits if valid and not ready else None
            if valid and ready:
                transfers.payloads.append(payload)
                transfers.cycles.append(cycle)
            cycle += 1

    return bench, transfers


def simulate(
    component: Component,
    benches: Sequence[Testbench],
    *,
    background: Sequence[Testbench] = (),
    watchdog: int = 10_000,
) -> None:
    """Runs the component until all ``benches`` have returned; fails after ``watchdog`` clock cycles."""
    # Test benches here wait on single ticks only: Amaranth's until(), repeat() and "async for" raise
    # when an unfinished one is thrown away.
    period = 1e-6
    simulator = Simulator(component)
    simulator.add_clock(period)
    for bench in benches:
        simulator.add_testbench(bench)

    async def guard(ctx) -> None:
        await ctx.delay(watchdog * period)
        raise AssertionError(f"watchdog: {type(component).__name__} not finished after {watchdog} cycles")

    for bench in (*background, guard):
        simulator.add_testbench(bench, background=True)
    simulator.run()


def exchange(
    component: Component,
    inputs: Mapping[str, Iterable[Any]],
    outputs: Mapping[str, int],
    *,
    stall: float = 0.0,
    seed: int = 0,
    settle: int = 8,
    watchdog: int = 10_000,
) -> dict[str, Transfers]:
    """Feeds all input streams, takes the given number of payloads from the outputs, checks the rules on all.

    Parameters
    ----------
    inputs, outputs
        By the name of the component's member; outputs give the number of payloads expected.
    stall
        Probability of a stall at each end of each stream and cycle.
    settle
        Cycles that every output stays ready after its last expected payload: a payload too many is
        then among the transfers.

    Returns
    -------
    dict
        What each stream transferred, by name.
    """
    watched = {name: watch(getattr(component, name), name) for name in (*inputs, *outputs)}

    def put(name: str, payloads: Iterable[Any]) -> Testbench:
        async def bench(ctx) -> None:
            await stream_put(ctx, getattr(component, name), payloads, stall=stall, seed=f"{seed} {name}")

        return bench

    def get(name: str, count: int) -> Testbench:
        async def bench(ctx) -> None:
            port = getattr(component, name)
            await stream_get(ctx, port, count, stall=stall, seed=f"{seed} {name}")
            ctx.set(port.ready, 1)
            for _ in range(settle):
                await ctx.tick()

        return bench

    benches = [put(name, payloads) for name, payloads in inputs.items()] + [
        get(name, count) for name, count in outputs.items()
    ]
    simulate(component, benches, background=[bench for bench, _ in watched.values()], watchdog=watchdog)
    return {name: transfers for name, (_, transfers) in watched.items()}
