"""An attempt that must be refused, and whether it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from siammixer.ir.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Broken:
    """An attempt that must be refused.

    Parameters
    ----------
    limit
        Name of the broken limit in reports.
    attempt
        Function that must raise :class:`InputError`.
    message
        Regular expression that the message must match.
    """

    limit: str
    attempt: Callable[[], object]
    message: str


def wrongly_accepted(broken: Broken) -> str | None:
    """None where the attempt is refused by name; otherwise what happened instead."""
    try:
        broken.attempt()
    except InputError as error:
        named = re.search(broken.message, str(error))
        return None if named else f"{broken.limit}: refused without naming it: {error}"
    except Exception as error:
        return f"{broken.limit}: {type(error).__name__} instead of a refusal: {error}"
    return f"{broken.limit}: accepted"
