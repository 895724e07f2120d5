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
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from siammixer.verify.import_tree import make_import_tree
from siammixer.verify.mutation.mutation import Mutation

ROOT = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 900  # of a test or a file of tests
_FAILED = 1  # pytest's status where tests ran and some failed


@dataclass(frozen=True, kw_only=True)
class MutationOutcome:
    """The result of a mutation.

    Parameters
    ----------
    caught_by
        The first test that failed with the mutation and passes without it. None where there is none: the
        mutation survived.
    seen
        Message of that test, or how the tests ended instead.
    """

    mutation: Mutation
    caught_by: str | None
    seen: str


def run_mutations(
    mutations: Sequence[Mutation],
    *,
    root: Path = ROOT,
    jobs: int = 1,
    progress: Callable[[str], None] = lambda _: None,
) -> list[MutationOutcome]:
    """Applies each mutation to a copy of the tree ``root``, runs its tests, and returns the outcomes in
    order.

    ``jobs`` mutations run at a time. In the end the tests that caught a mutation run on a copy without any. A
    test that fails there too has caught nothing.

    Raises
    ------
    InputError
        A mutation does not apply (:meth:`Mutation.mutated`).
    """
    for mutation in mutations:
        mutation.mutated(root)
    with ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(_outcome, mutation, root) for mutation in mutations]
        for done, future in enumerate(as_completed(waiting), 1):
            outcome = future.result()
            verdict = f"caught by {outcome.caught_by}" if outcome.caught_by else "SURVIVED"
            progress(f"{done} of {len(mutations)}  {outcome.mutation.name}: {verdict}: {outcome.seen}")
    outcomes = [future.result() for future in waiting]
    return _without_false(outcomes, root, progress)


def _without_false(
    outcomes: list[MutationOutcome], root: Path, progress: Callable[[str], None]
) -> list[MutationOutcome]:
    """The outcomes, corrected: a mutation whose test fails without it too has survived."""
    tests = list(dict.fromkeys(outcome.caught_by for outcome in outcomes if outcome.caught_by))
    if not tests:
        return outcomes
    progress(f"without a fault: the {len(tests)} tests that caught one")
    with _copied(root) as copy:
        status, output = _run(tests, copy)
    failing = tests if status not in (0, _FAILED) else [test for test, _ in _failures(output)]
    return [
        replace(o, caught_by=None, seen=f"{o.caught_by} fails without it too")
        if o.caught_by in failing
        else o
        for o in outcomes
    ]


def _outcome(mutation: Mutation, root: Path) -> MutationOutcome:
    with _copied(root) as copy:
        (copy / mutation.file).write_text(mutation.mutated(root))
        status, output = _run(mutation.tests, copy, "-x")
    if status == _FAILED and (failures := _failures(output)):
        return MutationOutcome(mutation=mutation, caught_by=failures[0][0], seen=failures[0][1])
    return MutationOutcome(
        mutation=mutation,
        caught_by=None,
        seen="all tests passed" if status == 0 else f"the tests did not run: {status}",
    )


@contextmanager
def _copied(root: Path) -> Iterator[Path]:
    """A temporary copy of the tree without the files that git ignores."""
    ignored = root / ".gitignore"
    patterns = [line.strip("/") for line in ignored.read_text().split()] if ignored.exists() else []
    with TemporaryDirectory(prefix="mutation-") as folder:
        copy = shutil.copytree(root, Path(folder) / "tree", ignore=shutil.ignore_patterns(".git", *patterns))
        if (copy / "pyproject.toml").exists():
            make_import_tree(copy, Path(folder) / "import")
        yield copy


def _run(tests: Sequence[str], tree: Path, *options: str) -> tuple[int | str, str]:
    """Runs tests in a tree. Returns pytest's status, or words where it did not end, and its output."""
    limit = LIMIT_SECONDS * len(tests)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n0",
        "--tb=no",
        "-p",
        "no:cacheprovider",
        *options,
        *tests,
    ]
    # The copy comes before the installed tree; one thread each, because the mutations run side by side.
    own = {
        "PYTHONPATH": f"{tree.parent / 'import'}{os.pathsep}{tree}",
        "PYTHONDONTWRITEBYTECODE": "1",
        # What is built of a fault goes with the copy.
        "SIAMMIXER_CACHE": str(tree.parent / "cache"),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "COLUMNS": "400",
    }
    try:
        ended = subprocess.run(
            command,
            cwd=tree,
            env=os.environ | own,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no end within {limit} s", ""
    return ended.returncode, ended.stdout + ended.stderr


def _failures(output: str) -> list[tuple[str, str]]:
    """The tests that failed in pytest's summary, each with its reason."""
    return re.findall(r"^(?:FAILED|ERROR) (.+?)(?: - (.*))?$", output, re.MULTILINE)
