"""The fourth pass: it places the maps in the feature-map memory.

The deep stage runs in place in one region. Windows and residuals overwrite what they have read. A pointwise
layer that widens the map runs from the last pixel to the first and writes one pixel further up. One that does
not widen it writes one pixel further down. One that is fused with a depthwise layer writes below all that it
reads. Patch tiles alternate between two buffers. The temporary maps of a mixer or of the head lie behind the
map that it reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from siammixer.compiler.fuse import Group
from siammixer.compiler.job import Job


@dataclass(frozen=True, kw_only=True)
class MapLayout:
    """Addresses in the feature-map memory, in words.

    Parameters
    ----------
    base
        First word of the patch stage's map, which the deep stage reads.
    buffers
        First words of the two buffers that patch tiles alternate between.
    tiles_end
        The end of the words that the patch stage occupies.
    used
        Words that are occupied, without the temporary maps of mixers and head.
    """

    base: int
    buffers: tuple[int, int]
    tiles_end: int
    used: int


@dataclass(frozen=True, kw_only=True)
class MapLeft:
    """The map that a group of the deep stage leaves behind.

    Parameters
    ----------
    displacement
        Distance in words of its first word from that of the map before it.
    words
        Words that it occupies.
    margin
        Words before it and behind it that must lie in the memory too.
    """

    displacement: int
    words: int
    margin: int = 0


def allocate(job: Job, patch_groups: tuple[Group, ...], maps_left: Sequence[MapLeft | None]) -> MapLayout:
    """The places of all maps.

    Parameters
    ----------
    maps_left
        The map that each group of the deep stage leaves; None where it writes no map, and the one before it
        stays.

    Raises
    ------
    InputError
        The memory is too small; the message names the layer with the largest tile, or the deep stage.
    """
    layout, tiles = _place(job, patch_groups, maps_left), _tiles(job, patch_groups)
    largest = patch_groups[tiles.index(max(tiles)) if tiles else 0][-1].name
    what = f"words of feature-map memory (grid {job.grid})"
    job.refuse_words(largest, what, layout.tiles_end)
    job.refuse_words("of the deep stage", what, layout.used)
    return layout


def has_room(job: Job, patch_groups: tuple[Group, ...], maps_left: Sequence[MapLeft | None]) -> bool:
    """Whether :func:`allocate` finds room for all maps."""
    return _place(job, patch_groups, maps_left).used <= job.map_words


def _place(job: Job, patch_groups: tuple[Group, ...], maps_left: Sequence[MapLeft | None]) -> MapLayout:
    """The places of all maps in a memory of any size. The tiles lie in front of the map that they fill where
    there is room, otherwise behind it.
    """
    base, deep_end, stem_words = _deep_region(job, maps_left)
    tiles = _tiles(job, patch_groups)
    first, second = max(tiles[0::2], default=0), max(tiles[1::2], default=0)
    start = 0 if first + second <= base else base + stem_words
    tiles_end = max(base + stem_words, start + first + second)
    return MapLayout(
        base=base,
        buffers=(start, start + first),
        tiles_end=tiles_end,
        used=max(tiles_end, deep_end),
    )


def _tiles(job: Job, patch_groups: tuple[Group, ...]) -> list[int]:
    """Words of the tile that each group of the patch stage but the last one writes."""
    return [_tile_words(job, group[-1].name, group[-1].out_shape[2]) for group in patch_groups[:-1]]


def _tile_words(job: Job, tensor: str, channels: int) -> int:
    region = job.region(tensor)
    return region.height * region.width * job.words(channels)


def _deep_region(job: Job, maps_left: Sequence[MapLeft | None]) -> tuple[int, int, int]:
    """(first word of the patch stage's map, end of the deep region, size of that map), in words."""
    stem = job.patch_operators[-1]
    stem_words = stem.out_shape[0] * stem.out_shape[1] * job.words(stem.out_shape[2])
    start, extents = 0, [(0, stem_words)]
    for left in maps_left:
        if left is not None:
            start += left.displacement
            extents.append((start - left.margin, start + left.words + left.margin))
    lowest = min(first for first, _ in extents)
    return -lowest, max(end for _, end in extents) - lowest, stem_words
