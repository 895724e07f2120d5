"""Steps of the tracker's program, as docs/numerics.md tells them: the cell, the vote, the new target, loss.

Each writes instructions into an assembler, behind :func:`siammixer.rtl.tracker.routines.write_routines`. The
docstrings name the registers that a step reads and writes.
"""

from __future__ import annotations

from siammixer.arch.tracker import (
    CELL_BITS,
    CENTRE_BITS,
    LOG_BITS,
    PROBABILITY_BITS,
    SHARE_BITS,
    STEP_BITS,
    TrackerDesign,
)
from siammixer.ir import box_map
from siammixer.rtl.tracker.assembler import Assembler
from siammixer.rtl.tracker.instructions import Operation as Op
from siammixer.rtl.tracker.routines import QUOTIENT, at_least, at_most, rounded, times

CELL, VOTE = "cell", "vote"
VOTES = ("x", "y", "width", "height")


def _probability(a: Assembler) -> None:
    """A = the probability of the score A."""
    a.emit(Op.TABLE, a.base("probabilities") + 128)


def best_cell(a: Assembler, design: TrackerDesign) -> None:
    """``place``, the cell's number, ``row`` and ``column``: the largest judged value, the first of equal
    ones. ``near`` says whether the raised cosine counts.
    """
    one = 1 << SHARE_BITS
    a.routine(CELL)
    for register, far, close in (("share", 0, design.window), ("weight", one, one - design.window)):
        a.emit(Op.LOAD, "near")
        a.emit(Op.LESS, 1)
        a.emit(Op.LOAD, far)
        a.emit(Op.KEEP, close)
        a.emit(Op.STORE, register)
    a.emit(Op.LOAD, -1)
    for register in ("best", "place", "t.cell"):
        a.emit(Op.STORE, register)
    with a.repeat(design.cells):
        a.emit(Op.LOAD, "t.cell")
        a.emit(Op.ADD, 1)
        a.emit(Op.STORE, "t.cell")
        a.emit(Op.RESPONSE)
        _probability(a)
        a.emit(Op.STORE, "t.chance")
        a.emit(Op.LOAD, "weight")
        a.emit(Op.SHORT, "t.chance")
        a.emit(Op.STORE, "t.judged")
        a.emit(Op.LOAD, design.cells - 1)
        a.emit(Op.SUBTRACT, "t.cell")
        at_most(a, "t.cell")
        a.emit(Op.TABLE, a.base("cosines"))
        a.emit(Op.STORE, "t.chance")
        a.emit(Op.LOAD, "share")
        a.emit(Op.SHORT, "t.chance")
        a.emit(Op.ADD, "t.judged")
        a.emit(Op.STORE, "t.judged")
        a.emit(Op.LOAD, "best")
        a.emit(Op.LESS, "t.judged")
        a.emit(Op.TAKE, "t.judged")
        a.emit(Op.STORE, "best")
        a.emit(Op.LOAD, "place")
        a.emit(Op.TAKE, "t.cell")
        a.emit(Op.STORE, "place")
    a.number(design.response_side)
    a.emit(Op.STORE, "divisor")
    a.emit(Op.LOAD, "place")
    a.call(QUOTIENT)
    a.emit(Op.STORE, "row")
    times(a, "row", design.response_side)
    a.emit(Op.STORE, "t.cell")
    a.emit(Op.LOAD, "place")
    a.emit(Op.SUBTRACT, "t.cell")
    a.emit(Op.STORE, "column")
    a.emit(Op.RETURN)


