"""``siammixer simulate --waves``: a waveform of the simulated accelerator, and views of it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from siammixer.arch.accelerator import Accelerator
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.patches import Grid
from siammixer.ir.weights import Weights
from siammixer.ir.words import counted
from siammixer.tracking.pair import Pair

VIEWS = (".gtkw", ".sucl")
"""What is written beside a waveform: GTKWave's save file and Surfer's commands."""


def check_options(arguments: Namespace) -> None:
    """Raises InputError where ``--wave-steps`` or ``--wave-branch`` stands without ``--waves``."""
    for option in ("wave_steps", "wave_branch"):
        if arguments.waves is None and getattr(arguments, option) is not None:
            raise InputError(f"--{option.replace('_', '-')} needs --waves FILE")


def record_waves(
    arguments: Namespace,
    network: Network,
    weights: Weights,
    accelerator: Accelerator,
    grid: Grid | None,
    pair: Pair,
    tell: Callable[[str], None],
) -> str | None:
    """Records what ``--waves`` asks for and says in a line what it is; None where nothing is asked for.

    Raises
    ------
    InputError
        At once where a file could not be written, a step is unknown, or the system lacks a package.
    SimulationError
        Where the simulation did not finish; the waveform until there is kept.
    """
    if arguments.waves is None:
        return None
    from siammixer.report.outputs import output_file, write_text
    from siammixer.sim.wave_views import gtkwave_view, surfer_view
    from siammixer.sim.waves import FORMATS, record

    with ExitStack() as stack:
        draft = stack.enter_context(output_file(arguments.waves, FORMATS))
        wanted = Path(arguments.waves)
        views = [stack.enter_context(output_file(str(wanted.with_suffix(suffix)))) for suffix in VIEWS]
        recording = record(
            network,
            weights,
            accelerator,
            grid,
            pair.template,
            pair.search,
            file=draft,
            branch=arguments.wave_branch or "search",
            steps=arguments.wave_steps,
            progress=tell,
        )
        size = draft.stat().st_size
        write_text(views[0], gtkwave_view(wanted, recording))
        write_text(views[1], surfer_view())
    if recording.failure:
        raise recording.failure
    gtkw, sucl = (wanted.with_suffix(suffix) for suffix in VIEWS)
    return (
        f"waveform: {wanted}, {size / 1e6:,.1f} MB: cycles {recording.first:,} to {recording.last:,} of the "
        f"{arguments.wave_branch or 'search'} branch, {counted(len(recording.steps), 'step')}; open it with "
        f"gtkwave {gtkw}, or surfer --command-file {sucl} {wanted}"
    )
