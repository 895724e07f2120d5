"""The whole tracker in the fabric, disturbed: frames with faults, pauses, lost pixels, resets, stops.

``python -m siammixer.bench.disturbances`` simulates network tiny until so many frames have come, at random,
and writes ``bench/disturbances.json`` and the table of docs/fabric.md. Every box that is told without a code
must be the Python tracker's, every frame that waits must be told, and nothing may hang. 10,000 frames take
ten minutes.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from siammixer.arch.accelerator import Accelerator, find_accelerator
from siammixer.arch.camera import FrameFault
from siammixer.arch.fabric import FIRST_FRAMES, Source, State, code
from siammixer.bench.arguments import parser, whole_number
from siammixer.bench.document import rewrite
from siammixer.golden.engine import GoldenEngine
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import load_weights
from siammixer.sim.fabric import NEVER, FabricJob, FabricOutcome, News, VideoTiming, design_fingerprint
from siammixer.sim.fabric_tracker import FabricTracker
from siammixer.sim.stream_crop import video_of
from siammixer.tracking.box import Box
from siammixer.tracking.crop import in_units
from siammixer.tracking.tracker import Tracker

FILE = Path(__file__).with_name("disturbances.json")
DOCUMENT, COMMAND = "fabric.md", "python -m siammixer.bench.disturbances"
WIDTH, HEIGHT = 64, 48
FRAMES = FIRST_FRAMES + 9
QUIET = 60_000
"""Cycles in which a frame of tiny is surely told."""
FIRST, LAST = 1, 2
KINDS = (
    *("missing pixel", "pixel too many", "missing line", "line too many", "cut off", "early first"),
    *("missing last", "early last", "pixels behind"),
)


def spoilt(frame: np.ndarray, kind: str, dice: np.random.Generator) -> np.ndarray:
    """A frame's pixels uint8 (pixels, 4) with a fault."""
    place = int(dice.integers(1, len(frame) - WIDTH - 1))
    line = place // WIDTH * WIDTH
    changed = frame.copy()
    match kind:
        case "missing pixel":
            return np.delete(frame, place, axis=0)
        case "pixel too many":
            return np.insert(frame, place, frame[place], axis=0)
        case "missing line":
            return np.delete(frame, slice(line + WIDTH, line + 2 * WIDTH), axis=0)
        case "line too many":
            return np.insert(frame, line + WIDTH, frame[line + WIDTH : line + 2 * WIDTH], axis=0)
        case "cut off":
            return frame[:place]
        case "early first":
            changed[place, 3] |= FIRST
        case "missing last":
            changed[line + WIDTH - 1, 3] &= ~LAST & 255
        case "early last":
            changed[line + int(dice.integers(1, WIDTH - 1)), 3] |= LAST
        case _:
            return np.concatenate([frame, frame[1 : 1 + int(dice.integers(1, 2 * WIDTH))]])
    return changed


@dataclass(frozen=True, kw_only=True)
class Episode:
    """A target, the video in which it is followed, and what happens meanwhile.

    Parameters
    ----------
    job
        The video and the events.
    event
        ``reset``, ``stop``, or none.
    waits
        Every frame is told: the video waits, and there is no event.
    begun
        Frames of the video that begin.
    """

    job: FabricJob
    event: str
    waits: bool
    begun: int