def vote(a: Assembler, design: TrackerDesign) -> None:
    """``seen.x``, ``seen.y``, ``seen.width``, ``seen.height`` of the cell ``place`` at ``row`` and
    ``column``, and ``certainty``, its probability.
    """
    a.routine(VOTE)
    a.emit(Op.LOAD, "place")
    a.emit(Op.RESPONSE)
    _probability(a)
    a.emit(Op.STORE, "certainty")
    a.emit(Op.LOAD, 0)
    for register in ("t.weight", *(f"seen.{name}" for name in VOTES)):
        a.emit(Op.STORE, register)
    a.emit(Op.LOAD, -1)
    a.emit(Op.STORE, "t.down")
    a.emit(Op.STORE, "t.right")
    with a.repeat(9):
        _one_vote(a, design)
    a.emit(Op.LOAD, "t.weight")
    at_least(a, 1)
    a.emit(Op.STORE, "t.weight")
    a.emit(Op.ADD, "t.weight")
    a.emit(Op.STORE, "divisor")
    units = [(1 << CELL_BITS) // box_map.STEPS_PER_CELL] * 2 + [
        (1 << LOG_BITS) // box_map.STEPS_PER_OCTAVE
    ] * 2
    for name, unit in zip(VOTES, units, strict=True):
        a.emit(Op.LOAD, f"seen.{name}")
        a.emit(Op.LEFT, unit.bit_length())  # the unit is a power of two, and twice of it counts
        a.emit(Op.ADD, "t.weight")
        a.call(QUOTIENT)
        a.emit(Op.STORE, f"seen.{name}")
    a.emit(Op.RETURN)


def _one_vote(a: Assembler, design: TrackerDesign) -> None:
    """The vote of the neighbour ``t.down`` below and ``t.right`` right of the cell, and the next neighbour.
    One that lies outside the map votes as the cell does, with probability 0.
    """
    side = design.response_side
    a.emit(Op.LOAD, "t.down")
    a.emit(Op.ADD, "row")
    a.emit(Op.STORE, "t.row")
    times(a, "t.row", side)
    a.emit(Op.ADD, "column")
    a.emit(Op.ADD, "t.right")
    a.emit(Op.STORE, "t.cell")
    a.emit(Op.LOAD, 1)
    a.emit(Op.STORE, "t.inside")
    a.emit(Op.LOAD, "column")
    a.emit(Op.ADD, "t.right")
    a.emit(Op.STORE, "t.column")
    for register in ("t.row", "t.column"):
        a.emit(Op.LOAD, register)
        a.emit(Op.LESS, 0)
        a.emit(Op.LOAD, "t.inside")
        a.emit(Op.TAKE, 0)
        a.emit(Op.STORE, "t.inside")
        a.emit(Op.LOAD, side - 1)
        a.emit(Op.LESS, register)
        a.emit(Op.LOAD, "t.inside")
        a.emit(Op.TAKE, 0)
        a.emit(Op.STORE, "t.inside")
    a.emit(Op.LESS, 1)
    a.emit(Op.LOAD, "t.cell")
    a.emit(Op.TAKE, "place")
    a.emit(Op.STORE, "t.cell")
    a.emit(Op.RESPONSE)
    _probability(a)
    a.emit(Op.TAKE, 0)
    a.emit(Op.STORE, "t.chance")
    a.emit(Op.ADD, "t.weight")
    a.emit(Op.STORE, "t.weight")
    _add_values(a, design)
    # The next one to the right; behind the third the first of the next row.
    a.emit(Op.LOAD, "t.right")
    a.emit(Op.LESS, 1)
    a.emit(Op.LOAD, "t.down")
    a.emit(Op.ADD, 1)
    a.emit(Op.TAKE, "t.down")
    a.emit(Op.STORE, "t.down")
    a.emit(Op.LOAD, "t.right")
    a.emit(Op.ADD, 1)
    a.emit(Op.KEEP, -1)
    a.emit(Op.STORE, "t.right")


