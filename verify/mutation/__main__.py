"""Run the tests against every fault of the catalogue: ``python -m siammixer.verify.mutation``.

The options are ``[--only NAME ...] [--jobs N]``; ``--list`` shows the names. ``bench/mutation.json`` records
the test that caught each fault. With ``--only`` the entries of the other faults stay, as long as the faults
are the same. The exit status is 1 where a mutation survived, and 2 where one does not apply.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from siammixer.ir.errors import InputError
from siammixer.verify.mutation.catalogue import MUTATIONS
from siammixer.verify.mutation.mutation import Mutation
from siammixer.verify.mutation.runner import ROOT, MutationOutcome, run_mutations

FILE = Path("bench/mutation.json")


def record(outcomes: Sequence[MutationOutcome], before: dict) -> dict:
    """The content of bench/mutation.json: the outcomes, and those in the record ``before`` whose faults are
    still in the catalogue.
    """
    new = {
        outcome.mutation.name: _fault(outcome.mutation) | {"caught_by": outcome.caught_by}
        for outcome in outcomes
    }
    known = before.get("outcomes", {}) | new
    kept = {
        mutation.name: known[mutation.name]
        for mutation in MUTATIONS
        if _fault(mutation).items() <= known.get(mutation.name, {}).items()
    }
    caught = [name for name, fault in kept.items() if fault["caught_by"]]
    return {
        "mutations": len(kept),
        "caught": len(caught),
        "survived": [name for name in kept if name not in caught],
        "outcomes": kept,
    }


def _fault(mutation: Mutation) -> dict[str, str]:
    return {"file": mutation.file, "old": mutation.old, "new": mutation.new}


def find(name: str, by_name: Mapping[str, Mutation]) -> Mutation:
    """The mutation of that name; :class:`InputError` names the nearest ones."""
    if name not in by_name:
        folded = {known.casefold(): known for known in by_name}
        near = [
            repr(folded[match]) for match in difflib.get_close_matches(name.casefold(), folded, cutoff=0.4)
        ]
        nearest = f"nearest: {', '.join(near)}; " if near else ""
        raise InputError(
            f"unknown mutation {name!r}; {nearest}python -m siammixer.verify.mutation --list shows all "
            f"{len(by_name)}"
        )
    return by_name[name]


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Runs the command on the tree ``root`` and returns its exit status."""
    by_name = {mutation.name: mutation for mutation in MUTATIONS}
    parser = argparse.ArgumentParser(
        prog="python -m siammixer.verify.mutation", description=__doc__.partition(":")[0]
    )
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these mutations (default: all)")
    parser.add_argument(
        "--list", action="store_true", help="show the mutations' names, one a line, and run none"
    )
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="mutations at a time (1)")
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        parser.error(f"--jobs must be at least 1, not {options.jobs}")
    try:
        chosen = [find(name, by_name) for name in options.only or by_name]
        if options.list:
            _tell("\n".join(mutation.name for mutation in chosen))
            return 0
        outcomes = run_mutations(chosen, root=root, jobs=options.jobs, progress=_tell)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    file = root / FILE
    file.write_text(
        json.dumps(record(outcomes, json.loads(file.read_text()) if file.exists() else {}), indent=2) + "\n"
    )
    survived = [outcome.mutation.name for outcome in outcomes if not outcome.caught_by]
    print(
        f"{len(outcomes) - len(survived)} of {len(outcomes)} caught"
        + "".join(f"\nsurvived: {name}" for name in survived)
    )
    return 1 if survived else 0


def _tell(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