def draw(dice: np.random.Generator, images: Sequence[np.ndarray], counts: Counter) -> Episode:
    """An episode over images, which are shown in turn. ``counts`` counts the kinds."""
    video, lossless, share = [], bool(dice.random() < 0.7), float(dice.choice([0.05, 0.3]))
    waiting = NEVER if lossless or dice.random() < 0.5 else int(dice.integers(1, 40))
    for number in range(FRAMES):
        frame = video_of(images[(number + 1) % len(images)])
        if waiting == NEVER and number < FRAMES - 1 and dice.random() < share:
            kind = KINDS[dice.integers(len(KINDS))]
            counts[kind] += 1
            frame = spoilt(frame, kind, dice)
        video.append(frame)
    pixels = np.concatenate(video)
    event = ("", "reset", "stop")[dice.choice(3, p=(0.7, 0.15, 0.15))]
    counts[event or "no event"] += 1
    counts["lossless" if lossless else "live" if waiting == NEVER else "live, cannot wait"] += 1
    size = [float(dice.uniform(5, 30)) for _ in range(2)]
    place = [
        float(dice.uniform(-side / 2, edge - side / 2))
        for side, edge in zip(size, (WIDTH, HEIGHT), strict=True)
    ]
    box, timing = Box(*place, *size), VideoTiming(lead=10)
    if not lossless:
        pace = float(dice.uniform(1, 8))
        timing = VideoTiming(
            lead=5000,
            pixel_cycles=pace,
            line_pixels=WIDTH,
            line_cycles=int(pace * WIDTH) + int(dice.integers(8, 300)),
            frame_lines=HEIGHT,
            blank_cycles=int(dice.integers(0, 40_000)),
            waiting=waiting,
        )
    cycle = int(dice.integers(2, 500_000))
    job = FabricJob(
        video=pixels,
        size=(WIDTH, HEIGHT),
        first=in_units(box),
        take=0,
        stop=cycle if event == "stop" else NEVER,
        reset=cycle if event == "reset" else NEVER,
        reset_cycles=int(dice.integers(1, 5)),
        lossless=lossless,
        stall=float(dice.choice([0, 0.1, 0.5])),
        seed=int(dice.integers(2**31)),
        idle=QUIET,
        watchdog=30_000_000,
        timing=timing,
    )
    return Episode(
        job=job,
        event=event,
        waits=lossless and not event,
        begun=int((pixels[:, 3] & FIRST).sum()),
    )


def check(episode: Episode, outcome: FabricOutcome, tracker: Tracker, before: np.ndarray) -> tuple[int, str]:
    """The boxes that were compared, and what is wrong, if anything is.

    A frame with a fault behind its window is tracked, but its mean colour is not taken over: what follows it
    is not compared.
    """
    if not outcome.ended:
        return 0, f"not at rest after {outcome.cycles:,} cycles"
    if episode.waits and len(outcome.news) != episode.begun:
        return 0, f"{len(outcome.news)} frames of {episode.begun} were told"
    for news in outcome.news:
        if news.code and not _had(news, outcome):
            return 0, f"a frame was told with code {news.code:#x}, and had no such fault"
    until = getattr(episode.job, episode.event) if episode.event else outcome.cycles
    news_before = [news for news in outcome.news if news.cycle < until]
    begins = [*(news.begun for news in news_before), outcome.cycles]
    learnt: list[np.ndarray] = []
    compared = 0
    for place, news in enumerate(news_before):
        if news.code:
            continue
        image = _image(episode.job.video, news)
        if len(learnt) < FIRST_FRAMES:
            if news.state is not State.LEARNING:
                return compared, f"frame {place} was told as {news.state.name}"
            learnt.append(image)
            if len(learnt) == FIRST_FRAMES:
                left, top, width, height = news.box
                tracker.learn([before, *learnt], Box(left / 512, top / 512, width / 256, height / 256))
        else:
            seen = tracker.update(image)
            found = (news.box, news.confidence, news.state is State.LOST)
            if found != _told(seen):
                return (
                    compared,
                    f"frame {place} was told as {found}, where the Python tracker has {_told(seen)}",
                )
            compared += 1
        if any(news.begun <= cycle < begins[place + 1] for cycle, _ in outcome.faults):
            break
    return compared, ""


def _had(news: News, outcome: FabricOutcome) -> bool:
    """Whether a frame had the fault that its code tells."""
    return any(
        code(Source.FRAME, fault) == news.code and news.begun <= cycle <= news.cycle
        for cycle, fault in outcome.faults
    )


def _image(video: np.ndarray, news: News) -> np.ndarray:
    """The frame that begins at a place of a video; what is missing of it is black."""
    pixels = np.zeros((WIDTH * HEIGHT, 3), np.uint8)
    found = video[news.first : news.first + len(pixels), :3]
    pixels[: len(found)] = found
    return pixels.reshape(HEIGHT, WIDTH, 3)


