"""``siammixer track``: one target through a video."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from siammixer.cli.box_option import parse_box
from siammixer.cli.options import command, engine_options, stored_option
from siammixer.ir.errors import InputError

if TYPE_CHECKING:
    from siammixer.ir.network import Network
    from siammixer.tracking.box import Box
    from siammixer.tracking.follow import Step
    from siammixer.tracking.video import Frame, Video


def add(commands) -> None:
    """Adds the command's parser."""
    example = "siammixer track walk.mp4 --box 120,80,40,90 --out tracked.mp4 --results boxes.txt"
    parser = command(commands, "track", "follow one target through a video", example)
    parser.add_argument(
        "video",
        metavar="VIDEO",
        nargs="?",
        help="video file, image folder or a camera's number (default: a clip rendered here)",
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
    parser.add_argument("--out", metavar="FILE", help="write the annotated video there (.mp4)")
    parser.add_argument("--results", metavar="FILE", help="write x,y,w,h of every frame there")
    parser.add_argument("--json", metavar="FILE", help="write boxes, confidences and speed there")


def run(arguments: Namespace) -> int:
    """Tracks the target and writes what was asked for."""
    from siammixer.ir.named import open_network
    from siammixer.report.outputs import output_file, write_json
    from siammixer.report.track_text import boxes_text, print_steps, report_json
    from siammixer.tracking.follow import first_frame
    from siammixer.tracking.settings import require_box_head
    from siammixer.tracking.video import open_video

    given = parse_box(arguments.box) if arguments.box is not None else None
    check_counts(arguments)
    network = open_network(arguments.network)
    require_box_head(network)
    with ExitStack() as files:
        out, results, report = (
            files.enter_context(output_file(path, suffixes))
            for path, suffixes in ((arguments.out, (".mp4",)), (arguments.results, ()), (arguments.json, ()))
        )
        video = files.enter_context(open_video(arguments.video, upright=not arguments.as_stored))
        first = first_frame(video)
        box = (given or video.first_box or draw_box(first)).check(*first.size)
        steps = list(track(arguments, network, video, first, box, out))
        print_steps(steps, video)
        if results:
            results.write_text(boxes_text(steps))
        if report:
            write_json(report, report_json(described(arguments, network), video, steps))
    return 0


def check_counts(arguments: Namespace) -> None:
    """Refuses counts that are none, and options of another engine, before the work."""
    if arguments.frames is not None and arguments.frames < 1:
        raise InputError(f"--frames must be at least 1, not {arguments.frames}")
    if arguments.checksum is not None and arguments.engine != "board":
        raise InputError(f"--checksum is for --engine board, not {arguments.engine}")
    if arguments.checksum is not None and arguments.checksum < 1:
        raise InputError(f"--checksum must be at least 1, not {arguments.checksum}")


def track(
    arguments: Namespace, network: Network, video: Video, first: Frame, box: Box, out: Path | None
) -> Iterator[Step]:
    """Yields the steps as they come, each drawn into ``out``; an interrupt ends the video alone."""
    from siammixer.cli.engines import open_tracker
    from siammixer.driver.engine import AcceleratorEngine
    from siammixer.report.overlay import drawing
    from siammixer.report.tables import console, progress, progress_bar
    from siammixer.tracking.follow import follow, with_checks

    with ExitStack() as opened:
        with progress("starting") as say:
            tracker = opened.enter_context(open_tracker(arguments, network, say))
        draw = opened.enter_context(drawing(out, video, first))
        total = min((count for count in (video.count, arguments.frames) if count is not None), default=None)
        advance = opened.enter_context(progress_bar(f"tracking {video.name}", total))
        steps = follow(tracker, video, first, box, arguments.frames)
        if arguments.checksum is not None:
            assert isinstance(tracker.engine, AcceleratorEngine)  # check_counts refuses other engines
            steps = with_checks(steps, tracker.engine.require_intact, arguments.checksum)
        try:
            for frame, step in steps:
                if frame.note:
                    console(stderr=True).print(f"{video.name}: {frame.note}", markup=False, soft_wrap=True)
                draw(step, frame.image)
                advance(f"confidence {step.confidence:.2f}")
                if step.problem:
                    console(stderr=True).print(
                        f"{step.problem}; tracking goes on", markup=False, soft_wrap=True
                    )
                yield step
        except KeyboardInterrupt:
            console(stderr=True).print("interrupted: the frames so far are kept")


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
