"""The fourth pass: it places the maps in the feature-map memory.

The deep stage runs in place in one region. Windows and residuals overwrite what they have read. A pointwise
layer that widens the map runs from the last pixel to the first and writes one pixel further up. One that does
not widen it writes one pixel further down. Patch tiles alternate between two buffers behind the map that they
fill. The temporary maps of the mixers lie behind the deep region.
"""

from __future__ import annotations

from dataclasses import dataclass

from siammixer.compiler.fuse import Group
from siammixer.compiler.job import Job
from siammixer.ir.operators import Correlation, PointwiseConvolution, TemplateCut


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


def allocate(job: Job, patch_groups: tuple[Group, ...], deep_groups: tuple[Group, ...]) -> MapLayout:
    """The places of all maps.

    Raises
    ------
    InputError
        The memory is too small; the message names the layer with the largest tile, or the deep stage.
    """
    base, scratch, stem_words = _deep_region(job, deep_groups)
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


def displacement(in_words: int, out_words: int) -> int:
    """Distance in words of a pointwise layer's result from its input. The arguments are words of a pixel."""
    return in_words if out_words > in_words else -out_words


def _tile_words(job: Job, tensor: str, channels: int) -> int:
    region = job.region(tensor)
    return region.height * region.width * job.words(channels)


def _deep_region(job: Job, deep_groups: tuple[Group, ...]) -> tuple[int, int, int]:
    """(first word of the patch stage's map, end of the deep region, size of that map), in words."""
    stem = job.patch_operators[-1]
    base, width = 0, job.words(stem.out_shape[2])
    extents = [(base, stem.out_shape[0] * stem.out_shape[1] * width)]
    for group in deep_groups:
        last = group[-1]
        if isinstance(last, TemplateCut | Correlation):
            continue
        pixels = last.out_shape[0] * last.out_shape[1]
        if isinstance(last, PointwiseConvolution):
            words = job.words(last.out_shape[2])
            base, width = base + displacement(width, words), words
        extents.append((base, pixels * width))
    lowest = min(start for start, _ in extents)
    return -lowest, max(start + size for start, size in extents) - lowest, extents[0][1]
