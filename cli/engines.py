"""The commands open here the engine that ``--engine`` names."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from siammixer.arch.accelerator import CAMERA_ACCELERATOR, DEFAULT_ACCELERATOR, Accelerator
from siammixer.arch.baud import BAUD
from siammixer.arch.named import open_accelerator
from siammixer.cli.inputs import open_weights
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.weights import Weights
from siammixer.tracking.engine import Engine
from siammixer.tracking.evaluate import Tracking
from siammixer.tracking.settings import require_box_head
from siammixer.tracking.tracker import Tracker

if TYPE_CHECKING:
    from siammixer.sim.fabric_tracker import FabricTracker

# Options that not every engine takes -> the engines that do.
HARDWARE_OPTIONS = {"accelerator": ("rtl", "fabric", "board"), "port": ("board",), "baud": ("board",)}


@contextmanager
def open_tracker(
    arguments: Namespace,
    network: Network,
    progress: Callable[[str], None] = lambda text: None,
) -> Iterator[Tracking]:
    """Yields a tracker of a network on the engine that the options ask for, or the one in the fabric, and
    closes it at the end.

    ``progress`` is told what is going on while a simulator is built or a board is loaded.

    Raises
    ------
    InputError
        At once where the network has no box head; else as :func:`open_engine`.
    """
    require_box_head(network)
    if arguments.engine == "fabric":
        with closing(_fabric_tracker(arguments, network, progress)) as tracker:
            yield tracker
        return
    with closing(open_engine(arguments, network, progress)) as engine:
        yield Tracker(engine)


def open_engine(
    arguments: Namespace,
    network: Network,
    progress: Callable[[str], None] = lambda text: None,
) -> Engine:
    """Returns the engine that ``--engine`` names, with the weights or the checkpoint that the options name.

    Raises
    ------
    InputError
        If an option is given that the engine does not take, or one that it needs is missing.
    """
    _check_hardware_options(arguments)
    if arguments.engine == "float":
        return _float_engine(arguments, network)
    weights = _integer_weights(arguments, network)
    if arguments.engine == "golden":
        from siammixer.golden.engine import GoldenEngine

        return GoldenEngine(network, weights)
    if arguments.engine == "board":
        return _board_engine(arguments, network, weights, progress)
    return _rtl_engine(arguments, network, weights, progress)


def fingerprint(arguments: Namespace, network: Network) -> str | None:
    """Returns the fingerprint of the weights that run; the float engine's checkpoint has none."""
    return None if arguments.engine == "float" else open_weights(network, arguments.weights).fingerprint


def _check_hardware_options(arguments: Namespace) -> None:
    for option, engines in HARDWARE_OPTIONS.items():
        if getattr(arguments, option) is not None and arguments.engine not in engines:
            *others, last = engines
            named = f"{', '.join(others)} and {last}" if others else last
            raise InputError(f"--{option} is for --engine {named}, not {arguments.engine}")


def _integer_weights(arguments: Namespace, network: Network) -> Weights:
    if arguments.checkpoint is not None:
        raise InputError(f"--checkpoint is for --engine float; {arguments.engine} takes --weights")
    return open_weights(network, arguments.weights)


def _accelerator(arguments: Namespace, default: str = DEFAULT_ACCELERATOR) -> Accelerator:
    return open_accelerator(default if arguments.accelerator is None else arguments.accelerator)


def _fabric_tracker(arguments: Namespace, network: Network, progress: Callable[[str], None]) -> FabricTracker:
    _check_hardware_options(arguments)
    weights = _integer_weights(arguments, network)
    accelerator = _accelerator(arguments, CAMERA_ACCELERATOR)
    from siammixer.sim.fabric_tracker import FabricTracker

    return FabricTracker(network, weights, accelerator, progress=progress)


def _rtl_engine(
    arguments: Namespace, network: Network, weights: Weights, progress: Callable[[str], None]
) -> Engine:
    accelerator = _accelerator(arguments)
    from siammixer.sim.engine import RtlEngine

    progress(
        "simulating every clock cycle of the accelerator: a frame takes seconds (--engine golden gives "
        "the same boxes at once)"
    )
    return RtlEngine(network, weights, accelerator, progress=progress)


def _board_engine(
    arguments: Namespace, network: Network, weights: Weights, progress: Callable[[str], None]
) -> Engine:
    if arguments.port is None:
        raise InputError("--engine board needs --port PORT, such as /dev/ttyUSB0")
    accelerator = _accelerator(arguments)
    from siammixer.driver.board import Board
    from siammixer.driver.board_engine import BoardEngine
    from siammixer.driver.transport import SerialLine

    board = Board(SerialLine(arguments.port, BAUD if arguments.baud is None else arguments.baud))
    progress(f"loading the weights into the board on {arguments.port}")
    return BoardEngine(network, weights, accelerator, board)


def _float_engine(arguments: Namespace, network: Network) -> Engine:
    if arguments.weights is not None:
        raise InputError("--weights is for --engine golden, rtl, fabric and board; float takes --checkpoint")
    if arguments.checkpoint is None:
        raise InputError("--engine float needs --checkpoint FILE, as siammixer train writes it")
    from siammixer.training.model.float_engine import FloatEngine

    return FloatEngine.from_checkpoint(network, arguments.checkpoint)
