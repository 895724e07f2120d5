"""What a step writes: every word, in order, and which element of which tensor it must hold.

The simulation's trace is compared with this word by word: a word too many, too few, out of order
or at another address is as much a mismatch as a wrong value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siammixer.ir.operators import Shape
from siammixer.ir.regions import Region

PADDING = -1  # a channel beyond the tensor's: must be zero


@dataclass(frozen=True, eq=False)
class Writes:
    """Words written by one execution of a step.

    Parameters
    ----------
    addresses
        INT64 (words,): where, in order of time.
    elements
        INT64 (words, lanes): flat index into the tensor, or PADDING.
    """

    addresses: np.ndarray
    elements: np.ndarray


def blocks(channels: int, lanes: int) -> int:
    """Words of ``lanes`` channels that hold so many channels."""
    return -(-channels // lanes)


def map_writes(
    shape: Shape,
    region: Region,
    lanes: int,
    *,
    base: int,
    row: int,
    pixel: int,
    planes: bool,
    reverse: bool = False,
) -> Writes:
    """A region of a map, channel last.

    Parameters
    ----------
    base, row, pixel
        Address of the region's first word, and distance of rows and pixels.
    planes
        Block by block over the whole region (True), or all blocks of a pixel after each other.
    reverse
        From the last pixel to the first.
    """
    count = blocks(shape[2], lanes)
    y, x, block = np.meshgrid(
        np.arange(region.height), np.arange(region.width), np.arange(count), indexing="ij"
    )
    order = (2, 0, 1) if planes else (0, 1, 2)
    y, x, block = (axis.transpose(order).reshape(-1) for axis in (y, x, block))
    if reverse:
        y, x = region.height - 1 - y, region.width - 1 - x
    channel = block[:, None] * lanes + np.arange(lanes)
    pixels = (region.top + y) * shape[1] + region.left + x
    elements = np.where(channel < shape[2], pixels[:, None] * shape[2] + channel, PADDING)
    return Writes((base + y * row + x * pixel + block) % 2**16, elements)


def token_writes(
    tokens: int, channels: int, channel_blocks: range, lanes: int, *, base: int, blocks_first: bool
) -> Writes:
    """Blocks of channels of a (tokens, channels) map, transposed: a word holds tokens of a channel, channel
    after channel from ``base``.

    Parameters
    ----------
    channel_blocks
        Which blocks of channels.
    blocks_first
        In each block of channels, token block after token block, padding channels too (as they leave the
        transposer), or channel after channel.
    """
    token_words = blocks(tokens, lanes)
    parts = np.meshgrid(
        np.arange(len(channel_blocks)), np.arange(lanes), np.arange(token_words), indexing="ij"
    )
    order = (0, 2, 1) if blocks_first else (0, 1, 2)
    block, lane, token_block = (part.transpose(order).reshape(-1) for part in parts)
    token = token_block[:, None] * lanes + np.arange(lanes)
    number = ((channel_blocks.start + block) * lanes + lane)[:, None]
    elements = np.where((token < tokens) & (number < channels), token * channels + number, PADDING)
    written = np.full(len(number), True) if blocks_first else number[:, 0] < channels
    return Writes((base + (block * lanes + lane) * token_words + token_block)[written], elements[written])


def column_writes(shape: Shape, channel_blocks: range, lanes: int, *, base: int) -> Writes:
    """Blocks of channels of a map at ``base``: ``lanes`` tokens of one block after the other (as they leave
    the transposer).
    """
    tokens, words = shape[0] * shape[1], blocks(shape[2], lanes)
    parts = np.meshgrid(
        np.arange(blocks(tokens, lanes)), np.asarray(channel_blocks), np.arange(lanes), indexing="ij"
    )
    token_block, block, place = (part.reshape(-1) for part in parts)
    token = token_block * lanes + place
    token, block = token[token < tokens], block[token < tokens]
    channel = block[:, None] * lanes + np.arange(lanes)
    elements = np.where(channel < shape[2], token[:, None] * shape[2] + channel, PADDING)
    return Writes(base + token * words + block, elements)
