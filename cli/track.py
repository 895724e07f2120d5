"""``siammixer track``: one target through a video."""

from __future__ import annotations

import re
import time
from argparse import Namespace
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

from siammixer.cli.box_option import parse_box
from siammixer.cli.options import command, engine_options, stored_option
from siammixer.ir.errors import InputError

if TYPE_CHECKING:
    from siammixer.cli.window import Window
    from siammixer.ir.network import Network
    from siammixer.tracking.box import Box
    from siammixer.tracking.evaluate import Tracking
    from siammixer.tracking.follow import Step
    from siammixer.tracking.video import Frame, Video

RECENT = 30
"""The speed shown meanwhile is that of so many frames."""


def add(commands) -> None:
    """Adds the command's parser."""
    example = "siammixer track walk.mp4 --box 120,80,40,90 --out tracked.mp4 --results boxes.txt"
    parser = command(commands, "track", "follow one target through a video", example)
    parser.add_argument(
        "video",
        metavar="VIDEO",
        nargs="?",
        help="video file, address such as rtsp://..., - for standard input, image folder, or camera: 0 or "
        "/dev/video0 (default: a clip rendered here)",
    )
    parser.add_argument(
        "--box",
        metavar="X,Y,W,H",
        help="the target in the first frame, in pixels (default: the folder's, or drawn with the mouse)",
    )
    stored_option(parser)
    engine_options(parser)
    parser.add_argument(
        "--checksum",
        metavar="N",
        type=int,
        help="check the board's weights and template at every Nth frame and the last (default: never)",
    )
    parser.add_argument("--frames", metavar="N", type=int, help="stop after so many frames")
    parser.add_argument("--camera-size", metavar="WxH", help="ask the camera for frames of that size")
    parser.add_argument("--show", action="store_true", help="show the annotated video in a window meanwhile")
    parser.add_argument("--out", metavar="FILE", help="write the annotated video there (.mp4, H.264)")
    parser.add_argument("--results", metavar="FILE", help="write x,y,w,h of every frame there, as they come")
    parser.add_argument(
        "--json",
        metavar="FILE",
        help="write boxes, confidences and speed there; a line for every frame, as they come, to .jsonl",
    )


def run(arguments: Namespace) -> int:
    """Tracks the target and writes what was asked for."""
    from siammixer.cli.engines import open_tracker
    from siammixer.cli.track_outputs import Outputs
    from siammixer.driver.errors import ChecksumError
    from siammixer.ir.interrupt import interruptible
    from siammixer.ir.named import open_network
    from siammixer.report.overlay import drawing
    from siammixer.report.tables import progress
    from siammixer.report.track_text import print_tally
    from siammixer.tracking.follow import Tally, first_frame
    from siammixer.tracking.settings import require_box_head
    from siammixer.tracking.video import open_video
    from siammixer.tracking.video_file import advice

    given = parse_box(arguments.box) if arguments.box is not None else None
    check_counts(arguments)
    size = parse_size(arguments.camera_size) if arguments.camera_size is not None else None
    network = open_network(arguments.network)
    require_box_head(network)
    tally = Tally()
    with ExitStack() as files:
        outputs = Outputs(arguments, files)
        window = files.enter_context(open_window()) if arguments.show else None
        video = files.enter_context(
            open_video(arguments.video, upright=not arguments.as_stored, camera_size=size)
        )
        first = first_frame(video)
        box = (given or video.first_box or draw_box(first)).check(*first.size)
        with progress("starting") as tell:
            tracker = files.enter_context(open_tracker(arguments, network, tell))
        show = window.show if window is not None else None
        draw = files.enter_context(drawing(outputs.out, video, first, show))
        outputs.begin(described(arguments, network), video, tally)
        with interruptible() as interruption:
            video.frames = interruption.until(video.frames)
            try:
                for frame, step in steps(arguments, tracker, video, first, box):
                    tally.add(step)
                    draw(step, frame.image)
                    if not outputs.write(step) or (window is not None and window.closed):
                        interruption.end()
                outputs.end()
            except ChecksumError:
                outputs.discard()
                raise
            files.close()  # an interrupt that comes a second time, even now, leaves no broken file
    if interruption():
        say("interrupted: the frames so far are kept")
    if arguments.out is not None and advice(arguments.out):
        say(f"{arguments.out}: {advice(arguments.out)}")
    print_tally(tally, video)
    return 0


def check_counts(arguments: Namespace) -> None:
    """Refuses counts that are none, and options of another engine, before the work."""
    if arguments.frames is not None and arguments.frames < 1:
        raise InputError(f"--frames must be at least 1, not {arguments.frames}")
    if arguments.checksum is not None and arguments.engine != "board":
        raise InputError(f"--checksum is for --engine board, not {arguments.engine}")
    if arguments.checksum is not None and arguments.checksum < 1:
        raise InputError(f"--checksum must be at least 1, not {arguments.checksum}")


def steps(
    arguments: Namespace, tracker: Tracking, video: Video, first: Frame, box: Box
) -> Iterator[tuple[Frame, Step]]:
    """Yields the steps as they come, with the board's checks, and shows on the way how it goes."""
    from siammixer.driver.engine import AcceleratorEngine
    from siammixer.report.tables import progress_bar
    from siammixer.tracking.follow import follow, with_checks
    from siammixer.tracking.tracker import Tracker

    found = follow(tracker, video, first, box, arguments.frames)
    if arguments.checksum is not None:
        # check_counts refuses other engines
        assert isinstance(tracker, Tracker) and isinstance(tracker.engine, AcceleratorEngine)
        found = with_checks(found, tracker.engine.require_intact, arguments.checksum)
    total = min((count for count in (video.count, arguments.frames) if count is not None), default=None)
    moments: deque[float] = deque(maxlen=RECENT)
    with progress_bar(f"tracking {video.name}", total) as advance:
        for frame, step in found:
            yield frame, step
            moments.append(time.monotonic())
            taken = moments[-1] - moments[0]
            speed = f"{(len(moments) - 1) / taken:.1f} frames a second, " if taken else ""
            advance(f"{speed}confidence {step.confidence:.2f}{', target lost' if step.lost else ''}")
            if frame.note:
                say(f"{video.name}: {frame.note}")
            if step.problem:
                say(f"{step.problem}; tracking goes on")


def say(text: str) -> None:
    """Says a line on standard error."""
    from siammixer.report.tables import console

    console(stderr=True).print(text, markup=False, soft_wrap=True)


def parse_size(text: str) -> tuple[int, int]:
    """Returns the width and height that ``1280x720`` names."""
    sides = re.fullmatch(r"(\d{1,5})[xX](\d{1,5})", text, re.ASCII)
    if sides is None or not (int(sides[1]) and int(sides[2])):
        raise InputError(f"--camera-size must be WIDTHxHEIGHT such as 1280x720, not {text!r}")
    return int(sides[1]), int(sides[2])


def open_window() -> Window:
    """Opens the window of ``--show``, where there is a display."""
    from siammixer.cli.window import Window

    return Window("siammixer: q or Escape ends it")


def draw_box(first: Frame) -> Box:
    """Lets the user draw the target's box with the mouse, where there is a display."""
    from siammixer.cli.mouse import ask_box

    assert first.image is not None  # first_frame refuses a video without one
    return ask_box(first.image)


def described(arguments: Namespace, network: Network) -> dict:
    """Says what tracked, for the head of the report."""
    from siammixer.cli.engines import fingerprint

    return {
        "network": network.name,
        "engine": arguments.engine,
        "fingerprint": fingerprint(arguments, network),
        "checksum": arguments.checksum,
    }
