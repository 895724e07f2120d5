"""The lanes in a row."""

from amaranth.hdl import Cat, Module, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import TAPS, Accelerator
from siammixer.rtl.datapath.lane import CHAIN_BITS, Lane, lane_control, weight_write
from siammixer.rtl.technology.technology import GENERIC, Technology


def array_latency(accelerator: Accelerator) -> int:
    """Cycles from an operand at lane 0 to the result of the last lane."""
    return Lane.LATENCY + accelerator.lanes - 1


class LaneArray(wiring.Component):
    """``lanes`` lanes in a row; lane n works n cycles after lane 0: its byte of a word is of n cycles later
    than byte 0.

    ``control`` and (byte 0 of) ``activations`` belong to the same cycle, and ``broadcast`` is
    :attr:`siammixer.rtl.datapath.lane.Lane.BROADCAST` later; the results that they finish are in ``results``
    :attr:`siammixer.rtl.datapath.lane.Lane.LATENCY` cycles later, the sum of all accumulators in ``chain``
    after :attr:`CHAINED`, and the windows' centres in ``centres`` after
    :attr:`siammixer.rtl.datapath.lane.Lane.CENTRE`. One operand per cycle, no back-pressure. ``write``
    reaches the last lane after as many cycles as there are lanes.

    Parameters
    ----------
    accelerator
        Sizes.
    technology
        Parts that multipliers and memories are built of. Requantisers that find no DSP block left are built
        of logic.

    Members
    -------
    control : In(lane_control(accelerator))
        What lane 0 is told.
    broadcast : In(8 * TAPS)
        TAPS INT8 activations for all lanes, :attr:`siammixer.rtl.datapath.lane.Lane.BROADCAST` cycles after
        the ``control`` they belong to.
    activations : In(8 * accelerator.lanes)
        One INT8 activation per lane, a cycle later from lane to lane.
    write : In(weight_write(accelerator))
        A weight word for one lane.
    results : Out(8 * accelerator.lanes)
        One INT8 result per lane, a cycle later from lane to lane.
    centres : Out(8 * accelerator.lanes)
        The middle of each lane's window, INT8, a cycle later from lane to lane.
    chain : Out(signed(CHAIN_BITS))
        Sum of all lanes' accumulators.
    """

    def __init__(self, accelerator: Accelerator, technology: Technology = GENERIC):
        self._accelerator, self._technology = accelerator, technology
        self.CHAINED = Lane.CHAINED + accelerator.lanes - 1
        word = 8 * accelerator.lanes
        super().__init__(
            {
                "control": In(lane_control(accelerator)),
                "broadcast": In(8 * TAPS),
                "activations": In(word),
                "write": In(weight_write(accelerator)),
                "results": Out(word),
                "centres": Out(word),
                "chain": Out(signed(CHAIN_BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        count = self._accelerator.lanes
        control, broadcast, write, chain = self.control, self.broadcast, self.write, 0
        results, centres = [], []
        for index in range(count):
            m.submodules[f"lane_{index}"] = lane = self._lane(index)
            m.d.comb += [
                lane.control_i.eq(control),
                lane.broadcast_i.eq(broadcast),
                lane.write_i.eq(write),
                lane.chain_i.eq(chain),
                lane.activation.eq(self.activations.word_select(index, 8).as_signed()),
            ]
            control, broadcast, write, chain = lane.control_o, lane.broadcast_o, lane.write_o, lane.chain_o
            results.append(lane.result)
            centres.append(lane.centre)
        m.d.comb += [self.results.eq(Cat(results)), self.centres.eq(Cat(centres)), self.chain.eq(chain)]
        return m

    def _lane(self, index: int) -> Lane:
        earlier = self._accelerator.multipliers + index  # the array's, and the requantisers' before
        return Lane(
            self._accelerator,
            technology=self._technology,
            requantise_technology=self._technology.after(earlier),
        )
