"""A deliberate fault, and the tests that must notice it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from siammixer.ir.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """A fault in one line of one source.

    Parameters
    ----------
    name
        The fault in words, beginning with the block.
    file
        Path of the source from the root of the tree.
    old, new
        Text of one line, and the text that replaces it.
    tests
        Tests that must fail: pytest's names of files or tests, from the root of the tree.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def mutated(self, root: Path) -> str:
        """The source in the tree ``root``, with the fault.

        Raises
        ------
        InputError
            ``old`` does not occur exactly once, because the source has changed or the text is too short.
        """
        source = (root / self.file).read_text()
        if source.count(self.old) != 1:
            raise InputError(
                f"mutation {self.name}: {self.old!r} must occur once in {self.file}, not "
                f"{source.count(self.old)} times"
            )
        return source.replace(self.old, self.new)
