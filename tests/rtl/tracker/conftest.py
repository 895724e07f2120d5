"""Programs of the tracker's machine: interpreted with unbounded integers, or run in Amaranth's simulator."""

import pytest

from siammixer.arch.tracker import TABLE_WORD_BITS, TrackerDesign
from siammixer.ir.catalogue import NETWORKS
from siammixer.rtl.tracker.instructions import OPERAND_BITS, SHORT_BITS, Operation, cycles_of
from siammixer.tracking.settings import Settings

O = Operation


class Interpreter:
    """The machine as its instructions' docstrings tell it, which refuses every value beyond its bits.

    ``run`` takes the inputs, the outputs of the commands before stand in ``outputs``.
    """

    def __init__(self, program, *, bits, long_bits):
        self.program, self.limit, self.long_bits = program, 1 << (bits - 1), long_bits
        self.registers, self.outputs = {}, {}
        self.largest = 0

    def run(self, command, inputs=(), response=()):
        """The cycles of a command."""
        p, place, stack, flag, counter, cycles = self.program, 0, [], False, 0, 1
        place, accumulator = p.entries[command], 0
        while True:
            word = p.words[place]
            operation, raw = O(word >> (OPERAND_BITS + 1)), word & ((1 << OPERAND_BITS) - 1)
            number = raw - ((raw >> (OPERAND_BITS - 1)) << OPERAND_BITS)
            m = number if word >> OPERAND_BITS & 1 else self.registers.get(raw, 0)
            place += 1
            cycles += cycles_of(operation, number, self.long_bits)
            match operation:
                case O.LOAD:
                    accumulator = m
                case O.ADD:
                    accumulator += m
                case O.SUBTRACT:
                    accumulator -= m
                case O.LESS:
                    flag = accumulator < m
                    assert abs(accumulator - m) < self.limit
                case O.KEEP:
                    accumulator = accumulator if flag else m
                case O.TAKE:
                    accumulator = m if flag else accumulator
                case O.SHORT | O.LONG:
                    width = SHORT_BITS if operation is O.SHORT else self.long_bits
                    accumulator = m * (accumulator & ((1 << width) - 1))
                case O.RIGHT:
                    accumulator >>= number
                case O.LEFT:
                    accumulator <<= number
                case O.STORE:
                    self.registers[raw] = accumulator
                case O.TABLE:
                    at = accumulator + m
                    accumulator = p.tables[at] if at < len(p.tables) else 0
                case O.RESPONSE:
                    accumulator = int(response[accumulator])
                case O.INPUT:
                    accumulator = int(inputs[number])
                case O.OUTPUT:
                    self.outputs[number] = accumulator
                case O.COUNT:
                    counter = m
                case O.LOOP:
                    counter -= 1
                    place = m if counter else place
                case O.CALL:
                    stack.append(place)
                    place = m
                case O.RETURN:
                    place = stack.pop()
                case O.JUMP:
                    place = m
                case O.END:
                    return cycles
            self.largest = max(self.largest, abs(accumulator))
            assert -self.limit <= accumulator < self.limit, (operation, place)


@pytest.fixture(scope="session")
def interpreter():
    return Interpreter