def _told(state) -> tuple:
    """Box, confidence and loss in the units of the hardware."""
    x, y, width, height = state.box
    return (x * 512, y * 512, width * 256, height * 256), state.confidence * 32768, state.lost


def run(
    fabric: FabricTracker, dice: np.random.Generator, images: Sequence[np.ndarray], counts: Counter[str]
) -> tuple[Episode, FabricOutcome, np.ndarray]:
    """A drawn episode, what the tracker told, and the frame before the target's."""
    fabric.run(FabricJob(size=(WIDTH, HEIGHT), stop=0, idle=QUIET))
    before = images[int(dice.integers(len(images)))]
    fabric.run(FabricJob(size=(WIDTH, HEIGHT), video=video_of(before), idle=100))
    episode = draw(dice, images, counts)
    return episode, fabric.run(episode.job), before


def measure(count: int, seed: int, accelerator: Accelerator) -> dict:
    """The content of ``bench/disturbances.json``, of at least so many frames."""
    network = find_network("tiny")
    weights = load_weights(network)
    counts: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    problems: list[str] = []
    dice = np.random.default_rng(seed)
    images = [scene(dice) for _ in range(4)]
    golden = Tracker(GoldenEngine(network, weights))
    fabric = FabricTracker(network, weights, accelerator, frame_size=(WIDTH, HEIGHT))
    design = design_fingerprint(fabric.design)
    with closing(fabric):
        while totals["frames"] < count:
            episode, outcome, before = run(fabric, dice, images, counts)
            compared, problem = check(episode, outcome, golden, before)
            if problem:
                problems.append(f"episode {totals['episodes']}: {problem}")
            totals.update(
                episodes=1,
                frames=episode.begun,
                news=len(outcome.news),
                boxes_compared=compared,
                codes=sum(bool(news.code) for news in outcome.news),
                skipped=sum(news.skipped for news in outcome.news),
                lost_pixels=outcome.lost,
                cycles=outcome.cycles,
            )
            totals.update(f"fault {FrameFault(fault).name}" for _, fault in outcome.faults)
    return {
        "seed": seed,
        "weights": weights.fingerprint,
        "design": design,
        "totals": dict(sorted(totals.items())),
        "kinds": dict(sorted(counts.items())),
        "problems": problems,
    }


def scene(dice: np.random.Generator) -> np.ndarray:
    """Patches of colour: something to be found, and something else."""
    image = dice.integers(0, 256, (6, 8, 3), dtype=np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    return np.clip(image + dice.integers(-20, 21, image.shape), 0, 255).astype(np.uint8)


def table(record: dict) -> str:
    """The record as Markdown."""
    totals = record["totals"]
    columns = {
        "frames": "frames",
        "news": "told",
        "codes": "with a code",
        "skipped": "skipped",
        "lost_pixels": "pixels lost",
        "boxes_compared": "boxes compared",
        "cycles": "cycles",
    }
    values = " | ".join(f"{totals.get(name, 0):,}" for name in columns)
    return (
        f"| {' | '.join(columns.values())} | wrong boxes, frames untold, hangs |\n"
        f"|{'---|' * (len(columns) + 1)}\n| {values} | {len(record['problems'])} |\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit status is 1 where something is wrong."""
    options = parser("disturbances", __doc__)
    options.add_argument(
        "--count", type=whole_number, default=10_000, help="frames at least (default %(default)s)"
    )
    options.add_argument("--seed", type=int, default=1, help="of everything (default %(default)s)")
    given = options.parse_args(arguments)
    record = measure(given.count, given.seed, find_accelerator("tiny"))
    FILE.write_text(json.dumps(record, indent=2) + "\n")
    rewrite(DOCUMENT, COMMAND, table(record))
    for problem in record["problems"]:
        print(problem, file=sys.stderr)
    return int(bool(record["problems"]))


if __name__ == "__main__":
    raise SystemExit(main())
