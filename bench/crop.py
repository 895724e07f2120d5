"""Compare the crop on the stream with the tracker's crop in random windows, and record the differences.

``python -m siammixer.bench.crop [WINDOWS]`` writes ``bench/crop.json`` and the tables of docs/camera.md. The
simulated hardware gets frame after frame, of any size up to 1280 x 720, with pauses at both ends or none, and
crops each around a target of any size, with the mean colour of the frame before. Crops and mean colours are
compared with siammixer.tracking.crop, and then cameras are tried (siammixer.bench.crop_cameras). The exit
status is 1 where a pixel differs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np

from siammixer.arch.camera import Camera, Strips, strips
from siammixer.bench import crop_cameras
from siammixer.bench.arguments import parser, whole_number
from siammixer.bench.document import rewrite
from siammixer.ir.catalogue import find_network
from siammixer.ir.named import DEFAULT_NETWORK
from siammixer.ir.network import Network
from siammixer.ir.patches import Grid
from siammixer.ir.window import STEP_BITS
from siammixer.rtl.camera.stream_crop import StreamCrop
from siammixer.sim.stream_crop import CropJob, StreamCropSimulator, build_stream_crop
from siammixer.sim.verilog import cached_verilog
from siammixer.tracking.crop import Window, crop, mean_colour, window_at

FILE = Path(__file__).with_name("crop.json")
DOCUMENT, COMMAND = "camera.md", "python -m siammixer.bench.crop"
WINDOWS, SEED = 2000, 1
GRIDS = ("4x1", "8x1", "16x1")
KINDS = ("enlarged", "reduced", "over an edge", "wholly outside")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A frame uint8 (height, width, 3), a window, the strips in which the core wants it, and the pauses."""

    frame: np.ndarray
    window: Window
    strips: Strips
    video_stall: float
    core_stall: float
    seed: int

    @property
    def kinds(self) -> list[str]:
        """Those of :data:`KINDS` that the window is of."""
        height, width, _ = self.frame.shape
        reach = (self.window.side - 1) * self.window.step
        ends = [(first, first + reach) for first in self.window.first]
        sides = [(side - 1) << STEP_BITS for side in (width, height)]
        outside = any(high < 0 or low > side for (low, high), side in zip(ends, sides, strict=True))
        over = any(low < 0 or high > side for (low, high), side in zip(ends, sides, strict=True))
        enlarged = self.window.step < 1 << STEP_BITS
        held = (enlarged, not enlarged, over and not outside, outside)
        return [kind for kind, holds in zip(KINDS, held, strict=True) if holds]


@dataclass(kw_only=True)
class Comparison:
    """The outcome of all cases: windows by their kinds, those that differ, the first difference in words."""

    windows: int = 0
    pixels: int = 0
    different_pixels: int = 0
    different_crops: int = 0
    different_means: int = 0
    cycles: int = 0
    problem: str | None = None
    kinds: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))


