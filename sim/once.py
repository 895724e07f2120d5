"""Simulators are built once: the folder that keeps them, whole or not at all, and one process at a time."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from siammixer.ir.errors import InputError
from siammixer.ir.files import write_whole
from siammixer.sim.cache import VARIABLE, cache_folder

# In a simulator's folder: the digests of its files, written last.
_FILES = "files.json"
_FULL = (
    "No space left on device",
    "Disk quota exceeded",
    "File too large",
    "File size limit exceeded",
    "SIGXFSZ",
)
_LEAST_BYTES = 1 << 16
"""A disk with less room is taken for full where something failed."""


def to_stderr(line: str) -> None:
    """Prints the line on standard error."""
    print(line, file=sys.stderr, flush=True)


def built_once(
    cache: Path | None,
    parts: object,
    compile: Callable[[Path], None],
    progress: Callable[[str], None] = to_stderr,
) -> tuple[Path, float]:
    """The folder that ``compile(folder)`` made of these parts, and the seconds it took: 0 where it was
    already there. One whose files have changed since, or are gone, is made again.

    Parameters
    ----------
    parts
        Whatever the simulator is made from, with a ``repr`` that tells all of it.

    Raises
    ------
    InputError
        Where the cache's name has spaces, or the place is another user's.
    """
    cache = cache_folder() if cache is None else cache
    check_folder(cache)
    key = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    folder = cache.resolve() / "sim" / key
    seconds = 0.0
    if not _is_whole(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder.with_suffix(".lock"), progress):
            if not _is_whole(folder):
                removed(folder)
                begin = time.monotonic()
                progress(f"building the simulator {folder.name} (a minute or two, once per design) ...")
                compile(folder)
                write_whole(folder / _FILES, json.dumps(_digests(folder)))
                seconds = time.monotonic() - begin
                progress(f"built the simulator {folder.name} in {seconds:.0f} s")
    return folder, seconds


def _is_whole(folder: Path) -> bool:
    """Whether every file that was built is there, as it was, and the program can be run."""
    try:
        built = json.loads((folder / _FILES).read_text())
        found = _digests(folder)
        return (
            isinstance(built, dict)
            and {name: digest for name, digest in found.items() if name in built} == built
            and any(os.access(folder / name, os.X_OK) for name in built)
        )
    except (OSError, ValueError):
        return False


def _digests(folder: Path) -> dict[str, str]:
    """The digest of every file of the folder by its name."""
    return {
        path.name: hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file()
    }


def check_folder(cache: Path) -> None:
    """Raises InputError where the cache's name has spaces."""
    if any(character.isspace() for character in str(cache.resolve())):
        raise InputError(
            f"make cannot build in a folder whose name has spaces: {cache.resolve()} must be elsewhere "
            f"(set {VARIABLE})"
        )


@contextmanager
def _locked(path: Path, progress: Callable[[str], None]) -> Iterator[None]:
    """Holds an exclusive lock between processes; the system releases it if the holder dies."""
    try:
        file = path.open("w")
    except PermissionError:
        raise InputError(
            f"{path}: belongs to another user; {VARIABLE} must name a folder of your own"
        ) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"waiting for another process that builds the simulator {path.stem} ...")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def removed(path: Path) -> None:
    """Removes a folder with all in it, or whatever else has its name."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def require_space(log: str, folder: Path) -> None:
    """Raises InputError where a tool that failed did so for want of space.

    Parameters
    ----------
    log
        What it said.
    folder
        Where it wrote, beside the folder for temporary files.
    """
    for place in (folder, Path(tempfile.gettempdir())):
        with suppress(OSError):
            room = os.statvfs(place)
            if room.f_bavail * room.f_frsize < _LEAST_BYTES:
                raise InputError(f"{place}: the disk is full")
    for words in _FULL:
        if words in log:
            raise InputError(f"{folder}: cannot be written ({words})")
