"""A report as siammixer.sim.frame gives it, without a simulation."""

import sys
from dataclasses import dataclass
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.ir.catalogue import find_network
from siammixer.ir.patches import Grid
from siammixer.tracking.clip import Clip
from siammixer.tracking.sequence import write_folder
from siammixer.tracking.video_file import VideoFile

SHORT_CLIP = Clip(frames=5, width=160, height=120)


@dataclass
class Step:
    name: str
    kind: str
    shape: tuple
    macs: int
    predicted_cycles: int
    cycles: int
    utilisation: float
    equal: bool = True


def _steps(network, branch, multipliers):
    for operator in network.operators(branch):
        if operator.kind not in ("template", "add"):
            cycles = round(operator.macs / multipliers / 0.8) + 40
            yield Step(
                operator.name,
                operator.kind,
                operator.out_shape,
                operator.macs,
                cycles,
                cycles,
                operator.macs / multipliers / cycles,
            )


def make_report(network="siammixer", accelerator="ecp5-85f", peak=(9, 10)):
    """All equal, steps as golden's operators, a made-up response with the given peak."""
    network, accelerator = find_network(network), find_accelerator(accelerator)
    side = network.response_side
    rows, columns = np.mgrid[:side, :side]
    score = 200 * np.exp(-((rows - peak[0]) ** 2 + (columns - peak[1]) ** 2) / 6) - 100
    response = np.zeros(network.response_shape, np.int32)
    response[..., 0], response[..., 1:] = score, 7
    steps = list(_steps(network, "search", accelerator.multipliers))
    cycles = sum(step.cycles for step in steps)
    return SimpleNamespace(
        network=network,
        accelerator=accelerator,
        grid=Grid(4, 4),
        equal=True,
        mismatch=None,
        steps=steps,
        template_steps=list(_steps(network, "template", accelerator.multipliers)),
        cycles=cycles,
        predicted_cycles=cycles,
        cycles_by_layer={step.name: step.cycles for step in steps},
        utilisation=network.macs / accelerator.multipliers / cycles,
        response=response,
        peak=(*peak, int(response[(*peak, 0)])),
        parameter_bytes=network.parameter_bytes,
        feature_map_bytes=150_000,
        memory=[("maps", 140_000), ("line buffers", 10_000)],
        fingerprint="0123456789abcdef",
        wall_seconds=2.0,
        cycles_per_second=cycles / 2.0,
    )


@pytest.fixture
def report():
    return make_report()


@pytest.fixture
def simulated(monkeypatch, report):
    """Stands in for siammixer.sim.frame: the calls it got, and the report it gives or the error it raises."""
    calls = SimpleNamespace(calls=[], report=report, error=None)

    def simulate_frame(network, weights, accelerator, grid, template_crop, search_crop, progress):
        calls.calls.append((network, weights, accelerator, grid, template_crop, search_crop))
        progress("half way")
        if calls.error:
            raise calls.error
        return calls.report

    monkeypatch.setitem(sys.modules, "siammixer.sim.frame", SimpleNamespace(simulate_frame=simulate_frame))
    return calls


@pytest.fixture
def sequence(tmp_path):
    """A short real-looking sequence as a folder."""
    write_folder(Clip(frames=3, width=160, height=120), tmp_path / "video")
    return tmp_path / "video"


@pytest.fixture
def out(tmp_path):
    """An empty folder for what a command writes."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.fixture
def video(tmp_path):
    """The clip as an MP4 file."""
    with VideoFile(tmp_path / "clip.mp4", 25, (160, 120)) as file:
        for index in range(len(SHORT_CLIP)):
            file.write(SHORT_CLIP.image(index))
    return tmp_path / "clip.mp4"


@pytest.fixture
def images(tmp_path):
    """The clip as a folder of images without boxes."""
    (tmp_path / "walk").mkdir()
    for index in range(len(SHORT_CLIP)):
        cv2.imwrite(str(tmp_path / f"walk/{index:03d}.png"), SHORT_CLIP.image(index)[..., ::-1])
    return tmp_path / "walk"
