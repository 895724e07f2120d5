"""Words of messages."""

from __future__ import annotations


def counted(number: int, thing: str) -> str:
    """Says how many there are: ``1 frame``, ``1,200 frames``, ``2 boxes``."""
    plural = thing + ("es" if thing.endswith(("x", "s", "ch")) else "s")
    return f"{number:,} {thing if number == 1 else plural}"
