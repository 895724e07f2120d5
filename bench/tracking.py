"""Record the tracking figures of an evaluation, so that they do not change unnoticed.

``python -m siammixer.bench.tracking REPORT`` writes ``bench/tracking.json``. REPORT is the file that
``siammixer evaluate --dataset otb --root DIR --baselines static,ncc,kcf,csrt --json REPORT`` wrote for the
validation video of docs/tracking.md, on which checkpoints and settings are chosen. Golden computes with
integers, so the same weights give the same figures on every machine.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from siammixer.report.outcomes import MEASURES

FILE = Path(__file__).with_name("tracking.json")
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


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m siammixer.bench.tracking REPORT (see bench/tracking.py)")
    FILE.write_text(json.dumps(condensed(json.loads(Path(sys.argv[1]).read_text())), indent=2) + "\n")
    print(FILE)
