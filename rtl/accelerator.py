"""The accelerator: a program in, pixels in, response out."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import RESIDUALS, TAPS, Accelerator
from siammixer.arch.errors import Error
from siammixer.arch.instruction import Kind
from siammixer.arch.interface import RESPONSE_BITS
from siammixer.rtl.control.address_generator import AddressGenerator
from siammixer.rtl.control.fault_report import FaultReport
from siammixer.rtl.control.flush import Flush
from siammixer.rtl.control.issue import issue_layout
from siammixer.rtl.control.sequencer import Sequencer
from siammixer.rtl.control.write_port import WritePort
from siammixer.rtl.datapath.feature_maps import FeatureMapMemory
from siammixer.rtl.datapath.gearbox import Gearbox
from siammixer.rtl.datapath.lane import Lane
from siammixer.rtl.datapath.lane_array import LaneArray
from siammixer.rtl.datapath.pixel_windows import PixelWindows, tile_pixels
from siammixer.rtl.datapath.residual import ResidualAdd
from siammixer.rtl.datapath.residual_queue import ResidualQueue
from siammixer.rtl.datapath.response import Response
from siammixer.rtl.datapath.transposer import Transposer
from siammixer.rtl.host import CONTROL
from siammixer.rtl.latency import front_latency, settle_cycles
from siammixer.rtl.primitives.skew import Skew, delay
from siammixer.rtl.technology.technology import GENERIC, Technology
from siammixer.rtl.write_back import add_residuals, write_maps


def trace_signature(accelerator: Accelerator) -> wiring.Signature:
    """A write into the feature-map memory: the word, and the word before the residual addition."""
    word = 8 * accelerator.lanes
    words = data.StructLayout({"word": word, "branch": word})
    return wiring.Signature({"valid": Out(1), "step": Out(16), "address": Out(16), "data": Out(words)})


class SiamMixer(wiring.Component):
    """Runs one branch of a network: the program of a step list, over the pixels of a crop.

    Load weights and programs through ``write``, pulse ``start`` with the ``entry`` of a program, send the
    crop's pixels patch by patch in the order of the program (every patch with its halo, the very last pixel
    marked ``last``), wait for ``done``. The template stays in the weight memory between runs. A frame
    takes the same number of cycles every time unless the pixel stream pauses, which slows it
    and changes nothing else. After INPUT_LONG the pixels that were too many still stand in the
    stream: their sender must withdraw them before the next run. A reset must last one cycle at least; after
    it the core is busy until its pipelines are empty (:class:`siammixer.rtl.control.flush.Flush`).

    Parameters
    ----------
    accelerator
        Sizes.
    technology
        Parts that multipliers and memories are built of.
    trace
        Whether there is the member ``trace``, and what only serves it.
    response_bits
        Of a cell of the response: as many as the network's response needs.

    Members
    -------
    host : In(CONTROL)
        Everything that a host drives and reads (:class:`siammixer.rtl.host.HostSignature`).
    step_done : Out(1)
        One cycle at the end of each step, whose number is in ``host.step``.
    trace : Out(trace_signature(accelerator))
        Every write into the feature-map memory, for verification.
    identity : Out(64)
        Fingerprint of the accelerator.
    """

    def __init__(
        self,
        accelerator: Accelerator,
        technology: Technology = GENERIC,
        *,
        trace: bool = True,
        response_bits: int = RESPONSE_BITS,
    ):
        self._accelerator, self._technology, self._traced = accelerator, technology, trace
        self._response_bits = response_bits
        members = {"host": In(CONTROL), "step_done": Out(1), "identity": Out(64)}
        if trace:
            members["trace"] = Out(trace_signature(accelerator))
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        a, technology = self._accelerator, self._technology
        m.submodules.flush = flush = Flush(a.flush_cycles)
        m.submodules.write_port = write_port = WritePort(a)
        m.submodules.sequencer = sequencer = Sequencer(a, settle=settle_cycles(a), technology=technology)
        m.submodules.address_generator = generator = AddressGenerator(a, technology)
        m.submodules.pixel_windows = windows = PixelWindows(
            width=a.pixel_width, depth=a.pixel_windows, technology=technology
        )
        m.submodules.feature_maps = maps = FeatureMapMemory(
            depth=a.map_words, width=8 * a.lanes, technology=technology
        )
        m.submodules.gearbox = gearbox = Gearbox(a)
        m.submodules.skew = skew = Skew(range(a.lanes))
        m.submodules.lanes = lanes = LaneArray(a, technology)
        m.submodules.transposer = transposer = Transposer(a.lanes)
        transposers = [transposer]
        if self._traced:
            m.submodules.trace_transposer = trace_transposer = Transposer(a.lanes)
            transposers.append(trace_transposer)
        m.submodules.residuals = residuals = ResidualQueue(a.lanes, RESIDUALS, technology)
        m.submodules.residual_add = residual_add = ResidualAdd(a.lanes)
        m.submodules.response = response = Response(a.response_words, technology, self._response_bits)

        issue = Signal(issue_layout(a), reset_less=True)
        m.d.sync += issue.eq(generator.issue)
        self._control(m, flush, sequencer, generator, windows)
        self._report_faults(m, sequencer, generator, windows)
        pixel_taps = self._pixel_operand(m, generator, windows)
        self._write_port(m, flush, write_port, sequencer, lanes)
        self._read_maps(m, issue, maps, gearbox, skew, lanes, residuals)
        self._feed_lanes(m, issue, sequencer, pixel_taps, gearbox, skew, lanes)
        entering, words = add_residuals(
            m, a, issue, generator.write, sequencer, lanes, residuals, residual_add, trace=self._traced
        )
        write_maps(m, entering, words, sequencer, transposers, maps, self.trace if self._traced else None)
        self._respond(m, flush.run, issue, generator.write.address, lanes, response)
        m.d.comb += self.identity.eq(Const(int(a.fingerprint, 16), 64))
        return m

    def _control(self, m, flush, sequencer, generator, windows) -> None:
        """Program, steps and pixels."""
        instruction = sequencer.instruction
        # A register between: the sequencer can lie far from what gives up.
        aborted = Signal()
        m.d.sync += aborted.eq(sequencer.abort)
        m.d.comb += [
            flush.start.eq(self.host.start),
            sequencer.start.eq(flush.run),
            sequencer.entry.eq(self.host.entry),
            self.host.busy.eq(sequencer.busy | flush.active),
            self.host.done.eq(sequencer.done),
            self.host.error.eq(sequencer.error),
            self.host.step.eq(sequencer.step),
            self.step_done.eq(sequencer.step_done),
            generator.begin.eq(sequencer.begin),
            generator.instruction.eq(instruction),
            generator.patch_offset.eq(sequencer.patch_offset),
            generator.abort.eq(aborted),
            generator.window_ready.eq(windows.o.valid),
            sequencer.walking.eq(generator.busy),
            windows.start.eq(sequencer.begin & (instruction.kind == Kind.CONVOLUTION)),
            windows.stride_2.eq(instruction.stride_2),
            windows.columns.eq(tile_pixels(instruction.columns, instruction.stride_2)),
            windows.rows.eq(tile_pixels(instruction.rows, instruction.stride_2)),
            windows.final.eq(sequencer.final),
            windows.o.ready.eq(generator.pop),
            windows.clear.eq(aborted),
        ]
        wiring.connect(m, wiring.flipped(self.host.pixels), windows.i)

    def _report_faults(self, m, sequencer, generator, windows) -> None:
        m.submodules.faults = faults = FaultReport(self._accelerator)
        m.d.comb += [
            faults.begin.eq(sequencer.begin),
            faults.instruction.eq(sequencer.instruction),
            faults.waiting.eq(generator.waiting),
            faults.outside.eq(generator.outside),
            faults.long.eq(windows.long),
            faults.short.eq(windows.short),
            sequencer.fault.eq(faults.fault),
        ]

    def _pixel_operand(self, m, generator, windows) -> Signal:
        """The taps of the issued channel of the first pixel window, in the cycle of ``issue``."""
        taps = Signal(8 * TAPS, reset_less=True)
        m.d.sync += taps.eq(windows.o.payload[generator.channel])
        return delay(m, taps, 1, "taps")

    def _write_port(self, m, flush, write_port, sequencer, lanes) -> None:
        """The host's words go to the program memory and the lanes."""
        wiring.connect(m, wiring.flipped(self.host.write), write_port.i)
        program = write_port.program
        m.d.comb += [
            write_port.open.eq(~flush.active),
            write_port.busy.eq(sequencer.busy),
            sequencer.write_enable.eq(program.enable),
            sequencer.write_address.eq(program.address),
            sequencer.write_data.eq(program.data),
            sequencer.refused.eq(Mux(flush.early, Error.START_WHILE_BUSY, write_port.refused)),
            self.host.refused.eq(write_port.refused),
            lanes.write.eq(write_port.weights),
        ]

    def _read_maps(self, m, issue, maps, gearbox, skew, lanes, residuals) -> None:
        """A word read goes to the gearbox, the lanes or, like the centres of windows, to the residuals."""
        front = front_latency(self._accelerator)
        m.d.comb += maps.read_address.eq(issue.read_address)
        arrived = delay(m, Cat(issue.advance, issue.end), maps.LATENCY, "arrived")
        m.d.comb += [
            gearbox.advance.eq(arrived[0]),
            gearbox.end.eq(arrived[1:]),
            gearbox.i.eq(maps.read_data),
            skew.i.eq(delay(m, maps.read_data, front - maps.LATENCY, "activations")),
            residuals.read.eq(delay(m, issue.residual_read, front, "residual_read")),
            residuals.activations.eq(skew.o),
            residuals.centre.eq(delay(m, issue.residual_centre, front + Lane.CENTRE, "residual_centre")),
            residuals.centres.eq(lanes.centres),
        ]

    def _feed_lanes(self, m, issue, sequencer, pixel_taps, gearbox, skew, lanes) -> None:
        """Lane 0 gets control and operands, the broadcast one when the gearbox has its group."""
        front = front_latency(self._accelerator)
        # A cycle later than the generator's own, with which yosys would merge it.
        convolving = delay(m, sequencer.instruction.kind == Kind.CONVOLUTION, 2, "convolving")
        m.d.comb += [
            lanes.control.eq(delay(m, issue.lane, front, "control")),
            lanes.activations.eq(skew.o),
            lanes.broadcast.eq(
                Mux(convolving, delay(m, pixel_taps, front + Lane.BROADCAST, "pixel_taps"), gearbox.o)
            ),
        ]

    def _respond(self, m, run, issue, address, lanes, response) -> None:
        """The lanes' sums add up in the response; ``run`` begins it."""
        signals = Cat(issue.respond, issue.respond_first, issue.respond_last, address)
        summed = delay(m, signals, front_latency(self._accelerator) + lanes.CHAINED - 1, "summed")
        m.d.comb += [
            response.add.eq(summed[0]),
            response.first.eq(summed[1]),
            response.last.eq(summed[2]),
            response.address.eq(summed[3:]),
            response.value.eq(lanes.chain),
            response.clear.eq(run),
            response.read_address.eq(self.host.response_address),
            self.host.response_data.eq(response.read_data),
            self.host.peak_position.eq(response.peak_position),
            self.host.peak_value.eq(response.peak_value),
        ]
