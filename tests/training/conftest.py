"""Models and crops for the network's tests: random, seeded, and made on the spot."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from siammixer.ir.catalogue import NETWORKS
from siammixer.training.data.pairs import validation_pairs
from siammixer.training.data.tracks import read_tracks
from siammixer.training.model.model import SiamMixer, to_input

SIDE = 351
TARGET_COLOUR = (250, 40, 40)


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def crops(tmp_path_factory) -> Path:
    """A folder of crops in the targets.csv layout: a red 23 px square in the centre of grey clouds, two
    tracks of six frames.
    """
    folder = tmp_path_factory.mktemp("crops")
    rng = np.random.default_rng(5)
    for track in ("one", "two"):
        (folder / track).mkdir()
        lines = ["frame,width,height"]
        for frame in range(1, 18, 3):
            noise = rng.integers(0, 256, (12, 12), dtype=np.uint8)
            clouds = cv2.resize(noise, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) // 3 + 60
            image = np.repeat(clouds[:, :, None], 3, axis=2)
            image[164:187, 164:187] = TARGET_COLOUR
            cv2.imwrite(
                str(folder / track / f"{frame:05d}.jpg"),
                cv2.cvtColor(image, cv2.COLOR_RGB2BGR),
                [cv2.IMWRITE_JPEG_QUALITY, 98],
            )
            lines.append(f"{frame},23,23")
        (folder / track / "targets.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="session")
def find_target():
    """A function: centre (dx, dy) of the red square from the middle of an image, pixels."""

    def find(image: np.ndarray) -> np.ndarray:
        redness = np.clip(image[:, :, 0].astype(float) - image[:, :, 1:].max(axis=2) - 60, 0, None)
        assert redness.sum() > 0
        rows, columns = np.indices(redness.shape)
        middle = (np.array(redness.shape) - 1) / 2
        return np.array(
            [
                (columns * redness).sum() / redness.sum() - middle[1],
                (rows * redness).sum() / redness.sum() - middle[0],
            ]
        )

    return find


@pytest.fixture(scope="session")
def pairs(crops):
    """Twelve validation pairs for tiny."""
    return validation_pairs(NETWORKS["tiny"], read_tracks(crops), 12, 11)


@pytest.fixture
def tiny(pairs) -> SiamMixer:
    """An untrained tiny network, every BatchNorm with statistics and scales of its own (none at its initial
    value).
    """
    torch.manual_seed(4)
    model = SiamMixer(NETWORKS["tiny"]).train()
    for module in model.weighted.values():
        torch.nn.init.uniform_(module.norm.weight, 0.5, 1.5)
        torch.nn.init.normal_(module.norm.bias, 0, 0.3)
    with torch.no_grad():
        # The answer's units are fine: a logit is 8, a cell 32.
        model["H.box"].norm.weight.mul_(20)
        model["H.box"].norm.bias.mul_(20)
    with torch.inference_mode():
        for _ in range(12):
            embedding = model.embed(to_input(torch.from_numpy(pairs.search)), "search")
            model.after({"E": embedding}, "search", model.template_of(embedding))
    return model.eval()
