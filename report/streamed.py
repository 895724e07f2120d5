"""Text files that are written line by line while the work goes on: what was known before it ended stands."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from siammixer.ir.errors import InputError
from siammixer.ir.files import own_stream


class StreamedFile:
    """A file that lines are appended to. It takes the place of an older one at its first line.

    Parameters
    ----------
    path
        A file, or a device or pipe such as ``/dev/stdout``.

    Raises
    ------
    InputError
        Where it cannot be written.
    """

    def __init__(self, path: str):
        self.path = path
        self._file: int | None = None
        self._made = False
        with self._refusing("; its folder must exist and be writable"):
            if not path or os.path.isdir(path):
                raise InputError(f"{path or 'an empty name'}: is a folder; name a file to write")
            if not os.path.lexists(path):
                Path(path).open("x").close()
                self._made = True
            elif stat.S_ISREG(os.stat(path).st_mode):
                Path(path).open("a").close()

    def write(self, line: str) -> None:
        """Appends a line, which stands in the file at once, whole or not at all.

        Raises
        ------
        InputError
            Where it cannot be written.
        BrokenPipeError
            Where the reader of a pipe has gone.
        """
        with self._refusing():
            if self._file is None:
                found = own_stream(self.path)
                flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
                self._file = os.open(self.path, flags, 0o666) if found is None else found
            content, done = line.encode(errors="surrogateescape"), 0
            try:
                while done < len(content):
                    done += os.write(self._file, content[done:])
            except OSError:
                self._take_back(done)
                raise

    def _take_back(self, count: int) -> None:
        """Removes the beginning of a line whose rest a full disk refuses."""
        assert self._file is not None
        if not count or not stat.S_ISREG(os.fstat(self._file).st_mode):
            return
        with suppress(OSError):
            os.ftruncate(self._file, os.lseek(self._file, -count, os.SEEK_CUR))

    def close(self, *, remove: bool = False) -> None:
        """Closes the file, and removes it where it was made here and nothing was written, or if asked to."""
        if self._file is not None:
            with suppress(OSError):  # what a full disk has refused was told before
                os.close(self._file)
            self._file = None
        if self._made:
            with suppress(OSError):  # somebody else may have removed it
                if remove or not os.stat(self.path).st_size:
                    os.unlink(self.path)

    @contextmanager
    def _refusing(self, hint: str = "") -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written ({error.strerror}){hint}") from None


@contextmanager
def streamed_file(path: str | None) -> Iterator[StreamedFile | None]:
    """Yields the file that lines go to as they come, or None where ``path`` is None. What was written stays,
    however the block ends.

    Raises
    ------
    InputError
        At once, where the file cannot be written.
    """
    if path is None:
        yield None
        return
    file = StreamedFile(path)
    try:
        yield file
    finally:
        file.close()
