"""Applies mutations to copies of the tree and runs the tests that must notice them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mutation.mutation import Mutation
from spec.errors import SpecError

ROOT = Path(__file__).resolve().parents[1]
LIMIT_SECONDS = 900  # of a test or a file of tests
# Of the tree, what no test in a copy reads: hidden folders, what is built, what is lent.
_LEFT_OUT = shutil.ignore_patterns(".*", "build", "__pycache__", "*.egg-info", "shared")
_FAILED = 1  # pytest's status where tests ran and some failed


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the tests said of a mutation.

    Parameters
    ----------
    caught_by
        The first test that failed; None where none did: the mutation survived.
    seen
        That test's words, or how the tests ended instead.
    """

    mutation: Mutation
    caught_by: str | None
    seen: str


def check(mutations: Sequence[Mutation], *, root: Path = ROOT, jobs: int = 1, progress: Callable[[str], None] = lambda _: None) -> list[Outcome]:
    """Applies each mutation to a copy of the tree ``root``, ``jobs`` at a time, and runs its tests; outcomes in the order given.

    Before any is applied, all their tests must pass on the tree as it is.

    Raises
    ------
    SpecError
        Where a mutation does not apply (:meth:`Mutation.mutated`), or the tree's own tests do not pass.
    """
    for mutation in mutations:
        mutation.mutated(root)
    _require_passing(list(dict.fromkeys(test for mutation in mutations for test in mutation.tests)), root, progress)
    with ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(_outcome, mutation, root) for mutation in mutations]
        for done, future in enumerate(as_completed(waiting), 1):
            outcome = future.result()
            verdict = f"caught by {outcome.caught_by}" if outcome.caught_by else "SURVIVED"
            progress(f"{done} of {len(mutations)}  {outcome.mutation.name}: {verdict}: {outcome.seen}")
    return [future.result() for future in waiting]


def _require_passing(tests: list[str], root: Path, progress: Callable[[str], None]) -> None:
    progress(f"the tree as it is: {len(tests)} tests and files of tests")
    with _copied(root) as copy:
        status, output = _run(tests, copy)
    if status:
        raise SpecError(f"tests must pass before anything is mutated, not end so: {_words(output)[1] or status}")


def _outcome(mutation: Mutation, root: Path) -> Outcome:
    with _copied(root) as copy:
        (copy / mutation.file).write_text(mutation.mutated(root))
        status, output = _run(mutation.tests, copy)
    if status == _FAILED:
        return Outcome(mutation=mutation, **dict(zip(("caught_by", "seen"), _words(output), strict=True)))
    return Outcome(mutation=mutation, caught_by=None, seen="all tests passed" if status == 0 else f"the tests did not run: {status}")


@contextmanager
def _copied(root: Path) -> Iterator[Path]:
    with TemporaryDirectory(prefix="mutation-") as folder:
        yield shutil.copytree(root, Path(folder) / "tree", ignore=_LEFT_OUT)


def _run(tests: Sequence[str], tree: Path) -> tuple[int | str, str]:
    """Runs tests in a tree until one fails; pytest's status, or words where it did not end, and what it printed."""
    limit = LIMIT_SECONDS * len(tests)
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n0", "--tb=no", "-p", "no:cacheprovider", *tests]
    # The copy comes before the installed tree; one thread each, because the mutations run side by side.
    own = {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "COLUMNS": "400"}
    try:
        ended = subprocess.run(command, cwd=tree, env=os.environ | own, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return f"no end within {limit} s", ""
    return ended.returncode, ended.stdout + ended.stderr


def _words(output: str) -> tuple[str, str]:
    """The first test that failed in pytest's summary, and its reason."""
    found = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - (.*))?$", output, re.MULTILINE)
    return (found[1], found[2] or "") if found else ("", output.strip().rpartition("\n")[2])
