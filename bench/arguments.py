"""The command lines of ``python -m bench.NAME``: ``--help`` tells, and what is not known is refused with
status 2, before hours of work.
"""

from __future__ import annotations

import argparse


def parser(name: str, document: str) -> argparse.ArgumentParser:
    """Of ``python -m bench.NAME``; the first line of its module's ``document`` is the help."""
    return argparse.ArgumentParser(
        prog=f"python -m bench.{name}",
        description=document.split("\n")[0].partition(": ``")[0].rstrip(".") + ".",
    )


def whole_number(text: str, least: int = 1) -> int:
    """An argument that is a count."""
    if not text.isascii() or not text.isdecimal() or int(text[:9]) < least or len(text) > 9:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least {least}, not {text!r}")
    return int(text)


def seeds(text: str) -> list[int]:
    """An argument that lists seeds of place and route, such as ``1,2,3``."""
    numbers = text.split(",")
    if len(set(numbers)) < len(numbers):
        raise argparse.ArgumentTypeError(f"must be different seeds, not {text!r}")
    return [whole_number(number, least=0) for number in numbers]
