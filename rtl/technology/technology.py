"""The parts that a target builds the accelerator of."""

from __future__ import annotations

from amaranth.lib import memory

from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.rtl.primitives.multiplier import LogicMultiplier, Multiplier, MultiplierRow


class Technology:
    """Makes multipliers, block RAMs and logic RAMs; this one describes what they do and leaves their
    construction to synthesis.

    Every technology's parts have the ports, the behaviour and the latency of the classes in
    siammixer.rtl.primitives that they derive from. An object holds no state: one of them serves all
    components of a design.

    Attributes
    ----------
    name
        What the technology is called in messages and tests.
    dsp_blocks
        Hardware multipliers of the target; None where there are as many as are asked for.
    """

    name: str = "generic"
    dsp_blocks: int | None = None

    def multiplier(self, a_bits: int, b_bits: int) -> Multiplier:
        """A multiplier of signed operands of so many bits."""
        return Multiplier(a_bits, b_bits)

    def multiplier_row(self, count: int) -> MultiplierRow:
        """``count`` multipliers of INT8 operands."""
        return MultiplierRow(count)

    def block_ram(self, *, width: int, depth: int, one_port: bool = False) -> BlockRam:
        """A memory of ``depth`` words of ``width`` bits that is read in two cycles.

        Parameters
        ----------
        one_port
            No word is used that was read in a cycle which writes, to whatever address: one port can serve
            both.
        """
        return BlockRam(width=width, depth=depth)

    def logic_ram(self, *, shape, depth: int, registered: bool = False) -> memory.Memory:
        """A small memory whose words are read in the cycle of their address.

        Parameters
        ----------
        registered
            The word read goes straight into a register. Synthesis then could take a block RAM, which such
            a memory is not worth: it is told not to.
        """
        attributes = {"ram_style": "distributed"} if registered else {}
        return memory.Memory(shape=shape, depth=depth, init=[], attrs=attributes)

    def after(self, multipliers: int) -> Technology:
        """The technology of the next multiplier where so many have been built: logic, when the DSP blocks
        are used up.
        """
        used_up = self.dsp_blocks is not None and multipliers >= self.dsp_blocks
        return LOGIC if used_up else self


class LogicTechnology(Technology):
    """Multipliers of lookup tables and carry chains, where synthesis shall not take a DSP block."""

    name = "logic"

    def multiplier(self, a_bits: int, b_bits: int) -> Multiplier:
        return LogicMultiplier(a_bits, b_bits)

    def multiplier_row(self, count: int) -> MultiplierRow:
        return MultiplierRow(count, make=LogicMultiplier)


GENERIC = Technology()
LOGIC = LogicTechnology()