def _add_values(a: Assembler, design: TrackerDesign) -> None:
    """The values of ``t.cell`` are added to the votes, with the weight ``t.chance``."""
    channels = (box_map.X, box_map.Y, box_map.WIDTH, box_map.HEIGHT)
    for name, channel, offset in zip(VOTES, channels, ("t.right", "t.down", "", ""), strict=True):
        if offset:
            a.emit(Op.LOAD, offset)
            a.emit(Op.LEFT, box_map.STEPS_PER_CELL.bit_length() - 1)
            a.emit(Op.STORE, "t.judged")
        a.number(channel * design.cells)
        a.emit(Op.ADD, "t.cell")
        a.emit(Op.RESPONSE)
        if offset:
            a.emit(Op.ADD, "t.judged")
        a.emit(Op.STORE, "t.value")
        a.emit(Op.LOAD, "t.chance")
        a.emit(Op.LONG, "t.value")
        a.emit(Op.ADD, f"seen.{name}")
        a.emit(Op.STORE, f"seen.{name}")


def movement(a: Assembler, design: TrackerDesign, cell: str, offset: str) -> None:
    """A = the way in 1/256 image pixel from the window's centre to the place ``offset`` beside the row or
    column ``cell``, in a window of ``window.step``.
    """
    a.emit(Op.LOAD, cell)
    a.emit(Op.SUBTRACT, (design.response_side - 1) // 2)
    a.emit(Op.LEFT, CELL_BITS)
    a.emit(Op.ADD, offset)
    a.emit(Op.STORE, "t.value")
    times(a, "t.value", design.stride)
    a.emit(Op.STORE, "t.value")
    a.emit(Op.LOAD, "window.step")
    a.emit(Op.LONG, "t.value")
    rounded(a, CELL_BITS + STEP_BITS - CENTRE_BITS)


def change(a: Assembler, design: TrackerDesign, name: str, error: str, grown: str, last: str) -> None:
    """A = the change of the size that ``seen`` tells under that name."""
    a.emit(Op.LOAD, f"seen.{name}")
    a.emit(Op.SUBTRACT, error)
    a.emit(Op.STORE, "t.value")
    times(a, "t.value", design.size_gain)
    rounded(a, SHARE_BITS)
    a.emit(Op.ADD, grown)
    a.emit(Op.SUBTRACT, last)


def new_sizes(a: Assembler, design: TrackerDesign) -> None:
    """``found.width``, ``found.height``: ``last.width`` and ``last.height`` after a share of
    ``change.width`` and ``change.height`` is taken over, as ``certainty`` allows.
    """
    for register, rate, both in (
        ("t.area", design.size_rate, Op.ADD),
        ("t.aspect", design.aspect_rate, Op.SUBTRACT),
    ):
        a.emit(Op.LOAD, "change.width")
        a.emit(both, "change.height")
        a.emit(Op.STORE, "t.value")
        a.emit(Op.LOAD, "certainty")
        a.emit(Op.LONG, "t.value")
        a.emit(Op.STORE, "t.value")
        times(a, "t.value", rate)
        rounded(a, PROBABILITY_BITS + SHARE_BITS + 1)
        a.emit(Op.STORE, register)
    for name, sign in (("width", Op.ADD), ("height", Op.SUBTRACT)):
        a.number(design.log_limit)
        a.emit(Op.STORE, "t.value")
        a.emit(Op.LOAD, f"last.{name}")
        a.emit(Op.ADD, "t.area")
        a.emit(sign, "t.aspect")
        at_most(a, "t.value")
        a.emit(Op.STORE, "t.cell")
        a.number(-design.log_limit)
        a.emit(Op.STORE, "t.value")
        a.emit(Op.LOAD, "t.cell")
        at_least(a, "t.value")
        a.emit(Op.STORE, f"found.{name}")


def _at_least(a: Assembler, register: str, value: str, threshold: int) -> None:
    """A register = 1 where a value is at least a threshold, else 0."""
    a.number(threshold)
    a.emit(Op.STORE, "t.value")
    a.emit(Op.LOAD, value)
    a.emit(Op.LESS, "t.value")
    a.emit(Op.LOAD, 0)
    a.emit(Op.KEEP, 1)
    a.emit(Op.STORE, register)


def after(a: Assembler, design: TrackerDesign) -> None:
    """``missed``, ``candidate`` and ``taken`` after a look, ``near``, ``again`` or neither, whose place has
    the probability ``certainty``.
    """
    to_probability = PROBABILITY_BITS - SHARE_BITS
    _at_least(a, "t.seen", "certainty", design.lost_below << to_probability)
    _at_least(a, "t.found", "certainty", design.found_above << to_probability)
    # Near: 0, again: 1, beside: neither. Each look is chosen by the flag, and none by a jump.
    a.emit(Op.LOAD, "missed")
    a.emit(Op.ADD, 1)
    a.emit(Op.STORE, "t.value")
    for look, hit in (("near", "t.seen"), ("again", "t.found")):
        # t.value = 0 where it is that look and it hits; a refused candidate counts as no miss
        a.emit(Op.LOAD, look)
        a.emit(Op.ADD, hit)
        a.emit(Op.LESS, 2)
        a.emit(Op.LOAD, "t.value")
        if look == "again":
            a.emit(Op.SUBTRACT, "again")
        a.emit(Op.KEEP, 0)
        a.emit(Op.STORE, "t.value")
    a.emit(Op.STORE, "missed")
    # taken: near, or again and found; candidate: found and neither
    a.emit(Op.LOAD, "again")
    a.emit(Op.ADD, "t.found")
    a.emit(Op.LESS, 2)
    a.emit(Op.LOAD, "near")
    a.emit(Op.KEEP, 1)
    a.emit(Op.STORE, "taken")
    a.emit(Op.LOAD, "near")
    a.emit(Op.ADD, "again")
    a.emit(Op.LESS, 1)
    a.emit(Op.LOAD, "t.found")
    a.emit(Op.KEEP, 0)
    a.emit(Op.STORE, "candidate")


def next_look(a: Assembler, design: TrackerDesign) -> None:
    """``near``, ``again``, ``beside``, of which one is 1, ``right`` and ``down``, the direction of a look
    beside, and ``lost``, from ``missed`` and ``candidate``.
    """
    _at_least(a, "lost", "missed", design.patience + 1)
    a.emit(Op.LOAD, "missed")
    a.emit(Op.SUBTRACT, design.patience)
    a.emit(Op.STORE, "t.value")
    a.emit(Op.RIGHT, 1)
    a.emit(Op.STORE, "t.turn")
    a.emit(Op.LEFT, 1)
    a.emit(Op.LESS, "t.value")  # an odd number is more than twice its half
    a.emit(Op.LOAD, "lost")
    a.emit(Op.TAKE, 0)
    a.emit(Op.SUBTRACT, "candidate")
    at_least(a, 0)
    a.emit(Op.STORE, "beside")
    a.emit(Op.LOAD, "candidate")
    a.emit(Op.STORE, "again")
    a.emit(Op.LOAD, 1)
    a.emit(Op.SUBTRACT, "again")
    a.emit(Op.SUBTRACT, "beside")
    a.emit(Op.STORE, "near")
    a.emit(Op.LOAD, "t.turn")
    a.emit(Op.SUBTRACT, 1)
    a.emit(Op.STORE, "t.turn")
    a.emit(Op.RIGHT, 2)
    a.emit(Op.LEFT, 2)
    a.emit(Op.STORE, "t.value")
    a.emit(Op.LOAD, "t.turn")
    a.emit(Op.SUBTRACT, "t.value")  # modulo 4
    a.emit(Op.LEFT, 1)
    a.emit(Op.STORE, "t.turn")
    for register, place in (("right", 0), ("down", 1)):
        a.emit(Op.LOAD, "t.turn")
        a.emit(Op.TABLE, a.base("sides") + place)
        a.emit(Op.STORE, register)


def write_steps(a: Assembler, design: TrackerDesign) -> None:
    """The steps that are called: :func:`best_cell` and :func:`vote`."""
    best_cell(a, design)
    vote(a, design)
