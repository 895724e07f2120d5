"""The registers of the link's requests, all in one place."""

from amaranth.hdl import Signal

from siammixer.arch.link import (
    ANSWER_HEAD_BYTES,
    IDENTITY,
    RESPONSE_CELLS,
    STATUS,
    WORD_BYTES,
    Target,
    Verdict,
)

# The core's reset, and its response's read: more cycles than either needs.
RESET_CYCLES, CELL_CYCLES = 16, 8
VERDICT_BITS = max(Verdict).bit_length()
ANSWER_BYTES = ANSWER_HEAD_BYTES + max(IDENTITY.itemsize, STATUS.itemsize)
LOADS = ("answer", "identity", "cell", "rest")


class RequestRegisters:
    """State of :class:`siammixer.rtl.link.link_requests.Requests`, in the order of a request."""

    def __init__(self):
        # An OPEN has come and waits, and its number.
        self.opening = Signal()
        self.opened_number = Signal(8)
        # The core is in reset: a register, since its reset goes far.
        self.reset = Signal()
        # A session is open, and the number that its next request must have.
        self.session = Signal()
        self.expected = Signal(8)
        # A byte is taken in this cycle. What is taken goes far: a register says so, a cycle after the state
        # that wants it has seen it offered.
        self.taken = Signal()
        # The latest bytes, the place of the next one in what is collected, and whether the request has no
        # more.
        self.bytes = Signal(8 * WORD_BYTES, reset_less=True)
        self.place = Signal(range(WORD_BYTES))
        self.ended = Signal()
        # The request's head, and how many numbers its own lies before the latest: all ones for the number
        # expected. Whether it is that one, or one of the latest, a cycle later.
        self.kind = Signal(8)
        self.number = Signal(8)
        self.before = Signal(8)
        self.is_next = Signal()
        self.is_recent = Signal()
        # What will be said of the request, and whether it is executed, not repeated.
        self.verdict = Signal(VERDICT_BITS)
        self.fresh = Signal()
        # Where words go, or the response's cell.
        self.target = Signal(range(max(Target) + 1))
        self.address = Signal(24, reset_less=True)
        # Cells of the response that are still to be sent, whether more were asked for than an answer holds,
        # and cycles to wait for one, or for the reset.
        self.cells = Signal(range(RESPONSE_CELLS + 1))
        self.too_many = Signal()
        self.wait = Signal(range(max(RESET_CYCLES, CELL_CYCLES)))
        # The bytes to send, how many of them are left, and what becomes of them in the next cycle. Whether
        # one is left, and whether cells are, a cycle later: no byte is sent in the cycle after these change.
        self.reply = Signal(8 * ANSWER_BYTES, reset_less=True)
        self.left = Signal(range(ANSWER_BYTES + 1))
        self.last_left = Signal()
        self.cells_left = Signal()
        self.load = {name: Signal(name=f"load_{name}") for name in LOADS}
        # The core was busy a cycle ago: it can lie far from here, and no request follows another so soon that
        # the cycle would matter.
        self.core_busy = Signal()
        # Cycles from start to done of the latest run, and whether it is in progress.
        self.cycles = Signal(32)
        self.running = Signal()
