"""One lane: nine multipliers, their weights, their window, their accumulator, their requantiser."""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import LANE_CYCLES, TAPS, Accelerator
from siammixer.arch.instruction import TAP_GROUPS
from siammixer.arch.interface import RESPONSE_BITS
from siammixer.ir import numerics
from siammixer.rtl.datapath.requantise import Requantise
from siammixer.rtl.datapath.window import LineWindow
from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.rtl.primitives.multiplier import MultiplierRow
from siammixer.rtl.primitives.skew import delay
from siammixer.rtl.technology.technology import GENERIC, Technology

CHAIN_BITS = RESPONSE_BITS
BIAS_BITS = 32


def lane_control(accelerator: Accelerator) -> data.StructLayout:
    """The lanes' control of each cycle; it enters lane 0 and passes from lane to lane."""
    return data.StructLayout(
        {
            "push": 1,  # a channel's activation is taken into the window (siammixer.rtl.datapath.window)
            "column": range(accelerator.line_width),  # its column of the map
            "fused": 1,  # it is the lane's own result of this cycle
            "windowed": 1,  # the window's taps are multiplied instead of the broadcast operand
            "kernel_5": 1,  # the window is 5 x 5: its centre is another tap
            "group": 2,  # group of the window's taps
            "weight": range(accelerator.weight_words),  # address in the lane's weight memory
            "multiply": 1,  # the nine products are accumulated
            "first": 1,  # the sum starts from the bias
            "last": 1,  # the sum ends
            "constant": range(accelerator.constants),  # number of the bias and multiplier
            "load": 1,  # the word at ``weight`` is the bias and multiplier number ``constant``
            "store": 1,  # the operand becomes the weight at ``weight``
            "relu": 1,  # results are at least 0
        }
    )


def weight_write(accelerator: Accelerator) -> data.StructLayout:
    """A weight word on its way along the lanes."""
    return data.StructLayout(
        {
            "data": 8 * TAPS,  # the word
            "address": range(accelerator.weight_words),  # where it is stored
            "lane": range(accelerator.lanes),  # how many lanes further the one it is for lies
            "enable": 1,  # there is a word
        }
    )


