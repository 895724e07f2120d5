"""``python -m siammixer.verify.formal``: runs the proofs and says how each ended; exit status 1 where one
fails.

``bench/formal.json`` keeps how each ended last; with ``--only`` or ``--quick``, what it says of the others
stays, as long as they claim the same.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from siammixer.ir.errors import InputError
from siammixer.verify.formal.catalogue import PROOFS, find_proofs
from siammixer.verify.formal.proof import Proof, Result, prove


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m siammixer.verify.formal",
        description="Prove what the RTL promises, with yosys and yices.",
    )
    parser.add_argument("--only", metavar="NAME", help="the proofs whose name begins so (default: all)")
    parser.add_argument("--quick", action="store_true", help="leave out those that take minutes")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path("build/formal"),
        help="the tools' files go here (default: %(default)s)",
    )
    parser.add_argument("--json", type=Path, help="renew the results in this file")
    options = parser.parse_args(arguments)
    try:
        proofs = [proof for proof in find_proofs(options.only or "") if not (options.quick and proof.long)]
        if not proofs:
            raise InputError(f"--quick leaves none of the proofs {options.only}: all take minutes")
        before = _earlier(options.json) if options.json else {}
        results = []
        for proof in proofs:
            print(f"{proof.name}: {proof.claim}", file=sys.stderr)
            results.append(prove(proof, options.folder / proof.name))
    except InputError as error:
        print(f"formal: error: {error}", file=sys.stderr)
        return 2
    Console().print(_table(results))
    if options.json:
        options.json.write_text(json.dumps(record(results, before), indent=2) + "\n")
    return 0 if all(result.proven for result in results) else 1


def _earlier(file: Path) -> dict:
    """The record that the file holds so far; :class:`InputError` where it is none or could not be renewed,
    before hours of proofs.
    """
    if file.is_dir() or not os.access(file if file.exists() else file.parent, os.W_OK):
        raise InputError(f"{file}: cannot be written; it must be a file in a folder that is there")
    try:
        before = json.loads(file.read_text()) if file.exists() else {}
    except ValueError as error:
        raise InputError(f"{file}: not a record of python -m siammixer.verify.formal ({error})") from None
    if not isinstance(before, dict) or not all(isinstance(proof, dict) for proof in before.values()):
        raise InputError(f"{file}: not a record of python -m siammixer.verify.formal")
    return before


def record(results: list[Result], before: dict) -> dict:
    """What bench/formal.json holds: the results, and of the record ``before`` those of proofs that are still
    the same.
    """
    new = {
        result.proof.name: claimed(result.proof)
        | {"proven": result.proven, "seconds": round(result.seconds, 1)}
        for result in results
    }
    known = before | new
    return {
        proof.name: known[proof.name]
        for proof in PROOFS
        if claimed(proof).items() <= known.get(proof.name, {}).items()
    }


def claimed(proof: Proof) -> dict:
    """What is recorded of a proof before it is run."""
    return {"claim": proof.claim, "mode": proof.mode, "depth": proof.depth}


def _table(results: list[Result]) -> Table:
    table = Table()
    for column in ("proof", "mode"):
        table.add_column(column, no_wrap=True)
    table.add_column("depth", justify="right")
    table.add_column("seconds", justify="right")
    table.add_column("result", overflow="fold")
    for result in results:
        table.add_row(
            result.proof.name,
            result.proof.mode,
            str(result.proof.depth),
            f"{result.seconds:.1f}",
            result.failure or "proven",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
