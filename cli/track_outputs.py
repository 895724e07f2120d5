"""Outputs of ``siammixer track``: video and JSON document whole or not at all, lines as they come."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siammixer.ir.errors import InputError

if TYPE_CHECKING:
    from siammixer.tracking.follow import Step, Tally
    from siammixer.tracking.video import Video


class Outputs:
    """Opens what ``--out``, ``--results`` and ``--json`` name; ``files`` closes it.

    Attributes
    ----------
    out
        The draft of the annotated video, or None.

    Raises
    ------
    InputError
        Where something cannot be written, or is the video that is read or another output.
    """

    def __init__(self, arguments: Namespace, files: ExitStack):
        from siammixer.report.outputs import output_file
        from siammixer.report.streamed import streamed_file
        from siammixer.report.track_text import JSON_LINES

        _check_different(arguments)
        lines = arguments.json is not None and arguments.json.lower().endswith(JSON_LINES)
        self.out: Path | None = files.enter_context(output_file(arguments.out, (".mp4",)))
        self._results = files.enter_context(streamed_file(arguments.results))
        self._lines = files.enter_context(streamed_file(arguments.json if lines else None))
        self._draft: Path | None = files.enter_context(output_file(None if lines else arguments.json))
        self._files = files
        self._head: dict[str, Any] = {}
        self._append: Callable[[Step], None] | None = None

    def begin(self, head: dict[str, Any], video: Video, tally: Tally) -> None:
        """Takes what tracked, ``head``, and what will be known at the end. Nothing is written yet."""
        from siammixer.report.track_text import end_json, json_document

        self._head = {"video": video.name, **head}
        self._end = lambda: end_json(tally, video)
        if self._draft is not None:
            self._append = self._files.enter_context(json_document(self._draft, self._head, self._end))

    def write(self, step: Step) -> bool:
        """Writes what is said of a frame; returns whether somebody wants more: the reader of a pipe may have
        seen enough.
        """
        from siammixer.report.track_text import box_line, frame_json, json_line

        if self._append is not None:
            self._append(step)
        head = json_line(self._head) if step.index == 0 else ""
        try:
            if self._lines is not None:
                self._lines.write(head + json_line(frame_json(step)))
            if self._results is not None:
                self._results.write(box_line(step))
        except BrokenPipeError:
            return False
        return True

    def end(self) -> None:
        """Writes the last of the JSON Lines."""
        from siammixer.report.track_text import json_line

        if self._lines is not None:
            with suppress(BrokenPipeError):
                self._lines.write(json_line(self._end()))

    def discard(self) -> None:
        """Removes the lines too: what is in them is wrong."""
        for file in (self._results, self._lines):
            if file is not None:
                file.close(remove=True)


def _check_different(arguments: Namespace) -> None:
    """Refuses to overwrite the video with what is made of it, and two outputs in one file."""
    named: dict[str, str] = {}
    for option, path in (
        ("the video that is read", arguments.video),
        *((f"--{name}", getattr(arguments, name)) for name in ("out", "results", "json")),
    ):
        if not path or "://" in path or (os.path.exists(path) and not os.path.isfile(path)):
            continue
        path = os.path.realpath(path)
        if path in named:
            raise InputError(f"{option} must be a file of its own, not {named[path]}")
        if _is_of_sequence(path, arguments.video):
            raise InputError(f"{option}: {path} belongs to the sequence that is read; name another file")
        named[path] = option


def _is_of_sequence(path: str, video: str | None) -> bool:
    """Whether a file lies among the frames of a folder that is read, or would be its ground truth."""
    if not video or not os.path.isdir(video):
        return False
    inside = Path(path).is_relative_to(os.path.realpath(video))
    return inside and (os.path.exists(path) or Path(path).name.startswith("groundtruth"))
