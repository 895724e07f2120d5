"""Files that a command writes: whole or not at all, and refused before the work, not after it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, overload

from siammixer.ir.errors import InputError

PICTURE_SUFFIXES = (".png", ".svg", ".pdf")
"""The commands write pictures in these formats."""


@overload
def output_file(path: str, suffixes: tuple[str, ...] = ()) -> AbstractContextManager[Path]: ...


@overload
def output_file(path: str | None, suffixes: tuple[str, ...] = ()) -> AbstractContextManager[Path | None]: ...


@contextmanager
def output_file(path: str | None, suffixes: tuple[str, ...] = ()) -> Iterator[Any]:
    """Yields a temporary file beside ``path``, which takes its name when the block ends well.

    Yields None where ``path`` is None.

    Raises
    ------
    InputError
        At once, where the file could not be written or its name does not end in one of ``suffixes``.
    ModuleNotFoundError
        At once, where the suffixes are a picture's and there is no Matplotlib to draw it.
    """
    if path is None:
        yield None
        return
    if suffixes == PICTURE_SUFFIXES:
        require_matplotlib()
    wanted = Path(path)
    if suffixes and wanted.suffix.lower() not in suffixes:
        raise InputError(f"{path}: must end in {', '.join(suffixes)}")
    draft = wanted.with_name(f".{wanted.stem}.{os.getpid()}{wanted.suffix}") if wanted.name else wanted
    try:
        if not path or wanted.is_dir():
            raise InputError(f"{path or 'an empty name'}: is a folder; name a file to write")
        draft.open("xb").close()
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror}); its folder must exist and be writable"
        ) from None
    try:
        yield draft
        draft.replace(wanted)
    finally:
        draft.unlink(missing_ok=True)


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
        if not there and not any(folder.iterdir()):
            folder.rmdir()


def write_json(path: Path, content: dict) -> None:
    """Writes the content as indented JSON."""
    path.write_text(json.dumps(content, indent=2) + "\n")
