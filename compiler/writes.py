"""The words that a step writes, in order, and the element of a tensor that each lane of a word must hold.

The simulation's trace is compared with this word by word. A word too many, too few, out of order or at
another address is a mismatch, as a wrong value is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siammixer.ir.operator import Shape
from siammixer.ir.regions import Region

PADDING = -1  # a channel beyond the tensor's: must be zero
ADDRESSES = 2**16
"""Addresses count modulo this, because the hardware's adders have 16 bits."""


@dataclass(frozen=True, eq=False)
class Writes:
    """Words that one execution of a step writes.

    Parameters
    ----------
    addresses
        INT64 (words,): address of each word, in order of time.
    elements
        INT64 (words, lanes): flat index into the tensor, or PADDING.
    """

    addresses: np.ndarray
    elements: np.ndarray


def blocks(channels: int, lanes: int) -> int:
    """Number of words of ``lanes`` channels that hold ``channels`` channels."""
    return -(-channels // lanes)


@dataclass(frozen=True, kw_only=True)
class MapPattern:
    """Words of a region of a map, channel last. Each execution of the step writes one region.

    Parameters
    ----------
    shape
        Shape of the whole map, (height, width, channels).
    regions
        The region that each execution writes.
    base, row, pixel
        Address of the region's first word, and distances of rows and of pixels, in words.
    planes
        True: block by block over the whole region. False: pixel by pixel, all blocks of a pixel together.
    reverse
        Whether the order is from the last pixel to the first.
    in_map
        Whether ``base`` is the address of the map's first word instead of the region's.
    """

    shape: Shape
    regions: tuple[Region, ...]
    base: int
    row: int
    pixel: int
    planes: bool
    reverse: bool = False
    in_map: bool = False

    def writes(self, lanes: int, execution: int = 0) -> Writes:
        """The words of one execution."""
        region, channels = self.regions[execution], self.shape[2]
        start = self.base
        if self.in_map:
            start += region.top * self.row + region.left * self.pixel
        sides = (region.height, region.width, blocks(channels, lanes))
        order = (2, 0, 1) if self.planes else (0, 1, 2)
        axes = np.meshgrid(*map(np.arange, sides), indexing="ij")
        y, x, block = (axis.transpose(order).reshape(-1) for axis in axes)
        if self.reverse:
            y, x = region.height - 1 - y, region.width - 1 - x
        channel = block[:, None] * lanes + np.arange(lanes)
        pixels = (region.top + y) * self.shape[1] + region.left + x
        elements = np.where(channel < channels, pixels[:, None] * channels + channel, PADDING)
        return Writes((start + y * self.row + x * self.pixel + block) % ADDRESSES, elements)


@dataclass(frozen=True, kw_only=True)
class TokenPattern:
    """Words of a transposed (tokens, channels) map. A word holds tokens of a channel, and the channels follow
    each other from ``base`` on.

    Parameters
    ----------
    channel_blocks
        The first block of channels and the one behind the last.
    blocks_first
        True: token block by token block within a block of channels, padding channels included, as words leave
        the transposer. False: channel by channel.
    """

    tokens: int
    channels: int
    channel_blocks: tuple[int, int]
    base: int
    blocks_first: bool

    def writes(self, lanes: int, execution: int = 0) -> Writes:
        """The words of one execution: every execution writes the same ones."""
        first, end = self.channel_blocks
        token_words = blocks(self.tokens, lanes)
        sides = (end - first, lanes, token_words)
        parts = np.meshgrid(*map(np.arange, sides), indexing="ij")
        order = (0, 2, 1) if self.blocks_first else (0, 1, 2)
        block, lane, token_block = (part.transpose(order).reshape(-1) for part in parts)
        token = token_block[:, None] * lanes + np.arange(lanes)
        number = ((first + block) * lanes + lane)[:, None]
        there = (token < self.tokens) & (number < self.channels)
        elements = np.where(there, token * self.channels + number, PADDING)
        written = np.full(len(number), True) if self.blocks_first else number[:, 0] < self.channels
        addresses = self.base + (block * lanes + lane) * token_words + token_block
        return Writes(addresses[written], elements[written])


@dataclass(frozen=True, kw_only=True)
class ColumnPattern:
    """Words of a map at ``base`` in the order in which they leave the transposer: ``lanes`` tokens of one
    block of channels, then of the next.

    Parameters
    ----------
    channel_blocks
        The first block of channels and the one behind the last.
    """

    shape: Shape
    channel_blocks: tuple[int, int]
    base: int

    def writes(self, lanes: int, execution: int = 0) -> Writes:
        """The words of one execution: every execution writes the same ones."""
        tokens, channels = self.shape[0] * self.shape[1], self.shape[2]
        sides = (np.arange(blocks(tokens, lanes)), np.arange(*self.channel_blocks), np.arange(lanes))
        token_block, block, place = (part.reshape(-1) for part in np.meshgrid(*sides, indexing="ij"))
        token = token_block * lanes + place
        token, block = token[token < tokens], block[token < tokens]
        channel = block[:, None] * lanes + np.arange(lanes)
        elements = np.where(channel < channels, token[:, None] * channels + channel, PADDING)
        return Writes(self.base + token * blocks(channels, lanes) + block, elements)


WritePattern = MapPattern | TokenPattern | ColumnPattern
