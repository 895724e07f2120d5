"""Images of the memories, of the pixels and of the response: as hex, binary and C arrays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from siammixer.delivery.job import Job
from siammixer.driver.words import program_words, weight_words
from siammixer.ir.network import BRANCHES

WORD_NOTE = "bits 71..0 data, 95..72 address, 97..96 target (0 program, 1 weights)."
"""The layout of a word in the hex files of weights and programs."""

_LAST = 1 << 24


def word_images(job: Job) -> dict[str, np.ndarray]:
    """The words for the write port by the name of their image, dtype
    :data:`siammixer.driver.words.WRITE`.
    """
    template, search = BRANCHES
    program, entries = job.program, job.program.entries
    return {
        "weights": weight_words(program.weight_memory(job.weights)),
        f"{template}_program": program_words(program[template].program, entries[template]),
        f"{search}_program": program_words(program[search].program, entries[search]),
    }


def word_values(words: np.ndarray) -> list[int]:
    """Each word as one number, by :data:`WORD_NOTE`."""
    return [
        int(word["target"]) << 96
        | int(word["address"]) << 72
        | int.from_bytes(word["data"].tobytes(), "little")
        for word in words
    ]


def pixel_values(pixels: np.ndarray) -> list[int]:
    """Each pixel uint8 (n, 3) as one number: bits 7..0 red, 15..8 green, 23..16 blue, 24 the last one."""
    values = (pixels.astype(np.uint32) << np.array([0, 8, 16], np.uint32)).sum(axis=1).tolist()
    values[-1] |= _LAST
    return values


def checksum(values: list[int]) -> int:
    """The test bench's checksum of an image: rotated by a bit and exclusive-ored with each word's parts."""
    total = 0
    for value in values:
        total = total << 1 & 0xFFFFFFFF | total >> 31
        while value:
            total ^= value & 0xFFFFFFFF
            value >>= 32
    return total


def hex_files(job: Job) -> dict[str, str]:
    """The files that the test bench reads, by name: one word a line, for $readmemh."""
    files = {}
    for name, words in word_images(job).items():
        lines = (
            f"{value >> 96:02x}_{value >> 72 & 0xFFFFFF:06x}_{value & (1 << 72) - 1:018x}"
            for value in word_values(words)
        )
        files[f"images/{name}.hex"] = _lines(lines)
    for branch, pixels in job.frame.pixels.items():
        files[f"images/{branch}_pixels.hex"] = _lines(f"{value:07x}" for value in pixel_values(pixels))
    response = job.frame.response.astype(np.int32).view(np.uint32).tolist()
    files["images/response.hex"] = _lines(f"{value:08x}" for value in response)
    return files


def _lines(lines: Iterator[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def raw_images(job: Job) -> dict[str, np.ndarray]:
    """The arrays of the binary files and of C, by name, each little endian and one-dimensional.

    ``weights`` is uint8: nine bytes a word, all words of lane 0, then those of lane 1, and so on. Programs
    are uint32, pixels uint8 (red, green, blue), the response is int32.
    """
    template, search = BRANCHES
    return {
        "weights": job.program.weight_memory(job.weights).view(np.uint8).reshape(-1),
        f"{template}_program": job.program[template].program.astype("<u4"),
        f"{search}_program": job.program[search].program.astype("<u4"),
        f"{template}_pixels": job.frame.pixels[template].reshape(-1),
        f"{search}_pixels": job.frame.pixels[search].reshape(-1),
        "response": job.frame.response.astype("<i4"),
    }


def binary_files(job: Job) -> dict[str, bytes]:
    """:func:`raw_images` as files, by name."""
    return {
        f"images/{name}.bin": np.ascontiguousarray(array).tobytes() for name, array in raw_images(job).items()
    }


def c_files(job: Job) -> dict[str, str]:
    """:func:`raw_images` as C arrays: a source and its header, by name."""
    images, prefix = raw_images(job), job.prefix
    guard = f"{prefix}_images_h".upper()
    head = f"/* {job.origin}\n   SPDX-License-Identifier: Apache-2.0 */\n"
    header = f"{head}#ifndef {guard}\n#define {guard}\n#include <stdint.h>\n\n"
    for name, value in c_constants(job).items():
        header += f"#define {prefix.upper()}_{name.upper()} {value}\n"
    header += '\n#ifdef __cplusplus\nextern "C" {\n#endif\n'
    source = f'{head}#include "{prefix}_images.h"\n'
    for name, array in images.items():
        kind = {"u1": "uint8_t", "u4": "uint32_t", "i4": "int32_t"}[array.dtype.str[1:]]
        declared = f"const {kind} {prefix}_{name}[{len(array)}]"
        header += f"extern {declared};\n"
        source += f"\n{declared} = {{\n{_c_lines(array)}}};\n"
    header += "#ifdef __cplusplus\n}\n#endif\n#endif\n"
    return {f"c/{prefix}_images.h": header, f"c/{prefix}_images.c": source}


def c_constants(job: Job) -> dict[str, int]:
    """Numbers that go with the images, by name."""
    template, search = BRANCHES
    lanes, words, _ = job.program.weight_memory(job.weights).shape
    rows, columns, channels = job.frame.shape
    return {
        "lanes": lanes,
        "lane_words": words,
        "template_entry": job.program.entries[template],
        "search_entry": job.program.entries[search],
        "template_side": job.network.side(template),
        "search_side": job.network.side(search),
        "response_rows": rows,
        "response_columns": columns,
        "response_channels": channels,
        "template_cycles": job.frame.cycles[template],
        "search_cycles": job.frame.cycles[search],
        "peak_position": job.frame.peak[0],
        "peak_value": job.frame.peak[1],
    }


def _c_lines(array: np.ndarray) -> str:
    if array.dtype.kind == "u":
        texts = [f"0x{value:0{2 * array.dtype.itemsize}x}" for value in array.tolist()]
    else:
        texts = [str(value) for value in array.tolist()]
    per_line = 16 if array.dtype.itemsize == 1 else 8
    lines = (", ".join(texts[start : start + per_line]) for start in range(0, len(texts), per_line))
    return "".join(f"    {line},\n" for line in lines)
