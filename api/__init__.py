"""A Siamese MLP-Mixer visual tracker from PyTorch to FPGA, with the same bits at every step.

The names below are the public API; each is loaded when it is first used, so that ``import siammixer``
itself is quick and needs none of the optional packages. ``docs/python.md`` shows them at work.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from siammixer.arch.accelerator import Accelerator, find_accelerator
    from siammixer.compiler.compile import compile_network
    from siammixer.golden.engine import GoldenEngine
    from siammixer.ir.catalogue import find_network
    from siammixer.ir.errors import InputError
    from siammixer.ir.network import Network
    from siammixer.ir.weights import Weights, load_weights
    from siammixer.rtl.accelerator import SiamMixer
    from siammixer.sim.engine import RtlEngine
    from siammixer.tracking.box import Box
    from siammixer.tracking.clip import Clip
    from siammixer.tracking.settings import Settings
    from siammixer.tracking.tracker import Tracker
    from siammixer.tracking.video import open_video

__version__ = version("siammixer")

# Public name -> the module that defines it.
_HOMES = {
    "Accelerator": "arch.accelerator",
    "Box": "tracking.box",
    "Clip": "tracking.clip",
    "GoldenEngine": "golden.engine",
    "InputError": "ir.errors",
    "Network": "ir.network",
    "RtlEngine": "sim.engine",
    "Settings": "tracking.settings",
    "SiamMixer": "rtl.accelerator",
    "Tracker": "tracking.tracker",
    "Weights": "ir.weights",
    "compile_network": "compiler.compile",
    "find_accelerator": "arch.accelerator",
    "find_network": "ir.catalogue",
    "load_weights": "ir.weights",
    "open_video": "tracking.video",
}

__all__ = [
    "Accelerator",
    "Box",
    "Clip",
    "GoldenEngine",
    "InputError",
    "Network",
    "RtlEngine",
    "Settings",
    "SiamMixer",
    "Tracker",
    "Weights",
    "__version__",
    "compile_network",
    "find_accelerator",
    "find_network",
    "load_weights",
    "open_video",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
