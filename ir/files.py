"""Files that are written whole or not at all, by whatever room writes them."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from siammixer.ir.errors import InputError

# Below these lie streams of a process, such as /dev/stdout: never replaced, also where they lead to a file.
_STREAMS = ("/dev/fd/", "/dev/std", "/proc/")

_OWN_STREAM = re.compile(r"/(?:dev|proc/self)/(?:fd/(?P<fd>\d+)|(?P<name>stdout|stderr))")
_NUMBERS = {"stdout": 1, "stderr": 2}

# What this process is writing: two outputs of one name would overwrite each other.
_BEING_WRITTEN: set[Path] = set()


@contextmanager
def whole_file(path: Path | str) -> Iterator[Path]:
    """Yields an empty draft of ``path``, with its suffix, that takes its place when the block ends well. In
    every other case the draft is removed and what ``path`` was before stays.

    A link is followed, and the permissions of a file that is replaced stay. A device, a pipe or a stream such
    as ``/dev/stdout`` is not replaced: the draft lies in the folder for temporary files and is copied there,
    as far as somebody reads it.

    Raises
    ------
    InputError
        At once, where ``path`` is a folder or cannot be written; later, where the draft could not be written
        (see :func:`naming`) or could not take its place. The message names ``path``.
    """
    if not str(path) or os.path.isdir(path):
        raise InputError(
            f"{path}: is a folder; name a file to write" if str(path) else "a file must have a name"
        )
    stream = is_stream(path)
    wanted = Path(path) if stream else Path(os.path.realpath(path))
    if wanted in _BEING_WRITTEN and not stream:
        raise InputError(f"{path}: is named for two outputs; each needs a file of its own")
    with _refusing(path):
        draft = _draft_name(wanted, stream)
    _BEING_WRITTEN.add(wanted)
    try:
        # Within the block that removes it: a signal may come before the next line.
        with _refusing(path):
            _begin(draft, wanted)
        yield draft
        # A reader that has seen enough, such as head, is no error, and other outputs must not suffer by it.
        with suppress(BrokenPipeError), naming(draft):
            _finish(draft, wanted, stream)
    except OSError as error:
        if error.filename != str(draft):
            raise
        raise InputError(f"{path}: cannot be written ({error.strerror})") from None
    finally:
        _BEING_WRITTEN.discard(wanted)
        with suppress(OSError):
            draft.unlink(missing_ok=True)


@contextmanager
def naming(path: Path | str) -> Iterator[None]:
    """Gives the system's errors of the block that have no name, those of an open file, the name of what the
    block writes: nobody could tell else which disk was full.
    """
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


def write_whole(path: Path | str, content: bytes | str) -> None:
    """Writes a file whole or not at all; a str in UTF-8.

    Raises
    ------
    InputError
        Where it cannot be written.
    """
    with whole_file(path) as draft:
        write_draft(draft, content)


def write_draft(draft: Path, content: bytes | str) -> None:
    """Writes the content of a draft of :func:`whole_file`; a str in UTF-8."""
    with naming(draft):
        draft.write_bytes(content if isinstance(content, bytes) else content.encode(errors="surrogateescape"))


def own_stream(path: Path | str) -> int | None:
    """A new descriptor of the stream of this process that a path such as ``/dev/stdout`` names, or None where
    it names none. Opened by its name, one that leads to a file would have a place of its own in it.
    """
    found = _OWN_STREAM.fullmatch(str(path))
    return os.dup(int(found["fd"] or _NUMBERS[found["name"]])) if found else None


def is_stream(path: Path | str) -> bool:
    """Whether a path leads to a device, a pipe or a stream of a process, which is written to and not
    replaced.
    """
    there = os.path.abspath(path)
    return there.startswith(_STREAMS) or (os.path.exists(path) and not os.path.isfile(path))


@contextmanager
def _refusing(path: Path | str) -> Iterator[None]:
    """The system's errors of the block say that ``path`` cannot be written."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror}); its folder must exist and be writable"
        ) from None


def _draft_name(wanted: Path, stream: bool) -> Path:
    """A file to write to. Its name is new, so that no draft of a process that was killed, which in a
    container often had the same number, is in the way; and short, for ``wanted`` may be as long as can be.
    """
    folder = Path(tempfile.gettempdir()) if stream else wanted.parent
    return folder / f".{wanted.stem[:40]}.{secrets.token_hex(4)}{wanted.suffix[:16]}"


def _begin(draft: Path, wanted: Path) -> None:
    """Makes the draft, empty, where ``wanted`` may be written."""
    if os.path.lexists(wanted) and not os.access(wanted, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    draft.open("xb").close()


def _finish(draft: Path, wanted: Path, stream: bool) -> None:
    """Puts a draft in its place."""
    if stream:
        # Appended: a stream that leads to a file has what was printed there before.
        with open(own_stream(wanted) or wanted, "ab") as out, draft.open("rb") as content:
            shutil.copyfileobj(content, out)
        return
    if wanted.exists():
        shutil.copymode(wanted, draft)
    with draft.open("rb") as file:
        try:
            os.fsync(file.fileno())  # some file systems say only now that they are full
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # those that cannot be asked for it
                raise
    draft.replace(wanted)
