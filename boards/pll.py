"""The phase-locked loop of the ECP5: the clocks that it can make, and the block that makes one."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from amaranth.hdl import ClockSignal, Const, Instance, Module, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import AsyncFFSynchronizer
from amaranth.lib.wiring import In

from siammixer.ir.errors import InputError

# Lattice, ECP5 family data sheet FPGA-DS-02012, sysCLOCK PLL timing, in MHz: input, phase detector,
# oscillator, output.
INPUT_MHZ = (8, 400)
DETECTOR_MHZ = (10, 400)
OSCILLATOR_MHZ = (400, 800)
OUTPUT_MHZ = (Fraction(25, 8), 400)
# Dividers, FPGA Libraries Reference Guide, EHXPLLL.
INPUT_DIVIDERS = range(1, 129)
FEEDBACK_DIVIDERS = range(1, 81)
OUTPUT_DIVIDERS = range(1, 129)


@dataclass(frozen=True, kw_only=True)
class Dividers:
    """One setting of the PLL.

    The phase detector keeps the input clock / ``input`` equal to oscillator / ``loop`` / ``feedback``. The
    output clock is oscillator / ``output``.
    """

    input_mhz: Fraction
    input: int
    feedback: int
    loop: int
    output: int

    @property
    def oscillator_mhz(self) -> Fraction:
        """Frequency of the oscillator in MHz."""
        return self.input_mhz / self.input * self.feedback * self.loop

    @property
    def output_mhz(self) -> Fraction:
        """Frequency of the output clock in MHz."""
        return self.oscillator_mhz / self.output


def find_dividers(input_mhz: Fraction, output_mhz: Fraction) -> Dividers:
    """The setting that makes exactly ``output_mhz``, with the highest detector frequency and so the least
    jitter.

    Raises
    ------
    InputError
        No setting makes the clock; the message names the nearest possible clocks.
    """
    settings = possible_clocks(input_mhz)
    if output_mhz not in settings:
        below = max((clock for clock in settings if clock < output_mhz), default=None)
        above = min((clock for clock in settings if clock > output_mhz), default=None)
        nearest = " and ".join(_exact_text(clock) for clock in (below, above) if clock is not None)
        raise InputError(
            f"a clock of {mhz_text(output_mhz)} MHz cannot be made from {mhz_text(input_mhz)} MHz by the "
            f"PLL; nearest: {nearest} MHz"
        )
    return settings[output_mhz]


def possible_clocks(input_mhz: Fraction) -> dict[Fraction, Dividers]:
    """Every clock in MHz that the PLL can make from an input clock, and its setting.

    Raises
    ------
    InputError
        The input clock is outside the PLL's range.
    """
    low, high = INPUT_MHZ
    if not low <= input_mhz <= high:
        raise InputError(f"the PLL's input must be {low}..{high} MHz, not {mhz_text(input_mhz)}")
    found: dict[Fraction, Dividers] = {}
    for divider in INPUT_DIVIDERS:
        detector = input_mhz / divider
        if not DETECTOR_MHZ[0] <= detector <= DETECTOR_MHZ[1]:
            continue
        for product in range(-(-OSCILLATOR_MHZ[0] // detector), OSCILLATOR_MHZ[1] // detector + 1):
            loop = _loop_divider(detector, product)
            if loop is None:
                continue
            for output in OUTPUT_DIVIDERS:
                clock = detector * product / output
                if OUTPUT_MHZ[0] <= clock <= OUTPUT_MHZ[1]:
                    found.setdefault(
                        clock,
                        Dividers(
                            input_mhz=input_mhz,
                            input=divider,
                            feedback=product // loop,
                            loop=loop,
                            output=output,
                        ),
                    )
    return found


def _loop_divider(detector: Fraction, product: int) -> int | None:
    """The smallest divider of the loop's output for which a feedback divider exists; None if there is none.

    The loop's output must keep the limits of outputs.
    """
    for loop in OUTPUT_DIVIDERS:
        feedback, rest = divmod(product, loop)
        if (
            not rest
            and feedback in FEEDBACK_DIVIDERS
            and OUTPUT_MHZ[0] <= detector * feedback <= OUTPUT_MHZ[1]
        ):
            return loop
    return None


def _exact_text(mhz: Fraction) -> str:
    """The frequency in the form in which it can be requested."""
    return mhz_text(mhz) if Fraction(mhz_text(mhz)) == mhz else f"{mhz} ({mhz_text(mhz)})"


def mhz_text(mhz: Fraction) -> str:
    """The frequency with seven digits, which tell all clocks apart, and without trailing zeros."""
    return f"{float(mhz):.7g}"


class ClockGenerator(wiring.Component):
    """Clock and reset of the domain ``sync``, which the parent must define.

    An EHXPLLL makes the clock. The reset is active until the PLL has locked. It begins in the cycle after
    ``reset`` or a lost lock, and ends synchronously to the clock.

    Parameters
    ----------
    dividers
        See :func:`find_dividers`.

    Members
    -------
    clock
        In, 1 bit: the board's clock of ``dividers.input_mhz``.
    reset
        In, 1 bit, asynchronous: the board's reset.
    """

    def __init__(self, dividers: Dividers):
        self._dividers = dividers
        super().__init__({"clock": In(1), "reset": In(1)})

    def elaborate(self, platform):
        m = Module()
        locked = Signal()
        loop = Signal()
        output = Signal()
        d = self._dividers
        # The loop is closed over an output of its own, so that the clock's divider is free. Charge pump,
        # filter and amplifier are set as the open tools' ecppll sets them.
        m.submodules.pll = Instance(
            "EHXPLLL",
            a_FREQUENCY_PIN_CLKI=mhz_text(d.input_mhz),
            a_FREQUENCY_PIN_CLKOS=mhz_text(d.output_mhz),
            a_ICP_CURRENT="12",
            a_LPF_RESISTOR="8",
            a_MFG_ENABLE_FILTEROPAMP="1",
            a_MFG_GMCREF_SEL="2",
            p_PLLRST_ENA="DISABLED",
            p_INTFB_WAKE="DISABLED",
            p_STDBY_ENABLE="DISABLED",
            p_DPHASE_SOURCE="DISABLED",
            p_OUTDIVIDER_MUXA="DIVA",
            p_OUTDIVIDER_MUXB="DIVB",
            p_OUTDIVIDER_MUXC="DIVC",
            p_OUTDIVIDER_MUXD="DIVD",
            p_CLKI_DIV=d.input,
            p_CLKFB_DIV=d.feedback,
            p_FEEDBK_PATH="CLKOP",
            p_CLKOP_ENABLE="ENABLED",
            p_CLKOP_DIV=d.loop,
            p_CLKOP_CPHASE=d.loop - 1,
            p_CLKOP_FPHASE=0,
            p_CLKOS_ENABLE="ENABLED",
            p_CLKOS_DIV=d.output,
            p_CLKOS_CPHASE=d.output - 1,
            p_CLKOS_FPHASE=0,
            i_CLKI=self.clock,
            i_CLKFB=loop,
            i_RST=Const(0),
            i_STDBY=Const(0),
            i_PHASESEL0=Const(0),
            i_PHASESEL1=Const(0),
            i_PHASEDIR=Const(1),
            i_PHASESTEP=Const(1),
            i_PHASELOADREG=Const(1),
            i_PLLWAKESYNC=Const(0),
            i_ENCLKOP=Const(0),
            i_ENCLKOS=Const(0),
            o_CLKOP=loop,
            o_CLKOS=output,
            o_LOCK=locked,
        )
        m.d.comb += ClockSignal().eq(output)
        # The synchroniser stands beside the pins; a register after it can stand amidst what is reset.
        unlocked = Signal(init=1)
        reset = Signal(init=1, reset_less=True)
        m.submodules.reset_synchroniser = AsyncFFSynchronizer(~locked | self.reset, unlocked, o_domain="sync")
        m.d.sync += reset.eq(unlocked)
        m.d.comb += ResetSignal().eq(reset)
        return m
