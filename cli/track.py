"""``siammixer track``: one target through a video."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from siammixer.cli.engines import fingerprint, open_tracker, simulators
from siammixer.ir.errors import InputError
from siammixer.report.outputs import output_file, write_json
from siammixer.report.overlay import annotate, canvas_size
from siammixer.report.tables import console, progress, progress_bar
from siammixer.tracking.box import Box
from siammixer.tracking.follow import Step, first_frame, follow
from siammixer.tracking.video import Frame, Video, VideoFile, open_video


def run(arguments: Namespace) -> int:
    given = parse_box(arguments.box) if arguments.box is not None else None
    if arguments.frames is not None and arguments.frames < 1:
        raise InputError(f"--frames must be at least 1, not {arguments.frames}")
    if arguments.audit is not None and arguments.engine != "board":
        raise InputError(f"--audit is for --engine board, not {arguments.engine}")
    if arguments.audit is not None and arguments.audit < 1:
        raise InputError(f"--audit must be at least 1, not {arguments.audit}")
    with ExitStack() as files:
        out, results, report = (
            files.enter_context(output_file(path, suffixes))
            for path, suffixes in ((arguments.out, (".mp4",)), (arguments.results, ()), (arguments.json, ()))
        )
        video = files.enter_context(open_video(arguments.video))
        first = first_frame(video)
        box = (given or video.first_box or draw_box(first)).check(*size_of(first))
        steps = list(track(arguments, video, first, box, out))
        tell(steps, video)
        if results:
            results.write_text(
                "".join(f"{','.join(f'{value:.4f}' for value in step.box)}\n" for step in steps)
            )
        if report:
            write_json(report, report_json(arguments, video, steps))
    return 0


def track(arguments: Namespace, video: Video, first: Frame, box: Box, out: Path | None) -> Iterator[Step]:
    """The steps, as they come, each drawn into ``out``. An interrupt ends the video, not the command."""
    with ExitStack() as opened:
        with progress("starting") as say:
            tracker = opened.enter_context(open_tracker(arguments, simulators(), say))
        draw = opened.enter_context(_drawing(out, video, first))
        total = min((count for count in (video.count, arguments.frames) if count is not None), default=None)
        advance = opened.enter_context(progress_bar(f"tracking {video.name}", total))
        try:
            steps = follow(tracker, video, first, box, arguments.frames)
            for frame, step in (
                steps
                if arguments.audit is None
                else audited(steps, tracker.engine.require_intact, arguments.audit)
            ):
                draw(step, frame.image)
                advance(f"confidence {step.confidence:.2f}")
                if step.problem:
                    console(stderr=True).print(
                        f"{step.problem}; tracking goes on", markup=False, soft_wrap=True
                    )
                yield step
        except KeyboardInterrupt:
            console(stderr=True).print("interrupted: the frames so far are kept")


def audited(
    steps: Iterator[tuple[Frame, Step]], require_intact: Callable[[], None], every: int
) -> Iterator[tuple[Frame, Step]]:
    """The steps, once the engine's memories are found as they were written: after the first, every so many
    more, and the last.
    """
    step = None
    for frame, step in steps:
        if step.index % every == 0:
            require_intact()
        yield frame, step
    if step is not None and step.index % every:
        require_intact()


@contextmanager
def _drawing(
    out: Path | None, video: Video, first: Frame
) -> Iterator[Callable[[Step, np.ndarray | None], None]]:
    """A function that appends a step and its image to the annotated video, if one is wanted."""
    if out is None:
        yield lambda step, image: None
        return
    size, last = canvas_size(*size_of(first)), first.image
    with VideoFile(out, video.rate, size) as file:

        def draw(step: Step, image: np.ndarray | None) -> None:
            nonlocal last
            last = last if image is None else image
            file.write(annotate(step, last, size))

        yield draw


def parse_box(text: str) -> Box:
    """``x,y,w,h`` in pixels of the first frame."""
    try:
        x, y, width, height = map(float, text.split(","))
    except ValueError:
        raise InputError(f"--box must be four numbers x,y,w,h in pixels, not {text!r}") from None
    return Box(x, y, width, height)


def draw_box(first: Frame) -> Box:
    """Lets the user draw the target's box with the mouse, where there is a display."""
    from siammixer.cli.mouse import ask_box

    return ask_box(first.image)


def size_of(frame: Frame) -> tuple[int, int]:
    return frame.image.shape[1], frame.image.shape[0]


def tell(steps: list[Step], video: Video) -> None:
    """How it went, for people."""
    undecoded, lost = (
        sum(values) for values in zip(*((bool(step.problem), step.lost) for step in steps), strict=True)
    )
    last = ", ".join(f"{value:.1f}" for value in steps[-1].box)
    notes = "".join(
        f", {count} {what}"
        for count, what in ((undecoded, "that could not be decoded"), (lost, "with the target lost"))
        if count
    )
    speed = speed_of(steps)
    out = console()
    out.print(
        f"{video.name}: {len(steps)} frames{notes}; last box (x, y, w, h): {last}",
        markup=False,
        soft_wrap=True,
    )
    out.print(
        "one frame: nothing to track in"
        if speed is None
        else f"tracking: {speed:.2f} frames a second (reading and drawing apart)"
    )
    if video.problem:
        out.print(video.problem, markup=False, soft_wrap=True)


def speed_of(steps: list[Step]) -> float | None:
    """Frames a second of the tracker alone; None where nothing was tracked."""
    seconds = np.array([step.seconds for step in steps[1:] if not step.problem])
    return float(len(seconds) / seconds.sum()) if len(seconds) else None


def report_json(arguments: Namespace, video: Video, steps: list[Step]) -> dict:
    """The report's contract with other programs (docs/commands.md)."""
    return {
        "video": video.name,
        "network": arguments.network,
        "engine": arguments.engine,
        "fingerprint": fingerprint(arguments),
        "audit": arguments.audit,
        "fps": speed_of(steps),
        "problems": [step.problem for step in steps if step.problem]
        + ([video.problem] if video.problem else []),
        "frames": [
            {"frame": step.index, "box": list(step.box), "confidence": step.confidence, "lost": step.lost}
            for step in steps
        ],
    }
