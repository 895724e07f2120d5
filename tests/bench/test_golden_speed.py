import os
import subprocess
import sys
from pathlib import Path

from siammixer.ir.catalogue import NETWORKS

ROOT = Path(__file__).resolve().parents[2]


def test_every_operator_and_a_frame_are_timed():
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "siammixer.bench.golden_speed", "tiny"]
    lines = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    names = [operator.name for operator in NETWORKS["tiny"].operators("search")]
    assert [line.split()[0] for line in lines[: len(names)]] == names
    assert all(line.endswith(" ms") and float(line.split()[-2]) >= 0 for line in lines[: len(names) + 2])
    assert float(lines[-1].split()[-4]) > 15
