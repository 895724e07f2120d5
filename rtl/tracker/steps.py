"""Steps of the tracker's program, as docs/numerics.md tells them: the cell, the vote, the new target, loss.

Each writes instructions into an assembler, behind :func:`siammixer.rtl.tracker.routines.write_routines`. The
docstrings name the registers that a step reads and writes.
"""

from __future__ import annotations

from siammixer.arch.tracker import CELL_BITS, CENTRE_BITS, LOG_BITS, PROBABILITY_BITS, SHARE_BITS, TrackerDesign
from siammixer.arch.tracker import STEP_BITS as WINDOW_BITS
from siammixer.ir import box_map
from siammixer.rtl.tracker.instructions import Assembler, Operation
from siammixer.rtl.tracker.routines import DIVIDE, LOGARITHM, at_least, at_most, divide, rounded, times

O = Operation
CELL, VOTE, QUOTIENT = "cell", "vote", "quotient"
VOTES = ("x", "y", "width", "height")


def _probability(a: Assembler) -> None:
    """A = the probability of the score A."""
    a.emit(O.TABLE, a.base("probabilities") + 128)


def best_cell(a: Assembler, design: TrackerDesign) -> None:
    """``place``, the cell's number, ``row`` and ``column``: the largest judged value, the first of equal
    ones. ``near`` says whether the raised cosine counts.
    """
    one = 1 << SHARE_BITS
    a.routine(CELL)
    for register, far, close in (("share", 0, design.window), ("weight", one, one - design.window)):
        a.emit(O.LOAD, "near")
        a.emit(O.LESS, 1)
        a.emit(O.LOAD, far)
        a.emit(O.KEEP, close)
        a.emit(O.STORE, register)
    a.emit(O.LOAD, -1)
    a.emit(O.STORE, "best")
    a.emit(O.STORE, "t.cell")
    with a.repeat(design.cells):
        a.emit(O.LOAD, "t.cell")
        a.emit(O.ADD, 1)
        a.emit(O.STORE, "t.cell")
        a.emit(O.RESPONSE)
        _probability(a)
        a.emit(O.STORE, "t.chance")
        a.emit(O.LOAD, "weight")
        a.emit(O.SHORT, "t.chance")
        a.emit(O.STORE, "t.judged")
        a.emit(O.LOAD, design.cells - 1)
        a.emit(O.SUBTRACT, "t.cell")
        at_most(a, "t.cell")
        a.emit(O.TABLE, a.base("cosines"))
        a.emit(O.STORE, "t.chance")
        a.emit(O.LOAD, "share")
        a.emit(O.SHORT, "t.chance")
        a.emit(O.ADD, "t.judged")
        a.emit(O.STORE, "t.judged")
        a.emit(O.LOAD, "best")
        a.emit(O.LESS, "t.judged")
        a.emit(O.TAKE, "t.judged")
        a.emit(O.STORE, "best")
        a.emit(O.LOAD, "place")
        a.emit(O.TAKE, "t.cell")
        a.emit(O.STORE, "place")
    a.number(design.response_side)
    a.emit(O.STORE, "divisor")
    a.emit(O.LOAD, "place")
    a.call(DIVIDE)
    a.emit(O.STORE, "row")
    times(a, "row", design.response_side)
    a.emit(O.STORE, "t.cell")
    a.emit(O.LOAD, "place")
    a.emit(O.SUBTRACT, "t.cell")
    a.emit(O.STORE, "column")
    a.emit(O.RETURN)


