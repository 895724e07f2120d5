"""A report of tracking says how it went through a video, as text and as JSON."""

from __future__ import annotations

from siammixer.report.tables import console
from siammixer.tracking.follow import Step, speed_of
from siammixer.tracking.video import Video


def print_steps(steps: list[Step], video: Video) -> None:
    """Prints how many frames there were, the last box and the speed."""
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


def boxes_text(steps: list[Step]) -> str:
    """Returns the boxes, a line x,y,w,h each."""
    return "".join(f"{','.join(f'{value:.4f}' for value in step.box)}\n" for step in steps)


def report_json(head: dict, video: Video, steps: list[Step]) -> dict:
    """Returns the report, the contract with other programs (docs/commands.md); ``head`` says what tracked."""
    return {
        "video": video.name,
        **head,
        "fps": speed_of(steps),
        "problems": [step.problem for step in steps if step.problem]
        + ([video.problem] if video.problem else []),
        "frames": [
            {"frame": step.index, "box": list(step.box), "confidence": step.confidence, "lost": step.lost}
            for step in steps
        ],
    }
