"""Files that a command writes: whole or not at all, and refused before the work, not after it."""

from __future__ import annotations

import io
import json
import os
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from siammixer.ir.errors import InputError
from siammixer.ir.files import whole_file, write_draft

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NO_DATE = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}

PICTURE_SUFFIXES = (".png", ".svg", ".pdf")
"""The commands write pictures in these formats."""


@overload
def output_file(path: str, suffixes: tuple[str, ...] = ()) -> AbstractContextManager[Path]: ...


@overload
def output_file(path: str | None, suffixes: tuple[str, ...] = ()) -> AbstractContextManager[Path | None]: ...


@contextmanager
def output_file(path: str | None, suffixes: tuple[str, ...] = ()) -> Iterator[Any]:
    """Yields a draft of ``path``, which takes its place when the block ends well
    (:func:`siammixer.ir.files.whole_file`).

    Yields None where ``path`` is None. What writes the draft names it in its errors: :func:`write_json`,
    :func:`write_text`, :func:`save_figure`, or :func:`siammixer.ir.files.naming` around the writing.

    Raises
    ------
    InputError
        At once, where the file could not be written or its name does not end in one of ``suffixes``; at the
        end, where it could not be written after all.
    ModuleNotFoundError
        At once, where the suffixes are a picture's and there is no Matplotlib to draw it.
    """
    if path is None:
        yield None
        return
    if suffixes == PICTURE_SUFFIXES:
        require_matplotlib()
    if suffixes and Path(path).suffix.lower() not in suffixes and not Path(path).is_dir():
        raise InputError(f"{path}: must end in {', '.join(suffixes)}")
    with whole_file(path) as draft:
        yield draft


def require_matplotlib() -> None:
    """Raises ModuleNotFoundError where pictures cannot be drawn: before the work, not after it."""
    import matplotlib  # noqa: F401


@overload
def output_folder(path: str, parents: bool = False) -> AbstractContextManager[Path]: ...


@overload
def output_folder(path: str | None, parents: bool = False) -> AbstractContextManager[Path | None]: ...


@contextmanager
def output_folder(path: str | None, parents: bool = False) -> Iterator[Any]:
    """Yields the folder ``path`` for several files, or None where ``path`` is None. It is made if it is not
    there, with ``parents`` also those above it; one that stays empty is removed again.

    Raises
    ------
    InputError
        At once, where the folder could not be made or written to.
    """
    if path is None:
        yield None
        return
    folder = Path(path)
    try:
        there = folder.is_dir()
        if not path or (folder.exists() and not there):
            raise InputError(
                f"{path or 'an empty name'}: is {'a file' if path else 'no folder'}; name a folder to "
                "write to"
            )
        folder.mkdir(parents=parents, exist_ok=True)
        trial = folder / f".{os.getpid()}"
        trial.open("xb").close()
        trial.unlink()
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror}); its parent must exist and be writable"
        ) from None
    try:
        yield folder
    finally:
        if not there:
            with suppress(OSError):  # it has files, or has gone
                folder.rmdir()


def write_json(draft: Path, content: dict) -> None:
    """Writes the content as indented JSON, into a draft of :func:`output_file`."""
    write_text(draft, json.dumps(content, indent=2) + "\n")


def write_text(draft: Path, text: str) -> None:
    """Writes the text in UTF-8, into a draft of :func:`output_file`."""
    write_draft(draft, text)


def save_figure(draft: Path, figure: Figure, dpi: int = 110) -> None:
    """Writes the figure in the format of the suffix, into a draft of :func:`output_file`; the same figure
    gives the same file.
    """
    content, form = io.BytesIO(), draft.suffix.lstrip(".").lower()
    with warnings.catch_warnings():
        # A name in letters that the font lacks is drawn with boxes; a warning would help nobody.
        warnings.filterwarnings("ignore", r"Glyph \d+ ")
        figure.savefig(content, format=form, dpi=dpi, metadata=_NO_DATE.get(form))
    write_draft(draft, content.getvalue())
