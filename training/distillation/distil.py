"""Distillation: the embedding learns a teacher's features (:mod:`siammixer.training.distillation.teacher`).

The teacher runs once on every stored crop, as it is, and its features are kept in a cache. Of a view of the
crop, the features at the cells of the embedding are sampled through the view's warp; so they do not depend
on colours, blur and occlusion, and the embedding learns not to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch

from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.training.data.dataset import Describe, Origin
from siammixer.training.data.tracks import CropTrack, Track
from siammixer.training.distillation.feature_cache import FeatureCache
from siammixer.training.distillation.teacher import Level, Projection, Teacher, open_teacher, sample
from siammixer.training.loop.place import Place
from siammixer.training.loop.recipe import Recipe

MARGIN = 4
"""Cells of a view less than so many pixels inside the crop do not count."""


def open_distillation(
    network: Network, recipe: Recipe, tracks: list[Track], start: dict, place: Place
) -> tuple[Projection | None, Describe | None]:
    """Returns the projection of the recipe's teacher, and what it says of views of the tracks; None twice
    without a teacher.

    Parameters
    ----------
    start
        The checkpoint that the run goes on or starts from, whose projection it keeps; {} for none.
    """
    teacher = open_teacher(recipe.teacher)
    if teacher is None:
        return None, None
    if recipe.stage == "qat" and "projection" not in start:
        raise InputError(
            "stage qat with a teacher must start from a checkpoint that was trained with it; other starts "
            "need --teacher none"
        )
    stored = stored_crops(tracks)
    cache = fill_cache(teacher, stored, place)
    if "projection" in start:
        projection = Projection(**start["projection"])
    else:
        channels = network.tensors()[network.embedding][2]
        fitted = (
            Projection.fit(cache, teacher.levels, stored, channels).state() if place.processes.first else None
        )
        projection = Projection(**place.processes.from_first(fitted))
    return projection, Distillation(network, stored, cache, teacher.levels, projection)


def fill_cache(teacher: Teacher, tracks: list[CropTrack], place: Place) -> FeatureCache:
    """Returns the features of all crops, which the first process computes."""
    side = max(track.image(0).shape[0] for track in tracks)
    path = (place.cache or place.out) / f"{teacher.name}-{side}"
    shapes = [(level.channels, level.side(side), level.side(side)) for level in teacher.levels]
    if place.processes.first:
        with place.bar(teacher.name) as bar:
            task = None
            for left in fill(FeatureCache(path, shapes), teacher, tracks):
                task = bar.add_task("features of the crops", total=left + 1) if task is None else task
                bar.update(task, advance=1)
                if left % 500 == 0:
                    place.tell(f"{teacher.name}: {left} crops left")
    place.processes.wait()
    return FeatureCache(path, shapes)


def stored_crops(tracks: Iterable[Track]) -> list[CropTrack]:
    """Returns the tracks, and refuses those that are not stored crops."""
    result = []
    for track in tracks:
        if not isinstance(track, CropTrack):
            raise InputError(
                f"a teacher needs stored crops, {track.name} is cut from frames: store its crops "
                "(--store) or train with --teacher none"
            )
        result.append(track)
    return result


class Distillation:
    """Tells what the embedding of views of stored crops should be, as a
    :data:`siammixer.training.data.dataset.Describe`.
    """

    def __init__(
        self,
        network: Network,
        tracks: list[CropTrack],
        cache: FeatureCache,
        levels: tuple[Level, ...],
        projection: Projection,
    ):
        self.cache, self.levels, self.projection = cache, levels, projection
        self.rows = [[cache.row(data) for data in track.files] for track in tracks]
        cells = (
            torch.arange(network.tensors()[network.embedding][0]).float()
            - (network.tensors()[network.embedding][0] - 1) / 2
        ) * network.stride
        cells = cells + (network.search_side - 1) / 2
        self.cells = torch.stack([cells.expand(len(cells), -1), cells[:, None].expand(-1, len(cells))], -1)

    def __call__(self, origins: list[Origin]) -> tuple[np.ndarray, np.ndarray]:
        """Returns float32 (m, c, e, e), and bool (m, e, e): False outside the crop and everywhere in a crop
        with pasted parts.
        """
        backwards = torch.from_numpy(np.stack([origin.backwards for origin in origins])).float()
        points = (
            torch.einsum("mij,hwj->mhwi", backwards[:, :, :2], self.cells) + backwards[:, None, None, :, 2]
        )
        last = torch.tensor([origin.side - 1 for origin in origins]).view(-1, 1, 1, 1)
        clean = torch.tensor([origin.clean for origin in origins]).view(-1, 1, 1)
        inside = ((points >= MARGIN) & (points <= last - MARGIN)).all(-1)
        maps = zip(
            *(self.cache.maps(self.rows[origin.track][origin.index]) for origin in origins), strict=True
        )
        features = [
            sample(torch.from_numpy(np.stack(values)), points, level)
            for values, level in zip(maps, self.levels, strict=True)
        ]
        return self.projection(features).numpy(), (inside & clean).numpy()


def fill(cache: FeatureCache, teacher: Teacher, tracks: list[CropTrack]) -> Iterator[int]:
    """Runs the teacher on every crop that the cache does not hold; yields how many are left, after each."""
    missing = {
        cache.key(data): (track, index)
        for track in tracks
        for index, data in enumerate(track.files)
        if cache.key(data) not in cache
    }
    for left, (track, index) in zip(reversed(range(len(missing))), missing.values(), strict=True):
        try:
            image = track.image(index)
        except InputError:
            image = None  # training leaves this crop out too, and says so
        cache.append(track.files[index], teacher.maps(image) if image is not None else None)
        yield left