def windows(
    count: int, *, seed: int, largest: tuple[int, int] = (1280, 720), side: int | None = None
) -> Iterator[Case]:
    """Draws cases.

    Parameters
    ----------
    largest
        Width and height of the largest frame.
    side
        Crop pixels along an edge; by default those of the default network, in its strips, of every fourth
        crop, and 1 to 127 of the others.
    """
    random, network = np.random.default_rng(seed), find_network(DEFAULT_NETWORK)
    for number in range(count):
        # As many small frames as large ones. Every fourth crop is the default network's.
        width, height = (int(np.exp(random.uniform(0, np.log(most + 0.99)))) for most in largest)
        frame = random.integers(0, 256, (height, width, 3), np.uint8)
        video_stall, core_stall = ((0.0, 0.0), (0.3, 0.0), (0.0, 0.3), (0.2, 0.2))[number // 4 % 4]
        here = side or (network.search_side if number % 4 == 0 else int(random.integers(1, 128)))
        yield Case(
            frame=frame,
            window=_window(random, width, height, here, network),
            strips=_strips(random, network, here),
            video_stall=video_stall,
            core_stall=core_stall,
            seed=number,
        )


def _window(random: np.random.Generator, width: int, height: int, side: int, network: Network) -> Window:
    """The window around a target of 8 pixels to 80 % of the frame, in it or half beside it; every eighth time
    of any step, anywhere.
    """
    if random.random() < 1 / 8:
        step = int(2 ** random.uniform(6, 22))
        x, y = (int(random.integers(-(1 << 19), 1 << 19)) for _ in range(2))
        return Window(x=x, y=y, step=step, side=side)
    target = [int(256 * random.uniform(8, max(8.5, 0.8 * edge))) for edge in (width, height)]
    x, y = (int(random.integers(-edge << 6, 320 * edge + 1)) for edge in (width, height))
    whole = window_at(x, y, target[0], target[1], network.search_side, network)
    return Window(x=x, y=y, step=whole.step * network.search_side // side, side=side)


def _strips(random: np.random.Generator, network: Network, side: int) -> Strips:
    """The network's strips; for another side some that share up to 16 rows."""
    if side == network.search_side:
        return strips(network, "search", Grid.parse(str(random.choice(GRIDS))))
    rows = int(random.integers(1, side + 1))
    advance = int(random.integers(max(1, rows - 16), rows + 1))
    return Strips(columns=side, rows=rows, advance=advance, last_top=_last_top(side - rows, advance))


def _last_top(most: int, advance: int) -> int:
    """The last strip's top: all of ``most``, but where the last two strips would share more than 16 rows."""
    return most if most % advance == 0 else most // advance * advance


def compared(simulator: StreamCropSimulator, cases: Iterable[Case]) -> Comparison:
    """Runs the cases, one frame after the other; the first one's fill is black."""
    found, fill = Comparison(), np.zeros(3, np.uint8)
    for case in cases:
        left, top = case.window.first
        streamed = simulator.crop(
            CropJob(
                frame=case.frame,
                left=left,
                top=top,
                step=case.window.step,
                fill=(int(fill[0]), int(fill[1]), int(fill[2])),
                strips=case.strips,
                video_stall=case.video_stall,
                core_stall=case.core_stall,
                seed=case.seed,
            )
        )
        wanted = crop(case.frame, case.window, fill)[case.strips.order]
        different = int((streamed.pixels != wanted).any(axis=2).sum())
        marked = streamed.last.sum() == 1 and bool(streamed.last[-1, -1])
        fill = mean_colour(case.frame)
        wrong_mean = streamed.mean != tuple(fill.tolist())
        found.windows += 1
        found.pixels += wanted.size // 3
        found.different_pixels += different
        found.different_crops += bool(different) or not marked
        found.different_means += wrong_mean
        found.cycles += streamed.cycles
        for kind in case.kinds:
            found.kinds[kind] += 1
        if (different or wrong_mean or not marked) and found.problem is None:
            height, width, _ = case.frame.shape
            found.problem = f"{width}x{height}, {case.window}: {different} pixels, mean {streamed.mean}"
    return found


def table(record: dict) -> str:
    """The record as two Markdown tables: the windows, and the cameras."""
    heads = ("windows", *KINDS, "pixels of crops", "cycles", "pixels that differ", "mean colours that differ")
    counts = (
        *(record["windows"], *record["kinds"].values(), record["pixels"], record["cycles"]),
        *(record["different_pixels"], record["different_means"]),
    )
    cells = " | ".join(f"{count:,}" for count in counts)
    windows_table = f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|\n| {cells} |\n"
    return f"{windows_table}\n{crop_cameras.table(record['cameras'])}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    options = parser("crop", __doc__)
    options.add_argument(
        "windows",
        nargs="?",
        type=whole_number,
        default=WINDOWS,
        metavar="WINDOWS",
        help=f"windows compared (default: {WINDOWS})",
    )
    count = options.parse_args(arguments).windows
    camera = Camera()
    design = cached_verilog(lambda: StreamCrop(camera), "stream_crop", camera)
    with StreamCropSimulator(camera, build_stream_crop(camera, progress=print)) as simulator:
        found = compared(simulator, windows(count, seed=SEED))
        cameras = crop_cameras.measured(simulator, find_network(DEFAULT_NETWORK), print)
    digest = sha256(design.encode()).hexdigest()[:16]
    record = {"design": digest, "seed": SEED, **asdict(found), "cameras": cameras}
    FILE.write_text(json.dumps(record, indent=2) + "\n")
    rewrite(DOCUMENT, COMMAND, table(record))
    print(found.problem or f"{found.windows} windows, no pixel differs")
    return int(bool(found.different_crops or found.different_means))


if __name__ == "__main__":
    raise SystemExit(main())
