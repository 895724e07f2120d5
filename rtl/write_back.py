"""The way back: results of the lanes, with their residuals, into the feature maps.

These are parts of the accelerator's own logic, beside :class:`siammixer.rtl.accelerator.SiamMixer` so that
each can be read by itself. They make no component.
"""

from amaranth.hdl import Cat, Mux, Signal
from amaranth.lib import data

from siammixer.arch.instruction import Kind
from siammixer.rtl.control.issue import write_layout
from siammixer.rtl.datapath.lane import Lane
from siammixer.rtl.datapath.transposer import Transposer
from siammixer.rtl.latency import front_latency
from siammixer.rtl.primitives.skew import Skew, delay


def add_residuals(m, accelerator, issue, write, sequencer, lanes, residuals, residual_add, *, trace):
    """The results of the lanes get their residual.

    Where a step only transposes the word is a residual that is added to nothing, and fillers are nothing
    and nothing: zero, so that they are as good as padding.

    Parameters
    ----------
    m : Module
        The module of the accelerator, which gets the logic.
    accelerator : Accelerator
        Sizes.
    issue, write
        The operands that were issued (:func:`siammixer.rtl.control.issue.issue_layout`), and what is to be
        done with their result (:func:`siammixer.rtl.control.issue.write_layout`).
    sequencer, lanes, residuals, residual_add
        The components of the accelerator that take part.
    trace : bool
        Whether the word of the branch alone is asked for.

    Returns
    -------
    entering
        A view of what is to be done with a word, in the cycle in which the transposers take it.
    words
        That word with the residual and, where it is asked for, of the branch alone.
    """
    instruction = sequencer.instruction
    transposing = Signal()
    m.d.sync += transposing.eq(instruction.kind == Kind.TRANSPOSE)
    does = data.StructLayout({"result": 1, "residual": 1, **write_layout().members})
    issued = Signal(does)
    m.d.comb += [
        issued.result.eq(issue.result),
        issued.residual.eq(issue.residual_write),
        *(issued[name].eq(write[name]) for name in write_layout().members),
    ]
    # At lane 0; its residual leaves the queue a cycle before.
    computed_next = delay(m, issued, front_latency(accelerator) + Lane.LATENCY - 1, "computed_next")
    computed = delay(m, computed_next, 1, "computed")
    m.d.comb += [
        residuals.take.eq(computed_next.result & computed_next.residual),
        # Between two steps nothing is on its way, nor what a reset left there when the first residuals
        # come.
        residuals.clear.eq(sequencer.begin),
        residual_add.valid.eq(computed.result | computed.shift),
        residual_add.no_x.eq(~computed.residual),
        residual_add.no_y.eq(~computed.result | transposing),
        residual_add.x.eq(residuals.o),
        residual_add.y.eq(lanes.results),
        residual_add.shifts.eq(
            Mux(transposing, 0, Cat(instruction.left_x, instruction.left_y, instruction.right))
        ),
    ]
    return _aligned(m, accelerator.lanes, computed, transposing, lanes, residual_add, trace)


def _aligned(m, size, computed, transposing, lanes, residual_add, trace):
    """The lanes' results, a cycle apart from lane to lane, as whole words; returns what
    :func:`add_residuals` does.
    """
    entering = delay(m, computed, residual_add.LATENCY + size, "entering")
    m.submodules.align = align = Skew(reversed(range(size)))
    m.d.comb += align.i.eq(residual_add.o)
    words = (delay(m, align.o, 1, "word"),)
    if trace:
        m.submodules.align_branch = other = Skew(reversed(range(size)))
        m.d.comb += other.i.eq(delay(m, lanes.results, residual_add.LATENCY, "branch"))
        branch = delay(m, other.o, 1, "branch_word")
        words += (Mux(transposing | ~entering.result, words[0], branch),)
    return entering, words


def write_maps(m, entering, words, sequencer, transposers, maps, trace) -> None:
    """Words are written into the feature maps, transposed where the step says so.

    Parameters
    ----------
    m : Module
        The module of the accelerator, which gets the logic.
    entering, words
        As :func:`add_residuals` returns them.
    sequencer, maps
        The components of the accelerator that take part.
    transposers
        A transposer for each of the words.
    trace
        The interface that tells every write, both words at once; None where nothing does.
    """
    # Three registers, since it goes far. It changes while an instruction is fetched: no word is near then.
    bypass = delay(m, ~sequencer.instruction.transposed, 3, "bypass")
    for transposer, word in zip(transposers, words, strict=True):
        m.d.comb += [
            transposer.shift.eq(entering.shift),
            transposer.turn.eq(entering.turn),
            transposer.bypass.eq(bypass),
            transposer.i.eq(word),
        ]
    written = delay(m, entering, Transposer.LATENCY, "written")
    m.d.comb += [
        maps.write_enable.eq(written.write),
        maps.write_address.eq(written.address),
        maps.write_data.eq(transposers[0].o),
    ]
    if trace is None:
        return
    m.d.comb += [
        trace.valid.eq(written.write),
        trace.step.eq(sequencer.step),
        trace.address.eq(written.address),
        trace.data.word.eq(transposers[0].o),
        trace.data.branch.eq(transposers[1].o),
    ]
