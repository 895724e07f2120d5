"""The whole tracker in the fabric, simulated without Python inside: frames in, boxes out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from amaranth.hdl import Shape

from siammixer.arch.camera import FrameFault
from siammixer.arch.fabric import FabricDesign, State
from siammixer.arch.interface import WRITE_FIELDS
from siammixer.rtl.camera.layouts import frame_layout
from siammixer.rtl.siam_tracker import BOX, FIRST, WINDOW, SiamTracker
from siammixer.rtl.tracker.tracker_loop import ports
from siammixer.sim.build import Binary, SimulationError
from siammixer.sim.harnessed import HarnessedSimulator, build_harnessed
from siammixer.sim.verilog import cached_verilog

HARNESS = Path(__file__).with_suffix(".cpp")
_TOP = "fabric"
NEVER = 2**32 - 1
"""As a cycle, or as a number of pixels: none."""
_SUMMARY = np.dtype(
    [(name, "<u4") for name in ("cycles", "ended", "taken", "lost", "told", "lines", "faults")]
)
_TOLD = np.dtype(
    [
        *((name, "<u4") for name in ("cycle", "begun", "state", "code", "skipped", "taken", "confidence")),
        *((name, "<u4") for name in ("template_window", "left", "top", "width", "height")),
        *((name, "<u8") for name in ("window_left", "window_top")),
        *((name, "<u4") for name in ("window_step", "first", "started", "finished")),
    ]
)
_WORD_BYTES = 16
"""A word of the write port as the harness takes it."""
_EVENT = np.dtype([("cycle", "<u4"), ("number", "<u4")])


@dataclass(frozen=True, kw_only=True)
class VideoTiming:
    """When a video's pixels come, in clock cycles. By default all are there at once and wait.

    Parameters
    ----------
    lead
        To the first pixel.
    pixel_cycles, line_cycles
        From pixel to pixel within a line, and from line to line.
    line_pixels, frame_lines
        Pixels of a line, lines of a frame.
    blank_cycles
        Cycles more behind a frame's last line.
    waiting
        Pixels that can wait; of those behind them one is lost. NEVER: all can.
    """

    lead: int = 0
    pixel_cycles: float = 0
    line_pixels: int = 1
    line_cycles: int = 0
    frame_lines: int = 1
    blank_cycles: int = 0
    waiting: int = NEVER


@dataclass(frozen=True, kw_only=True)
class FabricJob:
    """Some video, and what is asked of the tracker meanwhile.

    Parameters
    ----------
    video
        uint8 (pixels, 4): red, green, blue, and 1 for a frame's first pixel, 2 for a line's last
        (:func:`siammixer.sim.stream_crop.video_of`).
    size
        Width and height of the frames.
    first
        The first box: middle x, y, width, height in 1/256 pixel.
    take, stop, reset
        The cycles in which these come, or NEVER.
    reset_cycles
        How long the reset lasts.
    lossless
        The video waits for the tracker.
    stall
        Share of the cycles in which the video pauses.
    seed
        Of the pauses.
    wanted
        News to wait for, unless a first box is refused.
    idle
        Cycles behind the last pixel and the last news.
    watchdog
        Cycles after which the job is given up.
    timing
        Of the video.
    response_words
        Words of the response to read behind everything.
    """

    video: np.ndarray = field(default_factory=lambda: np.zeros((0, 4), np.uint8))
    size: tuple[int, int]
    first: tuple[int, int, int, int] = (0, 0, 0, 0)
    take: int = NEVER
    stop: int = NEVER
    reset: int = NEVER
    reset_cycles: int = 1
    lossless: bool = True
    stall: float = 0.0
    seed: int = 0
    wanted: int = 0
    idle: int = 0
    watchdog: int = 100_000_000
    timing: VideoTiming = VideoTiming()
    response_words: int = 0


@dataclass(frozen=True, kw_only=True)
class News:
    """The news of a frame.

    Parameters
    ----------
    cycle
        The job's cycle in which it was told.
    begun
        The cycle in which the frame's first pixel was taken.
    state
        Of the tracker.
    code
        0, or what was wrong (:func:`siammixer.arch.fabric.described`).
    skipped
        Frames that were skipped between this one and the one before it that was tried.
    taken
        The first box was refused.
    box
        Left and upper edge in 1/512 pixel, width and height in 1/256.
    confidence
        In 1/32768.
    window
        Left, top and step of the frame's window in 1/65536 pixel, as it was when the frame began.
    template
        That window was the template's.
    first
        The place in the job's video of the frame's first pixel.
    started, finished
        The cycles of the core's start and of its end.
    """

    cycle: int
    begun: int
    state: State
    code: int
    skipped: int
    taken: bool
    box: tuple[int, int, int, int]
    confidence: int
    window: tuple[int, int, int]
    template: bool
    first: int
    started: int
    finished: int


@dataclass(frozen=True, kw_only=True)
class FabricOutcome:
    """The outcome of a job.

    Parameters
    ----------
    news
        What was told, in its order.
    lines
        INT64 (lines,): the cycle in which each line's last pixel was taken.
    faults
        (cycle, fault) of every frame that was none. The cycle lies within its frame as ``begun`` does: where
        the next frame's first pixel waits already, it is the one before that was taken.
    cycles
        Cycles of the job.
    ended
        Whether everything that was waited for came in time.
    lost
        Pixels of the video that were lost.
    response
        INT32 (words,): of the response, as many as were asked for.
    """

    news: tuple[News, ...]
    lines: np.ndarray
    faults: tuple[tuple[int, FrameFault], ...]
    cycles: int
    ended: bool
    lost: int
    response: np.ndarray


def build_fabric(design: FabricDesign, *, progress: Callable[[str], None] = lambda _: None) -> Binary:
    """The simulator of a :class:`siammixer.rtl.siam_tracker.SiamTracker`; compiled unless the same content
    was before.

    Raises
    ------
    InputError
        Where the system lacks a compiler or make.
    SimulationError
        Where Verilator or the compiler refuses; names the log.
    """
    return build_harnessed(_TOP, _verilog(design), HARNESS, progress=progress)


def design_fingerprint(design: FabricDesign) -> str:
    """16 hex digits of the Verilog that is simulated: what a record of runs is of."""
    return hashlib.sha256(_verilog(design).encode()).hexdigest()[:16]


def _verilog(design: FabricDesign) -> str:
    return cached_verilog(lambda: SiamTracker(design), _TOP, design)


class FabricSimulator(HarnessedSimulator):
    """A running simulator of the whole tracker.

    Parameters
    ----------
    design
        What it was built of.
    binary
        Made by :func:`build_fabric`.
    entries
        Places of the programs of "template" and "search".
    """

    def __init__(self, design: FabricDesign, binary: Binary, entries: dict[str, int]):
        super().__init__(binary)
        self._design, self._entries = design, entries
        inputs, outputs = ports(design.tracker)
        self._first = {name: Shape.cast(inputs[name]) for name in FIRST}
        self._shapes = {name: Shape.cast(outputs[name]) for name in BOX + WINDOW}

    def load(self, words: np.ndarray) -> None:
        """Writes words of dtype :data:`siammixer.driver.words.WRITE` into the memories.

        Raises
        ------
        SimulationError
            A word was refused.
        """
        bits = np.zeros((len(words), 8 * _WORD_BYTES), np.uint8)
        at = 0
        for name, width in WRITE_FIELDS:
            field = np.ascontiguousarray(words[name]).view(np.uint8).reshape(len(words), -1)
            bits[:, at : at + width] = np.unpackbits(field, axis=1, bitorder="little")[:, :width]
            at += width
        packed = np.packbits(bits, axis=1, bitorder="little")
        self.ask([np.array((0, len(words)), "<u4").tobytes(), packed.tobytes()])
        refused = int.from_bytes(self.receive(4), "little")
        if refused:
            raise SimulationError(f"the tracker refused {refused} of {len(words)} words")

    def run(self, job: FabricJob) -> FabricOutcome:
        """Runs a job: the tracker tells its news while a video comes.

        Raises
        ------
        SimulationError
            The process has ended.
        """
        self.ask([np.array((1, *self._settings(job)), "<u4").tobytes(), job.video.tobytes()])
        summary = np.frombuffer(self.receive(_SUMMARY.itemsize), _SUMMARY)[0]
        told, lines, faults = (
            np.frombuffer(self.receive(dtype.itemsize * int(summary[name])), dtype)
            for name, dtype in (("told", _TOLD), ("lines", _EVENT), ("faults", _EVENT))
        )
        response = np.frombuffer(self.receive(4 * job.response_words), "<i4")
        return FabricOutcome(
            response=response,
            news=tuple(map(self._news, told)),
            lines=lines["cycle"].astype(np.int64),
            faults=tuple((int(one["cycle"]), FrameFault(int(one["number"]))) for one in faults),
            cycles=int(summary["cycles"]),
            ended=bool(summary["ended"]),
            lost=int(summary["lost"]),
        )

    def _settings(self, job: FabricJob) -> list[int]:
        width, height = job.size
        frame = frame_layout(self._design.camera).const({"width": width, "height": height}).as_bits()
        first = [
            value & ((1 << shape.width) - 1)
            for value, shape in zip(job.first, self._first.values(), strict=True)
        ]
        timing = job.timing
        return [
            *(len(job.video), frame, self._entries["template"], self._entries["search"], *first),
            *(job.lossless, job.take, job.stop, job.reset, job.reset_cycles),
            *(round(job.stall * 2**16), job.seed, job.wanted, job.idle, job.watchdog),
            *(timing.lead, round(timing.pixel_cycles * 2**8), timing.line_pixels, timing.line_cycles),
            *(timing.frame_lines, timing.blank_cycles, timing.waiting, job.response_words),
        ]

    def _news(self, told: np.void) -> News:
        values = {name: _value(int(told[name]), shape) for name, shape in self._shapes.items()}
        return News(
            **{
                name: int(told[name])
                for name in ("cycle", "begun", "code", "skipped", "first", "started", "finished")
            },
            state=State(int(told["state"])),
            taken=bool(told["taken"]),
            box=(values["left"], values["top"], values["width"], values["height"]),
            confidence=values["confidence"],
            window=(values["window_left"], values["window_top"], values["window_step"]),
            template=bool(told["template_window"]),
        )


def _value(bits: int, shape: Shape) -> int:
    """The number that a port's bits are."""
    return bits - (1 << shape.width) if shape.signed and bits >> (shape.width - 1) else bits
