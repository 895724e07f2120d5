"""The crop on the stream, simulated without Python inside: frames and windows in, crops out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from amaranth.lib import data

from siammixer.arch.camera import Camera, Strips
from siammixer.rtl.camera.layouts import frame_layout, strips_layout, window_layout
from siammixer.rtl.camera.stream_crop import StreamCrop
from siammixer.sim.build import Binary, SimulationError
from siammixer.sim.harnessed import HarnessedSimulator, build_harnessed
from siammixer.sim.verilog import cached_verilog

HARNESS = Path(__file__).with_suffix(".cpp")
_TOP = "stream_crop"
_SUMMARY = np.dtype(
    [(name, "<u4") for name in ("crop_cycles", "cycles", "taken", "sent", "error", "mean", "most_waiting")]
)


@dataclass(frozen=True, kw_only=True)
class Timing:
    """When a camera's pixels come and when the core takes the crop's, in clock cycles. By default all come at
    once, a pixel a cycle, and the core takes one a cycle.

    Parameters
    ----------
    lead
        From the request for a crop to the frame's first pixel.
    pixel_cycles, line_cycles
        From pixel to pixel within a line, and from line to line.
    row_cycles
        That the core takes for a row of the crop, at least.
    strip_cycles
        That it takes no pixels after a strip.
    """

    lead: int = 0
    pixel_cycles: float = 0
    line_cycles: int = 0
    row_cycles: int = 0
    strip_cycles: int = 0


@dataclass(frozen=True, kw_only=True)
class CropJob:
    """One frame of video, and the window to cut out of it.

    Parameters
    ----------
    frame
        uint8 (height, width, 3) RGB.
    left, top, step
        The window: its first sample's position and the step, in 1/65536 pixel, as
        siammixer.tracking.crop.Window has them.
    fill
        Colour around the frame: red, green, blue.
    strips
        The order in which the crop is sent; None asks for no crop, but for the frame's mean colour.
    video_stall, core_stall
        Share of the cycles in which the video, or the core, pauses.
    seed
        Of the pauses.
    watchdog
        Cycles after which a job is given up.
    timing
        Of the video and of the core.
    """

    frame: np.ndarray
    left: int = 0
    top: int = 0
    step: int = 1
    fill: tuple[int, int, int] = (0, 0, 0)
    strips: Strips | None = None
    video_stall: float = 0.0
    core_stall: float = 0.0
    seed: int = 0
    watchdog: int = 50_000_000
    timing: Timing = Timing()


@dataclass(frozen=True, kw_only=True)
class StreamedCrop:
    """The outcome of a job.

    Parameters
    ----------
    pixels
        uint8 (rows sent, columns, 3): the crop as it was sent.
    last
        bool (rows sent, columns): which pixels were marked ``last``.
    mean
        The frame's mean colour: red, green, blue.
    crop_cycles
        Cycles from the one after the request until the crop's last pixel was taken, both counted.
    cycles
        Cycles until the frame's mean was there too.
    most_waiting
        Most pixels of the video that had come and were not taken yet, the one that is offered among them.
    """

    pixels: np.ndarray
    last: np.ndarray
    mean: tuple[int, int, int]
    crop_cycles: int
    cycles: int
    most_waiting: int


def video_of(*images: np.ndarray) -> np.ndarray:
    """The pixels of whole frames uint8 (height, width, 3), one behind the other, as a job takes them."""
    frames = [np.zeros((0, 4), np.uint8)]
    for image in images:
        frame = np.zeros((*image.shape[:2], 4), np.uint8)
        frame[..., :3] = image
        frame[0, 0, 3] |= 1
        frame[:, -1, 3] |= 2
        frames.append(frame.reshape(-1, 4))
    return np.concatenate(frames)


def build_stream_crop(camera: Camera, *, progress: Callable[[str], None] = lambda _: None) -> Binary:
    """The simulator of a :class:`siammixer.rtl.camera.stream_crop.StreamCrop`; compiled unless the same
    content was before.

    Raises
    ------
    InputError
        Where the system lacks a compiler or make.
    SimulationError
        Where Verilator or the compiler refuses; names the log.
    """
    text = cached_verilog(lambda: StreamCrop(camera), _TOP, camera)
    return build_harnessed(_TOP, text, HARNESS, progress=progress)


class StreamCropSimulator(HarnessedSimulator):
    """A running simulator; it ends with :meth:`close`, or with the first job that fails.

    Parameters
    ----------
    camera
        The sizes it was built with.
    binary
        Made by :func:`build_stream_crop`.
    """

    def __init__(self, camera: Camera, binary: Binary):
        super().__init__(binary)
        self._camera = camera

    def crop(self, job: CropJob) -> StreamedCrop:
        """The crop and the mean colour of a frame.

        Raises
        ------
        SimulationError
            A pixel too many was sent, a frame was found faulty, or nothing came in time.
        """
        strips = job.strips
        shape = (0, 0) if strips is None else (len(strips.order), strips.columns)
        self.ask([self._request(job, shape[0] * shape[1])])
        summary = np.frombuffer(self.receive(_SUMMARY.itemsize), _SUMMARY)[0]
        if summary["error"] or summary["sent"] != shape[0] * shape[1]:
            raise SimulationError(f"{summary['sent']} pixels were sent with error {summary['error']}")
        words = np.frombuffer(self.receive(4 * shape[0] * shape[1]), "<u4").reshape(shape)
        mean = int(summary["mean"])
        return StreamedCrop(
            pixels=words.view(np.uint8).reshape(*shape, 4)[..., :3],
            last=(words >> 24).astype(bool),
            mean=(mean & 255, mean >> 8 & 255, mean >> 16),
            crop_cycles=int(summary["crop_cycles"]),
            cycles=int(summary["cycles"]),
            most_waiting=int(summary["most_waiting"]),
        )

    def _request(self, job: CropJob, pixels: int) -> bytes:
        height, width, _ = job.frame.shape
        video = video_of(job.frame)
        colours = dict(zip(("red", "green", "blue"), map(int, job.fill), strict=True))
        timing = job.timing
        window = {"left": job.left, "top": job.top, "step": job.step, "fill": colours}
        strips = vars(job.strips) if job.strips else {}
        settings = [
            *(len(video), pixels),
            *_words(frame_layout(self._camera), {"width": width, "height": height}, 1),
            *_words(strips_layout(self._camera), strips, 2),
            *_words(window_layout(self._camera), window, 4),
            *(int(job.video_stall * 2**16), int(job.core_stall * 2**16), job.seed, job.watchdog),
            *(timing.lead, round(timing.pixel_cycles * 2**8), width, timing.line_cycles),
            (job.strips.columns | job.strips.rows << 16) if job.strips else 1 | 1 << 16,
            *(timing.row_cycles, timing.strip_cycles),
        ]
        return np.array(settings, "<u4").tobytes() + video.tobytes()


def _words(layout: data.StructLayout, values: dict, count: int) -> list[int]:
    """A port's value as words of 32 bits, the lowest first."""
    bits = layout.const(values).as_bits()
    return [bits >> (32 * word) & (2**32 - 1) for word in range(count)]
