"""The image of a board's flash as a file, and the command that writes it there."""

from __future__ import annotations

import shlex
from pathlib import Path

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.flash import ADDRESS
from siammixer.driver.flash_image import network_image
from siammixer.driver.planner import plan_branches
from siammixer.ir.errors import InputError
from siammixer.ir.files import write_draft
from siammixer.ir.network import Network
from siammixer.ir.patches import Grid
from siammixer.ir.weights import Weights

BOARD = "ulx3s"
"""The board's name to openFPGALoader."""

OTHER_KINDS = (".bit", ".fea", ".gz", ".gzip", ".jed", ".mcs", ".pub")
"""Ends of names by which openFPGALoader takes a file for another kind than plain bytes."""


def check_name(path: str) -> None:
    """:class:`InputError` where openFPGALoader would not take a file of this name as it is."""
    if Path(path).suffix.lower() in OTHER_KINDS:
        raise InputError(
            f"{path}: must not end in {', '.join(OTHER_KINDS)}, which openFPGALoader takes for files of "
            "another kind; .bin suits"
        )


def write_flash_image(
    draft: Path, network: Network, accelerator: Accelerator, grid: Grid | None, weights: Weights
) -> int:
    """Writes the image of a network and returns its size in bytes; the same inputs give the same bytes.

    Parameters
    ----------
    draft
        A draft of :func:`siammixer.report.outputs.output_file`.
    grid
        Patches of the shallow stage; None takes the accelerator's own.

    Raises
    ------
    InputError
        The network does not fit the accelerator, its programs do not both fit the program memory, or the
        weights are another network's.
    """
    content = network_image(plan_branches(network, accelerator, grid, weights), weights)
    write_draft(draft, content)
    return len(content)


def flash_command(path: str) -> str:
    """The shell command that writes the file ``path`` to its place in the ULX3S's flash."""
    return f"openFPGALoader -b {BOARD} -f -o {ADDRESS:#x} {shlex.quote(path)}"
