"""A report of tracking says how it went through a video: lines, JSON and JSON Lines, written as they come."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from siammixer.ir.files import naming
from siammixer.ir.words import counted
from siammixer.report.tables import console
from siammixer.tracking.follow import Step, Tally
from siammixer.tracking.video import Video

JSON_LINES = (".jsonl", ".ndjson")
"""Names that end so are written as JSON Lines: an object a line, as soon as it is known."""


def print_tally(tally: Tally, video: Video) -> None:
    """Prints how many frames there were, the last box and the speed."""
    assert tally.last is not None  # the first frame is one
    last = ", ".join(f"{value:.1f}" for value in tally.last.box)
    notes = "".join(
        f", {count} {what}"
        for count, what in (
            (tally.undecoded, "that could not be decoded"),
            (tally.lost, "with the target lost"),
            (video.left_out, "more left out, which came while another was tracked"),
        )
        if count
    )
    out = console()
    out.print(
        f"{video.name}: {counted(tally.frames, 'frame')}{notes}; last box (x, y, w, h): {last}",
        markup=False,
        soft_wrap=True,
    )
    out.print(
        "one frame: nothing to track in"
        if tally.speed is None
        else f"tracking: {tally.speed:.2f} frames a second (reading and drawing apart)"
    )
    if tally.latency is not None:
        out.print(
            f"from the last row of the search window to the box: {tally.latency:,.0f} clock cycles (mean)"
        )
    if video.problem:
        out.print(video.problem, markup=False, soft_wrap=True)


def box_line(step: Step) -> str:
    """Returns the box as x,y,w,h, a line."""
    return f"{','.join(f'{value:.4f}' for value in step.box)}\n"


def frame_json(step: Step) -> dict[str, Any]:
    """Returns what the report says of a frame, the contract with other programs (docs/commands.md)."""
    return {
        "frame": step.index,
        "time": step.time,
        "box": list(step.box),
        "confidence": step.confidence,
        "lost": step.lost,
        **({} if step.latency is None else {"latency_cycles": step.latency}),
    }


def end_json(tally: Tally, video: Video) -> dict[str, Any]:
    """Returns what the report says of the whole, once it is known."""
    untold = tally.undecoded - len(tally.problems)
    return {
        "fps": tally.speed,
        "left_out": video.left_out,
        "problems": tally.problems
        + ([f"and {counted(untold, 'more frame')} that could not be decoded"] if untold else [])
        + ([video.problem] if video.problem else []),
    }


def json_line(content: dict[str, Any]) -> str:
    """Returns the content as one of the JSON Lines."""
    return json.dumps(content) + "\n"


@contextmanager
def json_document(
    draft: Path, head: dict[str, Any], end: Callable[[], dict]
) -> Iterator[Callable[[Step], None]]:
    """Yields a function that appends a frame to the report, one JSON document once the block has ended well.

    Parameters
    ----------
    draft
        One of :func:`siammixer.report.outputs.output_file`.
    head
        Says what tracked what.
    end
        Returns what is known at the end, as :func:`end_json` does.

    Raises
    ------
    OSError
        Naming ``draft``, where it cannot be written.
    """
    separator = "\n    "

    def append(step: Step) -> None:
        nonlocal separator
        with naming(draft):
            file.write(separator + json.dumps(frame_json(step)))
        separator = ",\n    "

    # Named where it is written alone: other files have errors of their own in the block.
    with naming(draft):
        file = draft.open("w", encoding="utf-8")
    try:
        with naming(draft):
            file.write(json.dumps(head, indent=2).removesuffix("\n}") + ',\n  "frames": [')
        yield append
        with naming(draft):
            file.write("\n  ],\n" + json.dumps(end(), indent=2).removeprefix("{\n") + "\n")
            file.close()
    finally:
        with suppress(OSError):
            file.close()
