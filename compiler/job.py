"""The job of the compiler: one branch of a network, an accelerator and a patch grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from siammixer.arch.accelerator import TAPS, Accelerator
from siammixer.compiler.writes import blocks
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.operators import Operator
from siammixer.ir.patches import Grid, Patch, patches
from siammixer.ir.regions import Region


@dataclass(frozen=True, kw_only=True)
class Job:
    """One branch of a network to compile for an accelerator. Every pass reads the job and none changes it."""

    network: Network
    accelerator: Accelerator
    grid: Grid
    branch: str

    @cached_property
    def operators(self) -> tuple[Operator, ...]:
        """The branch's operators, in order of execution."""
        return self.network.operators(self.branch)

    @cached_property
    def patch_operators(self) -> tuple[Operator, ...]:
        """The operators of the patch stage, in order of execution."""
        return tuple(operator for operator in self.operators if operator.patch)

    @cached_property
    def patches(self) -> tuple[Patch, ...]:
        """The patches in order of execution; :class:`InputError` where the grid does not suit the network."""
        return tuple(patches(self.network, self.branch, self.grid))

    @property
    def lanes(self) -> int:
        """Channels in one word of the feature-map memory."""
        return self.accelerator.lanes

    @property
    def spare(self) -> int:
        """Words at the end of the feature-map memory that must stay free.

        The last group of nine channels of a pixel can read the word behind the pixel, with weights of zero.
        """
        return int(self.lanes > TAPS)

    @property
    def map_words(self) -> int:
        """Words of the feature-map memory that can hold maps."""
        return self.accelerator.map_words - self.spare

    def words(self, channels: int) -> int:
        """Words of one pixel with ``channels`` channels."""
        return blocks(channels, self.lanes)

    def region(self, tensor: str) -> Region:
        """The region of a tensor that the first patch computes. The regions of all patches have this size."""
        return self.patches[0].regions[tensor]

    def refusal(self, what: str) -> InputError:
        """The error that names the network and the accelerator."""
        return InputError(
            f"network {self.network.name} does not fit accelerator {self.accelerator.name}: {what}"
        )

    def refuse(self, layer: str, what: str, need: int, have: int) -> None:
        """Raises :class:`InputError` where a layer needs more of something than there is."""
        if need > have:
            raise self.refusal(f"layer {layer} needs {need} {what}, there are {have}")

    def refuse_words(self, layer: str, what: str, need: int) -> None:
        """Raises :class:`InputError` where a layer needs more words of feature-map memory than there are.

        ``need`` leaves out the spare word; the message counts it.
        """
        self.refuse(layer, what, need + self.spare, self.accelerator.map_words)
