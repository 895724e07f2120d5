"""One lane: nine multipliers, their weights, their window, their accumulator, their requantiser."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import LANE_CYCLES, TAPS, Accelerator
from siammixer.arch.instruction import TAP_GROUPS
from siammixer.ir import numerics
from siammixer.rtl.datapath.requantise import Requantise
from siammixer.rtl.datapath.window import LineWindow
from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.rtl.primitives.multiplier import MultiplierRow
from siammixer.rtl.primitives.skew import delay

CHAIN_BITS = 32
BIAS_BITS = 32


def lane_control(accelerator: Accelerator) -> data.StructLayout:
    """What the lanes are told each cycle; it enters lane 0 and passes from lane to lane.

    push, column: take a channel's activation into the window (siammixer.rtl.datapath.window).
    fused: it is the lane's own result of this cycle.
    windowed, group: multiply the window's taps of that group instead of the broadcast operand.
    kernel_5: the window is 5 x 5 (its centre is another tap).
    weight: address in the lane's weight memory.
    multiply: accumulate the nine products; ``first`` starts from the bias, ``last`` ends the sum.
    constant: which bias and multiplier.
    load: the word at ``weight`` is the bias and multiplier number ``constant``.
    store: the operand becomes the weight at ``weight``.
    """
    return data.StructLayout(
        {
            "push": 1,
            "column": range(accelerator.line_width),
            "fused": 1,
            "windowed": 1,
            "kernel_5": 1,
            "group": 2,
            "weight": range(accelerator.weight_words),
            "multiply": 1,
            "first": 1,
            "last": 1,
            "constant": range(accelerator.constants),
            "load": 1,
            "store": 1,
            "relu": 1,
        }
    )


def weight_write(accelerator: Accelerator) -> data.StructLayout:
    """A weight word on its way along the lanes; ``lane`` is how many lanes further the one it is for lies."""
    return data.StructLayout(
        {
            "data": 8 * TAPS,
            "address": range(accelerator.weight_words),
            "lane": range(accelerator.lanes),
            "enable": 1,
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
    technology, requantise_technology
        Of the nine multipliers and of the requantiser's.

    Members
    -------
    control_i, control_o
        :func:`lane_control`.
    broadcast_i, broadcast_o
        TAPS INT8 activations for all lanes, a cycle after the ``control_i`` they belong to.
    activation
        This lane's channel of the word that ``control_i.push`` takes, unless it is ``fused``.
    write_i, write_o
        :func:`weight_write`; stored a cycle later.
    chain_i, chain_o
        Sum of the lanes' accumulators up to here; ``chain_i`` belongs to the accumulator that
        this lane finished in the same cycle.
    centre
        The activation in the middle of the window whose group 0 is the operand: what a residual adds.
    result
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
        self, accelerator: Accelerator, *, technology: str = "generic", requantise_technology: str = "generic"
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
        control = self._control_pipeline(m)
        self._pass_on(m, control)
        operand = self._operand(m, control)
        self._centre(m, control, operand)
        weights = self._weights(m, control, operand)
        total = self._products(m, operand, weights)
        bias, multiplier = self._constants(m, control, weights)

        accumulator = Signal(signed(self._accelerator.accumulator_bits), reset_less=True)
        at_sum = control[self.SUM]
        with m.If(at_sum.multiply):
            m.d.sync += accumulator.eq(Mux(at_sum.first, bias, accumulator) + total)

        finished = Signal(reset_less=True)
        m.d.sync += finished.eq(at_sum.multiply & at_sum.last)
        chain = Signal.like(self.chain_o, reset_less=True)
        m.d.sync += chain.eq(self.chain_i + accumulator)
        m.submodules.requantise = requantise = Requantise(
            accumulator_bits=self._accelerator.accumulator_bits, technology=self._requantise_technology
        )
        m.d.comb += [
            self.chain_o.eq(chain),
            requantise.valid.eq(finished),
            requantise.i.eq(accumulator),
            requantise.multiplier.eq(multiplier),
            requantise.relu.eq(control[1].relu),
            self.result.eq(requantise.o),
        ]
        return m

    def _control_pipeline(self, m: Module) -> list:
        """``control_i`` of 0, 1, ... SUM cycles ago."""
        stages = [self.control_i]
        for age in range(1, self.SUM + 1):
            stage = Signal(lane_control(self._accelerator), name=f"control_{age}", reset_less=True)
            m.d.sync += stage.eq(stages[-1])
            stages.append(stage)
        return stages

    def _pass_on(self, m: Module, control: list) -> None:
        broadcast = Signal.like(self.broadcast_o, reset_less=True)
        write = Signal(weight_write(self._accelerator), reset_less=True)
        m.d.sync += [broadcast.eq(self.broadcast_i), write.enable.eq(self.write_i.enable)]
        with m.If(self.write_i.enable):
            m.d.sync += [
                write.data.eq(self.write_i.data),
                write.address.eq(self.write_i.address),
                write.lane.eq(self.write_i.lane - 1),
            ]
        m.d.comb += [self.control_o.eq(control[1]), self.broadcast_o.eq(broadcast), self.write_o.eq(write)]

    def _operand(self, m: Module, control: list) -> Signal:
        """The nine activations to multiply, OPERAND cycles after ``control_i``."""
        m.submodules.window = window = LineWindow(
            line_width=self._accelerator.line_width, line_width_5=self._accelerator.line_width_5
        )
        operand = Signal(8 * TAPS, reset_less=True)
        chosen = control[LineWindow.LATENCY]
        m.d.comb += [
            window.push.eq(self.control_i.push),
            window.column.eq(self.control_i.column),
            window.i.eq(Mux(self.control_i.fused, self.result, self.activation)),
        ]
        with m.If(~chosen.windowed):
            m.d.sync += operand.eq(self.broadcast_o)
        with m.Else(), m.Switch(chosen.group):
            for group, taps in enumerate(window.o):
                with m.Case(group):
                    m.d.sync += operand.eq(taps)
        return operand

    def _centre(self, m: Module, control: list, operand: Signal) -> None:
        taps = [TAP_GROUPS[kernel][0].index((kernel // 2, kernel // 2)) for kernel in (3, 5)]
        near, far = (operand.word_select(tap, 8) for tap in taps)
        centre = Signal(8, name="centre_tap", reset_less=True)
        m.d.sync += centre.eq(Mux(control[self.OPERAND].kernel_5, far, near))
        m.d.comb += self.centre.eq(centre)

    def _weights(self, m: Module, control: list, operand: Signal) -> Signal:
        """The nine weights, in the same cycle as the operand; written by the host or from the operand."""
        m.submodules.weights = weights = BlockRam(
            width=8 * TAPS, depth=self._accelerator.weight_words, technology=self._technology
        )
        store = control[self.OPERAND]
        enable = store.store | (self.write_i.enable & (self.write_i.lane == 0))
        address = Signal(range(self._accelerator.weight_words), name="stored_address", reset_less=True)
        word = Signal(8 * TAPS, name="stored_word", reset_less=True)
        with m.If(enable):
            m.d.sync += [
                address.eq(Mux(store.store, store.weight, self.write_i.address)),
                word.eq(Mux(store.store, operand, self.write_i.data)),
            ]
        m.d.comb += [
            weights.read_address.eq(control[self.OPERAND - BlockRam.LATENCY].weight),
            weights.write_address.eq(address),
            weights.write_data.eq(word),
            weights.write_enable.eq(delay(m, enable, 1, "stored")),
        ]
        return weights.read_data

    def _products(self, m: Module, operand: Signal, weights: Signal) -> Signal:
        """The sum of the nine products, SUM cycles after ``control_i``."""
        m.submodules.multipliers = multipliers = MultiplierRow(TAPS, self._technology)
        m.d.comb += [multipliers.a.eq(operand), multipliers.b.eq(weights)]
        products = multipliers.p
        thirds = [Signal(signed(18), name=f"third_{third}", reset_less=True) for third in range(3)]
        for index, third in enumerate(thirds):
            m.d.sync += third.eq(sum(products[3 * index + 1 : 3 * index + 3], products[3 * index]))
        total = Signal(signed(20), reset_less=True)
        m.d.sync += total.eq(thirds[0] + thirds[1] + thirds[2])
        return total

    def _constants(self, m: Module, control: list, weights: Signal) -> tuple:
        """Bias in the cycle of the sum, multiplier in the cycle of the accumulator."""
        bias_bits = self._accelerator.accumulator_bits
        m.submodules.constants = constants = memory.Memory(
            shape=bias_bits + numerics.MULTIPLIER_BITS, depth=self._accelerator.constants, init=[]
        )
        read, write = constants.read_port(domain="comb"), constants.write_port()
        load = control[self.OPERAND]  # when the word that `weight` addressed is there
        # Registers of the lane's own before the memory: those of `control` are one row along all lanes, and
        # can lie far from it.
        place = Signal.like(write.addr, name="loaded_place", reset_less=True)
        constant = Signal.like(write.data, name="loaded_constant", reset_less=True)
        with m.If(load.load):
            m.d.sync += [
                place.eq(load.constant),
                constant.eq(
                    Cat(weights[:bias_bits], weights[BIAS_BITS : BIAS_BITS + numerics.MULTIPLIER_BITS])
                ),
            ]
        m.d.comb += [
            write.addr.eq(place),
            write.data.eq(constant),
            write.en.eq(delay(m, load.load, 1, "loaded")),
            read.addr.eq(control[self.SUM - 1].constant),
        ]
        bias = Signal(signed(bias_bits), reset_less=True)
        multiplier = [
            Signal(numerics.MULTIPLIER_BITS, name=f"multiplier_at_{age}", reset_less=True)
            for age in ("sum", "accumulator")
        ]
        with m.If(control[self.SUM - 1].multiply):
            m.d.sync += [bias.eq(read.data[:bias_bits].as_signed()), multiplier[0].eq(read.data[bias_bits:])]
        m.d.sync += multiplier[1].eq(multiplier[0])
        return bias, multiplier[1]
