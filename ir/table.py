"""The table of a back end, which complains where an operator has no entry in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Table(dict[Key, Value]):
    """A mapping from operator classes, or from what sorts them, to implementations.

    A look-up of what the table lacks raises :class:`NotImplementedError`, which names the table and the key.
    ``tests/test_operators.py`` walks all such tables.

    Parameters
    ----------
    name
        What the table holds, for messages: "limits of the accelerator".
    entries
        The content.
    """

    def __init__(self, name: str, entries: Mapping[Key, Value]):
        super().__init__(entries)
        self.name = name

    def __missing__(self, key: Key) -> NoReturn:
        raise NotImplementedError(f"the table of the {self.name} has no entry for {_text(key)}")


def _text(key: object) -> str:
    if isinstance(key, tuple):
        return " + ".join(map(_text, key))
    return getattr(key, "__name__", None) or str(key)
