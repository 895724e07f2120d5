"""The files of the images: as hex, binary and C arrays."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from siammixer.delivery.job import BundleJob


def hex_files(job: BundleJob) -> dict[str, str]:
    """The files that the test bench reads, by name: one word a line, for $readmemh."""
    return {f"images/{image.name}.hex": _lines(image.lines()) for image in job.images}


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def binary_files(job: BundleJob) -> dict[str, bytes]:
    """The arrays of the images as files, by name."""
    return {f"images/{image.name}.bin": np.ascontiguousarray(image.raw).tobytes() for image in job.images}


def c_files(job: BundleJob) -> dict[str, str]:
    """The arrays of the images in C, and the job's numbers: a source and its header, by name."""
    prefix = job.prefix
    guard = f"{prefix}_images_h".upper()
    head = f"/* {job.origin}\n   SPDX-License-Identifier: Apache-2.0 */\n"
    header = f"{head}#ifndef {guard}\n#define {guard}\n#include <stdint.h>\n\n"
    for name, value in job.numbers.items():
        header += f"#define {prefix.upper()}_{name.upper()} {value}\n"
    header += '\n#ifdef __cplusplus\nextern "C" {\n#endif\n'
    source = f'{head}#include "{prefix}_images.h"\n'
    for image in job.images:
        kind = {"u1": "uint8_t", "u4": "uint32_t", "i4": "int32_t"}[image.raw.dtype.str[1:]]
        declared = f"const {kind} {prefix}_{image.name}[{len(image.raw)}]"
        header += f"extern {declared};\n"
        source += f"\n{declared} = {{\n{_c_lines(image.raw)}}};\n"
    header += "#ifdef __cplusplus\n}\n#endif\n#endif\n"
    return {f"c/{prefix}_images.h": header, f"c/{prefix}_images.c": source}


def _c_lines(array: np.ndarray) -> str:
    if array.dtype.kind == "u":
        texts = [f"0x{value:0{2 * array.dtype.itemsize}x}" for value in array.tolist()]
    else:
        texts = [str(value) for value in array.tolist()]
    per_line = 16 if array.dtype.itemsize == 1 else 8
    lines = (", ".join(texts[start : start + per_line]) for start in range(0, len(texts), per_line))
    return "".join(f"    {line},\n" for line in lines)
