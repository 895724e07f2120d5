"""Writes a bundle: a folder that is whole or not there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from siammixer.delivery.drivers import driver_files
from siammixer.delivery.images import binary_files, c_files, hex_files
from siammixer.delivery.instantiate import instance_files
from siammixer.delivery.job import BundleJob, Job
from siammixer.delivery.packaging import rtl_files, tool_files
from siammixer.delivery.readme import readme_files
from siammixer.delivery.testbench import testbench_files
from siammixer.delivery.tracker_files import tracker_readme_files, tracker_register_files
from siammixer.delivery.tracker_job import TrackerJob
from siammixer.delivery.tracker_testbench import tracker_testbench_files
from siammixer.ir.errors import InputError

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
FORMAT = "siammixer-bundle"
"""What the manifest of a bundle names as its format; a folder with such a manifest may be replaced."""

FORMAT_VERSION = 1

Files = Mapping[str, str | bytes]

PRODUCERS: tuple[Callable[[BundleJob], Files], ...] = (
    rtl_files,
    hex_files,
    binary_files,
    c_files,
    instance_files,
    tool_files,
)
"""Who makes the files that every bundle has: each gives the contents by the files' names in the folder."""

CORE_PRODUCERS: tuple[Callable[[Job], Files], ...] = (testbench_files, driver_files, readme_files)
"""Who makes the others of a core's bundle."""

TRACKER_PRODUCERS: tuple[Callable[[TrackerJob], Files], ...] = (
    tracker_testbench_files,
    tracker_register_files,
    tracker_readme_files,
)
"""Who makes the others of a tracker's bundle."""


def bundle_files(job: Job | TrackerJob, progress: Callable[[str], None] = lambda _: None) -> dict[str, bytes]:
    """All files of a bundle by name, sorted; the same job gives the same bytes.

    Raises
    ------
    InputError
        Two producers make a file of the same name.
    """
    own: tuple[Callable[[Any], Files], ...]
    own = TRACKER_PRODUCERS if isinstance(job, TrackerJob) else CORE_PRODUCERS
    files: dict[str, bytes] = {}
    for produce in (*PRODUCERS, *own):
        progress(produce.__name__.replace("_", " "))
        for name, content in produce(job).items():
            if name in files:
                raise InputError(f"{name} must be made by one producer, not by two")
            files[name] = content if isinstance(content, bytes) else content.encode()
    files[MANIFEST] = _manifest(job, files)
    files[SUMS] = "".join(f"{_sha256(content)}  {name}\n" for name, content in sorted(files.items())).encode()
    return dict(sorted(files.items()))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _manifest(job: BundleJob, files: Mapping[str, bytes]) -> bytes:
    content = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "prefix": job.prefix,
        **job.choice,
        "network": job.network.name,
        "accelerator": job.accelerator.name,
        "versions": job.versions,
        "fingerprints": job.fingerprints,
        "predicted_cycles": job.predicted_cycles,
        "licence": "Apache-2.0",
        "files": {name: _sha256(content) for name, content in sorted(files.items())},
    }
    return (json.dumps(content, indent=2) + "\n").encode()


def check_folder(path: str | Path) -> Path:
    """The folder of a bundle to be written, before any work.

    Raises
    ------
    InputError
        It is a file, a folder with other things in it than a bundle, or cannot be written to.
    """
    if not str(path):
        raise InputError("an empty name: name a folder to write the bundle to")
    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{path}: is a file; name a folder to write the bundle to")
    if folder.is_dir() and any(folder.iterdir()) and not is_bundle(folder):
        raise InputError(f"{path}: is neither empty nor a bundle; name a new folder")
    if not folder.absolute().parent.is_dir() or not os.access(folder.absolute().parent, os.W_OK | os.X_OK):
        raise InputError(f"{path}: cannot be written; the folder above it must exist and be writable")
    return folder


def is_bundle(folder: Path) -> bool:
    """Whether a folder holds a bundle, by its manifest."""
    try:
        content = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("format") == FORMAT


def write_bundle(
    job: Job | TrackerJob, path: str | Path, progress: Callable[[str], None] = lambda _: None
) -> Path:
    """Writes a bundle; an earlier one in its place is replaced, what was built in it too.

    Raises
    ------
    InputError
        As :func:`check_folder` does; or naming the file that could not be written.
    """
    folder = check_folder(path).absolute()
    files = bundle_files(job, progress)
    draft = None
    try:
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name[:40]}.", dir=folder.parent))
        for name, content in files.items():
            _write(draft / name, content, Path(path) / name)
        draft.chmod(0o755)
        if folder.exists():
            old = draft.with_name(f"{draft.name}.old")
            folder.rename(old)
            draft.rename(folder)
            shutil.rmtree(old)
        else:
            draft.rename(folder)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from None
    finally:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)
    return Path(path)


def _write(file: Path, content: bytes, named: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        raise InputError(f"{named}: cannot be written ({error.strerror})") from None
