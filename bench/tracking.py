"""Record the tracking figures of an evaluation, so that they do not change unnoticed.

``python -m siammixer.bench.tracking REPORT`` writes ``bench/tracking.json``, or ``bench/tracking_otb.json``
with ``--videos otb``. REPORT is the file that ``siammixer evaluate --dataset otb --root DIR --baselines
static,ncc,kcf,csrt --json REPORT`` wrote for the validation video of docs/tracking.md, on which checkpoints
and settings are chosen, or for the 13 OTB sequences, on which nothing is. Golden computes with integers, so
the same weights give the same figures on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Sequence as Many
from pathlib import Path

from siammixer.bench.arguments import parser
from siammixer.report.outcomes import MEASURES

FILE = Path(__file__).with_name("tracking.json")
FILES = {"validation": FILE, "otb": FILE.with_name("tracking_otb.json")}
DIGITS = 6


def figures(scores: dict) -> dict[str, float]:
    """The recorded scores, rounded to DIGITS decimals."""
    return {key: round(scores[key], DIGITS) for key in MEASURES}


def condensed(report: dict) -> dict:
    """The part of a report of ``siammixer evaluate`` that does not depend on the machine."""
    return {
        "network": report["network"],
        "fingerprint": report["fingerprint"],
        "passes": round(report["overall"]["passes"], DIGITS),
        "overall": figures(report["overall"]),
        "sequences": {name: figures(scores) for name, scores in report["sequences"].items()},
        "baselines": {
            name: figures(baseline["overall"]) for name, baseline in report.get("baselines", {}).items()
        },
    }


def main(arguments: Many[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    options = parser("tracking", __doc__)
    options.add_argument("report", type=Path, metavar="REPORT", help="what siammixer evaluate --json wrote")
    options.add_argument(
        "--videos", choices=FILES, default="validation", help="of which videos (default %(default)s)"
    )
    given = options.parse_args(arguments)
    file = FILES[given.videos]
    file.write_text(json.dumps(condensed(json.loads(given.report.read_text())), indent=2) + "\n")
    print(file)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
