"""Runs the proofs and prints the result of each: ``python -m siammixer.verify.formal``.

The exit status is 1 where a proof fails. ``bench/formal.json`` keeps the latest result of each proof. With
``--only`` or ``--quick`` the results of the other proofs stay, as long as their claims are the same.
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
    """Runs the command and returns its exit status."""
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
    """The record in the file so far, read before hours of proofs.

    Raises
    ------
    InputError
        The file holds no record, or it cannot be written.
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
    """The content of bench/formal.json: the results, and those in the record ``before`` whose proofs still
    claim the same.
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
    """The part of a proof's entry in the record that does not depend on its result."""
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
