"""Training computes the same on every kind of CPU: the critical tests run as on an older one."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OLDER = {
    "SSE4.1": {"ONEDNN_MAX_CPU_ISA": "SSE41", "ATEN_CPU_CAPABILITY": "default"},
    "AVX2": {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"},
}
CRITICAL = [
    "tests/training/quantise/test_qat.py::test_it_starts_as_the_quantised_float_network",
    "tests/training/loop/test_train.py::test_a_run_learns_and_keeps_its_best[float32-0.85]",
    "tests/training/loop/test_box_lesson.py::test_a_run_learns_and_its_integers_find_the_target",
]
CALIBRATION = """
import hashlib
import numpy as np, torch
from siammixer.golden.random_weights import random_image
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.weights import load_weights
from siammixer.training.data.pairs import Pairs
from siammixer.training.model.dequantise import float_model
from siammixer.training.quantise.quantise import calibrated
torch.set_num_threads(1)
network = NETWORKS["tiny"]
sides = network.template_side, network.search_side
crops = [np.stack([random_image(side, seed) for seed in range(3)]) for side in sides]
masters, exponents = calibrated(float_model(load_weights(network)), Pairs(*crops, np.zeros((3, 2))))
values = b"".join(layer.weight.tobytes() + layer.bias.tobytes() for layer in masters.values())
print(hashlib.sha256(values + repr(sorted(exponents.items())).encode()).hexdigest())
"""


def python(cpu: dict[str, str], *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | cpu,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_calibration_gives_the_same_masters_and_so_integers_on_every_cpu():
    results = [python(cpu, "-c", CALIBRATION) for cpu in ({}, *OLDER.values())]
    assert all(result.returncode == 0 for result in results), [result.stderr[-2000:] for result in results]
    assert len({result.stdout for result in results}) == 1 and len(results[0].stdout.strip()) == 64


def test_the_critical_tests_pass_on_an_older_cpu():
    options = ["-q", "-n", "0", "-p", "no:cacheprovider"]
    result = python(OLDER["SSE4.1"], "-m", "pytest", *options, *CRITICAL)
    assert result.returncode == 0 and f"{len(CRITICAL)} passed" in result.stdout, result.stdout[-3000:]


def test_an_older_cpu_really_computes_in_another_way():
    """Without this the two tests above could pass because the variables are not heeded."""
    script = "import torch; print(torch.backends.cpu.get_cpu_capability())"
    assert python(OLDER["SSE4.1"], "-c", script).stdout == "DEFAULT\n"
