"""The folder for what is derived and may be deleted at any time: simulators, their toolchain, Verilog.

It is the user's cache folder, never the installed package or the checkout. The environment variable
``SIAMMIXER_CACHE`` names another one.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import MutableMapping
from pathlib import Path

import platformdirs

from siammixer.ir.errors import InputError

VARIABLE = "SIAMMIXER_CACHE"


def cache_folder() -> Path:
    """The folder, made where it is missing; everything below it may be written.

    ``SIAMMIXER_CACHE``, where it is set; else the user's cache folder; else, where that cannot be made or
    belongs to another user, a folder of this user's own in the system's folder for temporary files.

    Raises
    ------
    InputError
        Where the folder that ``SIAMMIXER_CACHE`` names, or the last resort, cannot be written to.
    """
    named = os.environ.get(VARIABLE)
    if named:
        folder = Path(named).absolute()
        if not _can_write(folder):
            raise InputError(f"{VARIABLE}={named}: cannot be written to; it must name a folder of yours")
        return folder
    user = _user_folder()
    return user if _home_exists() and _can_write(user) else _temporary_folder()


def shelter_libraries(environment: MutableMapping[str, str] = os.environ) -> None:
    """Sends the libraries' caches into :func:`cache_folder` where the home folder holds none.

    Matplotlib would warn otherwise, and YoWASP and wasmtime, which run yosys, would fail. Every command calls
    this first, so a bad ``SIAMMIXER_CACHE`` is refused before any work.

    Parameters
    ----------
    environment
        Gets ``XDG_CACHE_HOME``, with ``SIAMMIXER_CACHE`` so that this package's own folder stays, and
        ``MPLCONFIGDIR``, for this process and those that it starts.

    Raises
    ------
    InputError
        As :func:`cache_folder` does, where ``SIAMMIXER_CACHE`` is set or the home folder holds no caches.
    """
    if os.environ.get(VARIABLE):
        cache_folder()
    config = Path(platformdirs.user_config_dir("matplotlib"))
    if not (_home_exists() and _could_make(_user_folder())):
        folder = cache_folder()
        environment[VARIABLE] = str(folder)
        environment["XDG_CACHE_HOME"] = _made(folder / "libraries")
    elif _home_exists() and _could_make(config):
        return
    if "MPLCONFIGDIR" not in environment:
        environment["MPLCONFIGDIR"] = _made(cache_folder() / "matplotlib")


def _made(folder: Path) -> str:
    folder.mkdir(exist_ok=True)
    return str(folder)


def _user_folder() -> Path:
    return Path(platformdirs.user_cache_dir("siammixer", appauthor=False))


def _home_exists() -> bool:
    """Whether caches may go where the user's belong. A home folder that is missing is not ours to make."""
    return bool(os.environ.get("XDG_CACHE_HOME")) or os.path.isdir(os.path.expanduser("~"))


def _temporary_folder() -> Path:
    """A folder in the system's temporary one that is nobody else's, the same one every time."""
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    folder = Path(tempfile.gettempdir()) / f"siammixer-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        ours = not folder.is_symlink() and (not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid())
    except OSError:
        ours = False
    if not ours or not _can_write(folder):
        raise InputError(
            f"neither {_user_folder()} nor {folder} can be written to; {VARIABLE} must name a folder of yours"
        )
    return folder


def _can_write(folder: Path) -> bool:
    """Whether the folder is there, after an attempt to make it, and it and its parts can be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _may_write(folder) and all(_may_write(part) for part in folder.iterdir() if part.is_dir())
    except OSError:
        return False


def _could_make(folder: Path) -> bool:
    """Whether the folder could be written to or made; makes nothing."""
    while not os.path.lexists(folder):
        folder = folder.parent
    return os.path.isdir(folder) and _may_write(folder)


def _may_write(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)
