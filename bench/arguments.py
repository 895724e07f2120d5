"""Command lines of ``python -m siammixer.bench.NAME``.

Each has ``--help``. Each refuses unknown arguments with exit status 2 before it begins its work.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable


def parser(name: str, document: str) -> argparse.ArgumentParser:
    """The parser of ``python -m siammixer.bench.NAME``. The first line of the module's docstring ``document``
    becomes the help.
    """
    return argparse.ArgumentParser(
        prog=f"python -m siammixer.bench.{name}",
        description=document.split("\n")[0],
    )


def whole_number(text: str, least: int = 1) -> int:
    """The count that an argument gives.

    Raises
    ------
    argparse.ArgumentTypeError
        The text is no whole number of at least ``least``, or has more than nine digits.
    """
    if not text.isascii() or not text.isdecimal() or int(text[:9]) < least or len(text) > 9:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least {least}, not {text!r}")
    return int(text)


def seeds(text: str) -> list[int]:
    """The seeds of place and route that an argument such as ``1,2,3`` lists.

    Raises
    ------
    argparse.ArgumentTypeError
        The text is no list of different whole numbers.
    """
    numbers = text.split(",")
    if len(set(numbers)) < len(numbers):
        raise argparse.ArgumentTypeError(f"must be different seeds, not {text!r}")
    return [whole_number(number, least=0) for number in numbers]


def names_of(known: Iterable[str]) -> Callable[[str], list[str]]:
    """The reader of an argument such as ``a,b``, which lists some of the ``known`` names. It raises
    argparse.ArgumentTypeError for another name.
    """
    accepted = list(known)

    def read(text: str) -> list[str]:
        names = text.split(",")
        unknown = [name for name in names if name not in accepted]
        if unknown:
            raise argparse.ArgumentTypeError(f"must be some of {', '.join(accepted)}, not {unknown[0]!r}")
        return names

    return read
