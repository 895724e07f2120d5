"""The fourth pass: it places the maps in the feature-map memory.

The deep stage runs in place in one region. Windows and residuals overwrite what they have read. A pointwise
layer that widens the map runs from the last pixel to the first and writes one pixel further up. One that does
not widen it writes one pixel further down. Patch tiles alternate between two buffers behind the map that they
fill. The temporary maps of the mixers lie behind the deep region.
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
    scratch
        The first word behind everything that the deep stage's maps occupy.
    used
        Words that are occupied, without the temporary maps of the mixers.
    """

    base: int
    buffers: tuple[int, int]
    scratch: int
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
    """

    displacement: int
    words: int


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
    base, scratch, stem_words = _deep_region(job, maps_left)
    tiles = [_tile_words(job, group[-1].name, group[-1].out_shape[2]) for group in patch_groups[:-1]]
    first, second = max(tiles[0::2], default=0), max(tiles[1::2], default=0)
    stem_end = base + stem_words
    largest = patch_groups[tiles.index(max(tiles)) if tiles else 0][-1].name
    what = f"words of feature-map memory (grid {job.grid})"
    job.refuse_words(largest, what, stem_end + first + second)
    job.refuse_words("of the deep stage", what, scratch)
    return MapLayout(
        base=base,
        buffers=(stem_end, stem_end + first),
        scratch=scratch,
        used=max(stem_end + first + second, scratch),
    )


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
            extents.append((start, start + left.words))
    lowest = min(first for first, _ in extents)
    return -lowest, max(end for _, end in extents) - lowest, stem_words