class Lane(wiring.Component):
    """One output channel of each block of lanes. All lanes are the same hardware.

    Every cycle: nine INT8 operands (the broadcast operand or the lane's own window) times nine
    INT8 weights, summed into the accumulator. Everything that all lanes share enters here one
    cycle after it entered the lane before, and leaves one cycle later.

    Timing, in cycles after ``control_i``: ``broadcast_i`` :attr:`BROADCAST`, ``control_o`` 1, ``centre``
    :attr:`CENTRE`, accumulator :attr:`ACCUMULATED`, ``chain_o`` :attr:`CHAINED`, ``result`` :attr:`LATENCY`.
    One operand per cycle, no back-pressure, no resets.

    Parameters
    ----------
    accelerator
        Sizes.
    technology
        Parts that its nine multipliers and its memories are built of.
    requantise_technology
        Parts that the requantiser's multiplier is built of.

    Members
    -------
    control_i : In(lane_control(accelerator))
        What the lane is told.
    control_o : Out(lane_control(accelerator))
        What the next lane is told.
    broadcast_i : In(8 * TAPS)
        TAPS INT8 activations for all lanes, BROADCAST cycles after the ``control_i`` they belong to.
    broadcast_o : Out(8 * TAPS)
        The same for the next lane.
    activation : In(signed(8))
        This lane's channel of the word that ``control_i.push`` takes, unless it is ``fused``.
    write_i : In(weight_write(accelerator))
        A weight word, stored a cycle later if it is for this lane.
    write_o : Out(weight_write(accelerator))
        The same for the next lane.
    chain_i : In(signed(CHAIN_BITS))
        Sum of the accumulators of the lanes before; it belongs to the accumulator that this lane finished in
        the same cycle.
    chain_o : Out(signed(CHAIN_BITS))
        The same with this lane's.
    centre : Out(signed(8))
        The activation in the middle of the window whose group 0 is the operand: what a residual adds.
    result : Out(signed(8))
        The requantised accumulator.
    """

    # The window is there a cycle later than it would take the broadcast operand.
    BROADCAST = LineWindow.LATENCY - 1
    OPERAND = LineWindow.LATENCY + 1
    CENTRE = OPERAND + 1
    PRODUCT = OPERAND + MultiplierRow.LATENCY
    SUM = PRODUCT + 2
    ACCUMULATED = SUM + 1
    CHAINED = ACCUMULATED + 1
    LATENCY = ACCUMULATED + Requantise.LATENCY
    assert LATENCY == LANE_CYCLES, (
        f"siammixer.arch.accelerator says {LANE_CYCLES} cycles, a lane needs {LATENCY}"
    )

    def __init__(
        self,
        accelerator: Accelerator,
        *,
        technology: Technology = GENERIC,
        requantise_technology: Technology = GENERIC,
    ):
        self._accelerator = accelerator
        self._technology, self._requantise_technology = technology, requantise_technology
        control, write = lane_control(accelerator), weight_write(accelerator)
        super().__init__(
            {
                "control_i": In(control),
                "control_o": Out(control),
                "broadcast_i": In(8 * TAPS),
                "broadcast_o": Out(8 * TAPS),
                "activation": In(signed(8)),
                "write_i": In(write),
                "write_o": Out(write),
                "chain_i": In(signed(CHAIN_BITS)),
                "chain_o": Out(signed(CHAIN_BITS)),
                "centre": Out(signed(8)),
                "result": Out(signed(8)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        r = _Registers(self._accelerator)
        self._pass_on(m, r)
        self._choose_operand(m, r)
        self._show_centre(m, r)
        weights = self._weights(m, r)
        self._sum_products(m, r, weights)
        self._constants(m, r, weights)
        self._accumulate(m, r)
        self._requantise(m, r)
        return m

    def _pass_on(self, m: Module, r: _Registers) -> None:
        """To the next lane, a cycle later."""
        control = self.control_i
        for stage in r.control:
            m.d.sync += stage.eq(control)
            control = stage
        m.d.sync += [r.broadcast.eq(self.broadcast_i), r.write.enable.eq(self.write_i.enable)]
        with m.If(self.write_i.enable):
            m.d.sync += [
                r.write.data.eq(self.write_i.data),
                r.write.address.eq(self.write_i.address),
                r.write.lane.eq(self.write_i.lane - 1),
            ]
        m.d.comb += [
            self.control_o.eq(r.control_at(1)),
            self.broadcast_o.eq(r.broadcast),
            self.write_o.eq(r.write),
        ]

    def _choose_operand(self, m: Module, r: _Registers) -> None:
        """The nine activations to multiply: the broadcast ones, or taps of the lane's window."""
        m.submodules.window = window = LineWindow(
            line_width=self._accelerator.line_width,
            line_width_5=self._accelerator.line_width_5,
            technology=self._technology,
        )
        m.d.comb += [
            window.push.eq(self.control_i.push),
            window.column.eq(self.control_i.column),
            window.i.eq(Mux(self.control_i.fused, self.result, self.activation)),
        ]
        chosen = r.control_at(LineWindow.LATENCY)
        with m.If(~chosen.windowed):
            m.d.sync += r.operand.eq(self.broadcast_o)
        with m.Else(), m.Switch(chosen.group):
            for group, taps in enumerate(window.o):
                with m.Case(group):
                    m.d.sync += r.operand.eq(taps)

    def _show_centre(self, m: Module, r: _Registers) -> None:
        taps = [TAP_GROUPS[kernel][0].index((kernel // 2, kernel // 2)) for kernel in (3, 5)]
        near, far = (r.operand.word_select(tap, 8) for tap in taps)
        m.d.sync += r.centre_tap.eq(Mux(r.control_at(self.OPERAND).kernel_5, far, near))
        m.d.comb += self.centre.eq(r.centre_tap)

    def _weights(self, m: Module, r: _Registers) -> Signal:
        """The nine weights, in the same cycle as the operand; written by the host or from the operand."""
        # A template is stored in a step of its own, and the host writes between runs
        # (siammixer.verify.formal.one_port): nothing is read then that is used.
        m.submodules.weights = weights = self._technology.block_ram(
            width=8 * TAPS, depth=self._accelerator.weight_words, one_port=True
        )
        store = r.control_at(self.OPERAND)
        enable = store.store | (self.write_i.enable & (self.write_i.lane == 0))
        # They follow what comes, written or not: an enable would have to reach all of them.
        m.d.sync += [
            r.stored_address.eq(Mux(store.store, store.weight, self.write_i.address)),
            r.stored_word.eq(Mux(store.store, r.operand, self.write_i.data)),
        ]
        m.d.comb += [
            weights.read_address.eq(r.control_at(self.OPERAND - BlockRam.LATENCY).weight),
            weights.write_address.eq(r.stored_address),
            weights.write_data.eq(r.stored_word),
            weights.write_enable.eq(delay(m, enable, 1, "stored")),
        ]
        return weights.read_data

    def _sum_products(self, m: Module, r: _Registers, weights: Signal) -> None:
        """The sum of the nine products, SUM cycles after ``control_i``."""
        m.submodules.multipliers = multipliers = self._technology.multiplier_row(TAPS)
        m.d.comb += [multipliers.a.eq(r.operand), multipliers.b.eq(weights)]
        products = multipliers.p
        for index, third in enumerate(r.thirds):
            m.d.sync += third.eq(sum(products[3 * index + 1 : 3 * index + 3], products[3 * index]))
        m.d.sync += r.total.eq(r.thirds[0] + r.thirds[1] + r.thirds[2])

    def _constants(self, m: Module, r: _Registers, weights: Signal) -> None:
        """Bias in the cycle of the sum, multiplier in the cycle of the accumulator."""
        bias_bits = self._accelerator.accumulator_bits
        m.submodules.constants = constants = self._technology.logic_ram(
            shape=bias_bits + numerics.MULTIPLIER_BITS, depth=self._accelerator.constants
        )
        read, write = constants.read_port(domain="comb"), constants.write_port()
        load = r.control_at(self.OPERAND)  # when the word that `weight` addressed is there
        with m.If(load.load):
            m.d.sync += [
                r.loaded_place.eq(load.constant),
                r.loaded_constant.eq(
                    Cat(weights[:bias_bits], weights[BIAS_BITS : BIAS_BITS + numerics.MULTIPLIER_BITS])
                ),
            ]
        at_read = r.control_at(self.SUM - 1)
        m.d.comb += [
            write.addr.eq(r.loaded_place),
            write.data.eq(r.loaded_constant),
            write.en.eq(delay(m, load.load, 1, "loaded")),
            read.addr.eq(at_read.constant),
        ]
        with m.If(at_read.multiply):
            m.d.sync += [
                r.bias.eq(read.data[:bias_bits].as_signed()),
                r.multiplier_at_sum.eq(read.data[bias_bits:]),
            ]
        m.d.sync += r.multiplier_at_accumulator.eq(r.multiplier_at_sum)

    def _accumulate(self, m: Module, r: _Registers) -> None:
        """The sum goes into the accumulator, and what is finished into the chain."""
        at_sum = r.control_at(self.SUM)
        with m.If(at_sum.multiply):
            m.d.sync += r.accumulator.eq(Mux(at_sum.first, r.bias, r.accumulator) + r.total)
        m.d.sync += r.finished.eq(at_sum.multiply & at_sum.last)
        m.d.sync += r.chain.eq(self.chain_i + r.accumulator)
        m.d.comb += self.chain_o.eq(r.chain)

    def _requantise(self, m: Module, r: _Registers) -> None:
        m.submodules.requantise = requantise = Requantise(
            accumulator_bits=self._accelerator.accumulator_bits, technology=self._requantise_technology
        )
        m.d.comb += [
            requantise.valid.eq(r.finished),
            requantise.i.eq(r.accumulator),
            requantise.multiplier.eq(r.multiplier_at_accumulator),
            requantise.relu.eq(r.control_at(1).relu),
            self.result.eq(requantise.o),
        ]


class _Registers:
    """The lane's registers, in the order of the datapath; none is cleared by reset."""

    def __init__(self, accelerator: Accelerator):
        a = accelerator
        # ``control_i`` of 1, 2, ... cycles ago.
        self.control = [
            Signal(lane_control(a), name=f"control_{age}", reset_less=True) for age in range(1, Lane.SUM + 1)
        ]
        # What goes on to the next lane.
        self.broadcast = Signal(8 * TAPS, reset_less=True)
        self.write = Signal(weight_write(a), reset_less=True)
        # The nine activations to multiply, OPERAND cycles after ``control_i``, and the middle one of them.
        self.operand = Signal(8 * TAPS, reset_less=True)
        self.centre_tap = Signal(8, reset_less=True)
        # The weight word to be written, and where.
        self.stored_address = Signal(range(a.weight_words), reset_less=True)
        self.stored_word = Signal(8 * TAPS, reset_less=True)
        # The bias and multiplier to be written, and where. The lane has these for itself before the memory:
        # those of `control` are one row along all lanes, and can lie far from it.
        self.loaded_place = Signal(range(a.constants), reset_less=True)
        self.loaded_constant = Signal(a.accumulator_bits + numerics.MULTIPLIER_BITS, reset_less=True)
        # Sums of three products, and of all nine.
        self.thirds = [Signal(signed(18), name=f"third_{third}", reset_less=True) for third in range(3)]
        self.total = Signal(signed(20), reset_less=True)
        # Bias and multiplier of the sum, and the multiplier a cycle later.
        self.bias = Signal(signed(a.accumulator_bits), reset_less=True)
        self.multiplier_at_sum = Signal(numerics.MULTIPLIER_BITS, reset_less=True)
        self.multiplier_at_accumulator = Signal(numerics.MULTIPLIER_BITS, reset_less=True)
        # The accumulator, whether it holds a finished sum, and the sum of the lanes' up to here.
        self.accumulator = Signal(signed(a.accumulator_bits), reset_less=True)
        self.finished = Signal(reset_less=True)
        self.chain = Signal(signed(CHAIN_BITS), reset_less=True)

    def control_at(self, age: int) -> Signal:
        """``control_i`` of ``age`` cycles ago, 1 or more."""
        return self.control[age - 1]