def vote(a: Assembler, design: TrackerDesign) -> None:
    """``seen.x``, ``seen.y``, ``seen.width``, ``seen.height`` of the cell ``place`` at ``row`` and
    ``column``, and ``certainty``, its probability.
    """
    # The largest votes are those of sizes.
    divide(a, QUOTIENT, 8 + LOG_BITS - (box_map.STEPS_PER_OCTAVE.bit_length() - 1), negative=True)
    a.routine(VOTE)
    a.emit(O.LOAD, "place")
    a.emit(O.RESPONSE)
    _probability(a)
    a.emit(O.STORE, "certainty")
    a.emit(O.LOAD, 0)
    for register in ("t.weight", *(f"seen.{name}" for name in VOTES)):
        a.emit(O.STORE, register)
    a.emit(O.LOAD, -1)
    a.emit(O.STORE, "t.down")
    a.emit(O.STORE, "t.right")
    with a.repeat(9):
        _one_vote(a, design)
    a.emit(O.LOAD, "t.weight")
    at_least(a, 1)
    a.emit(O.STORE, "t.weight")
    a.emit(O.ADD, "t.weight")
    a.emit(O.STORE, "divisor")
    units = [(1 << CELL_BITS) // box_map.STEPS_PER_CELL] * 2 + [(1 << LOG_BITS) // box_map.STEPS_PER_OCTAVE] * 2
    for name, unit in zip(VOTES, units, strict=True):
        a.emit(O.LOAD, f"seen.{name}")
        a.emit(O.LEFT, unit.bit_length())  # the unit is a power of two, and twice of it counts
        a.emit(O.ADD, "t.weight")
        a.call(QUOTIENT)
        a.emit(O.STORE, f"seen.{name}")
    a.emit(O.RETURN)


def _one_vote(a: Assembler, design: TrackerDesign) -> None:
    """The vote of the neighbour ``t.down`` below and ``t.right`` right of the cell, and the next neighbour.
    One that lies outside the map votes as the cell does, with probability 0.
    """
    side = design.response_side
    a.emit(O.LOAD, "t.down")
    a.emit(O.ADD, "row")
    a.emit(O.STORE, "t.row")
    times(a, "t.row", side)
    a.emit(O.ADD, "column")
    a.emit(O.ADD, "t.right")
    a.emit(O.STORE, "t.cell")
    a.emit(O.LOAD, 1)
    a.emit(O.STORE, "t.inside")
    a.emit(O.LOAD, "column")
    a.emit(O.ADD, "t.right")
    a.emit(O.STORE, "t.column")
    for register in ("t.row", "t.column"):
        a.emit(O.LOAD, register)
        a.emit(O.LESS, 0)
        a.emit(O.LOAD, "t.inside")
        a.emit(O.TAKE, 0)
        a.emit(O.STORE, "t.inside")
        a.emit(O.LOAD, side - 1)
        a.emit(O.LESS, register)
        a.emit(O.LOAD, "t.inside")
        a.emit(O.TAKE, 0)
        a.emit(O.STORE, "t.inside")
    a.emit(O.LESS, 1)
    a.emit(O.LOAD, "t.cell")
    a.emit(O.TAKE, "place")
    a.emit(O.STORE, "t.cell")
    a.emit(O.RESPONSE)
    _probability(a)
    a.emit(O.TAKE, 0)
    a.emit(O.STORE, "t.chance")
    a.emit(O.ADD, "t.weight")
    a.emit(O.STORE, "t.weight")
    channels = (box_map.X, box_map.Y, box_map.WIDTH, box_map.HEIGHT)
    for name, channel, offset in zip(VOTES, channels, ("t.right", "t.down", "", ""), strict=True):
        if offset:
            a.emit(O.LOAD, offset)
            a.emit(O.LEFT, box_map.STEPS_PER_CELL.bit_length() - 1)
            a.emit(O.STORE, "t.judged")
        a.number(channel * design.cells)
        a.emit(O.ADD, "t.cell")
        a.emit(O.RESPONSE)
        if offset:
            a.emit(O.ADD, "t.judged")
        a.emit(O.STORE, "t.value")
        a.emit(O.LOAD, "t.chance")
        a.emit(O.LONG, "t.value")
        a.emit(O.ADD, f"seen.{name}")
        a.emit(O.STORE, f"seen.{name}")
    # The next one to the right; behind the third the first of the next row.
    a.emit(O.LOAD, "t.right")
    a.emit(O.LESS, 1)
    a.emit(O.LOAD, "t.down")
    a.emit(O.ADD, 1)
    a.emit(O.TAKE, "t.down")
    a.emit(O.STORE, "t.down")
    a.emit(O.LOAD, "t.right")
    a.emit(O.ADD, 1)
    a.emit(O.KEEP, -1)
    a.emit(O.STORE, "t.right")


def movement(a: Assembler, design: TrackerDesign, cell: str, offset: str) -> None:
    """A = the way in 1/256 image pixel from the window's centre to the place ``offset`` beside the row or
    column ``cell``, in a window of ``window.step``.
    """
    a.emit(O.LOAD, cell)
    a.emit(O.SUBTRACT, (design.response_side - 1) // 2)
    a.emit(O.LEFT, CELL_BITS)
    a.emit(O.ADD, offset)
    a.emit(O.STORE, "t.value")
    times(a, "t.value", design.stride)
    a.emit(O.STORE, "t.value")
    a.emit(O.LOAD, "window.step")
    a.emit(O.LONG, "t.value")
    rounded(a, CELL_BITS + WINDOW_BITS - CENTRE_BITS)


def change(a: Assembler, design: TrackerDesign, name: str, error: str, grown: str, last: str) -> None:
    """A = the change of the size that ``seen`` tells under that name."""
    a.emit(O.LOAD, f"seen.{name}")
    a.emit(O.SUBTRACT, error)
    a.emit(O.STORE, "t.value")
    times(a, "t.value", design.size_gain)
    rounded(a, SHARE_BITS)
    a.emit(O.ADD, grown)
    a.emit(O.SUBTRACT, last)


def new_sizes(a: Assembler, design: TrackerDesign) -> None:
    """``found.width``, ``found.height``: ``last.width`` and ``last.height`` after a share of
    ``change.width`` and ``change.height`` is taken over, as ``certainty`` allows.
    """
    for register, rate, both in (
        ("t.area", design.size_rate, O.ADD),
        ("t.aspect", design.aspect_rate, O.SUBTRACT),
    ):
        a.emit(O.LOAD, "change.width")
        a.emit(both, "change.height")
        a.emit(O.STORE, "t.value")
        a.emit(O.LOAD, "certainty")
        a.emit(O.LONG, "t.value")
        a.emit(O.STORE, "t.value")
        times(a, "t.value", rate)
        rounded(a, PROBABILITY_BITS + SHARE_BITS + 1)
        a.emit(O.STORE, register)
    for name, sign in (("width", O.ADD), ("height", O.SUBTRACT)):
        a.number(design.log_limit)
        a.emit(O.STORE, "t.value")
        a.emit(O.LOAD, f"last.{name}")
        a.emit(O.ADD, "t.area")
        a.emit(sign, "t.aspect")
        at_most(a, "t.value")
        a.emit(O.STORE, "t.cell")
        a.number(-design.log_limit)
        a.emit(O.STORE, "t.value")
        a.emit(O.LOAD, "t.cell")
        at_least(a, "t.value")
        a.emit(O.STORE, f"found.{name}")


def _at_least(a: Assembler, register: str, value: str, threshold: int) -> None:
    """A register = 1 where a value is at least a threshold, else 0."""
    a.number(threshold)
    a.emit(O.STORE, "t.value")
    a.emit(O.LOAD, value)
    a.emit(O.LESS, "t.value")
    a.emit(O.LOAD, 0)
    a.emit(O.KEEP, 1)
    a.emit(O.STORE, register)


def after(a: Assembler, design: TrackerDesign) -> None:
    """``missed``, ``candidate`` and ``taken`` after a look, ``near``, ``again`` or neither, whose place has
    the probability ``certainty``.
    """
    to_probability = PROBABILITY_BITS - SHARE_BITS
    _at_least(a, "t.seen", "certainty", design.lost_below << to_probability)
    _at_least(a, "t.found", "certainty", design.found_above << to_probability)
    # Near: 0, again: 1, beside: neither. Each look is chosen by the flag, and none by a jump.
    a.emit(O.LOAD, "missed")
    a.emit(O.ADD, 1)
    a.emit(O.STORE, "t.value")
    for look, hit in (("near", "t.seen"), ("again", "t.found")):
        # t.value = 0 where it is that look and it hits; a refused candidate counts as no miss
        a.emit(O.LOAD, look)
        a.emit(O.ADD, hit)
        a.emit(O.LESS, 2)
        a.emit(O.LOAD, "t.value")
        if look == "again":
            a.emit(O.SUBTRACT, "again")
        a.emit(O.KEEP, 0)
        a.emit(O.STORE, "t.value")
    a.emit(O.STORE, "missed")
    # taken: near, or again and found; candidate: found and neither
    a.emit(O.LOAD, "again")
    a.emit(O.ADD, "t.found")
    a.emit(O.LESS, 2)
    a.emit(O.LOAD, "near")
    a.emit(O.KEEP, 1)
    a.emit(O.STORE, "taken")
    a.emit(O.LOAD, "near")
    a.emit(O.ADD, "again")
    a.emit(O.LESS, 1)
    a.emit(O.LOAD, "t.found")
    a.emit(O.KEEP, 0)
    a.emit(O.STORE, "candidate")


def next_look(a: Assembler, design: TrackerDesign) -> None:
    """``near``, ``again``, ``beside``, of which one is 1, ``right`` and ``down``, the direction of a look
    beside, and ``lost``, from ``missed`` and ``candidate``.
    """
    _at_least(a, "lost", "missed", design.patience + 1)
    a.emit(O.LOAD, "missed")
    a.emit(O.SUBTRACT, design.patience)
    a.emit(O.STORE, "t.value")
    a.emit(O.RIGHT, 1)
    a.emit(O.STORE, "t.turn")
    a.emit(O.LEFT, 1)
    a.emit(O.LESS, "t.value")  # an odd number is more than twice its half
    a.emit(O.LOAD, "lost")
    a.emit(O.TAKE, 0)
    a.emit(O.SUBTRACT, "candidate")
    at_least(a, 0)
    a.emit(O.STORE, "beside")
    a.emit(O.LOAD, "candidate")
    a.emit(O.STORE, "again")
    a.emit(O.LOAD, 1)
    a.emit(O.SUBTRACT, "again")
    a.emit(O.SUBTRACT, "beside")
    a.emit(O.STORE, "near")
    a.emit(O.LOAD, "t.turn")
    a.emit(O.SUBTRACT, 1)
    a.emit(O.STORE, "t.turn")
    a.emit(O.RIGHT, 2)
    a.emit(O.LEFT, 2)
    a.emit(O.STORE, "t.value")
    a.emit(O.LOAD, "t.turn")
    a.emit(O.SUBTRACT, "t.value")  # modulo 4
    a.emit(O.LEFT, 1)
    a.emit(O.STORE, "t.turn")
    for register, place in (("right", 0), ("down", 1)):
        a.emit(O.LOAD, "t.turn")
        a.emit(O.TABLE, a.base("sides") + place)
        a.emit(O.STORE, register)


def write_steps(a: Assembler, design: TrackerDesign) -> None:
    """The steps that are called: :func:`best_cell` and :func:`vote`."""
    best_cell(a, design)
    vote(a, design)
