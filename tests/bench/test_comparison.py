"""The table of siammixer.bench.comparison adds up, and the document shows it."""

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.bench.build import BOARD
from siammixer.bench.comparison import COMMAND, DOCUMENT, NETWORKS, speed, text
from siammixer.bench.document import DOCS, mark
from siammixer.boards.catalogue import find_board
from siammixer.compiler.compile import compile_branch
from siammixer.ir.catalogue import find_network

PROGRAMS = [compile_branch(find_network(name), find_accelerator("ecp5-85f")) for name in NETWORKS]


def test_the_table_says_what_the_schedule_does():
    program = PROGRAMS[0]
    assert f"| **whole frame** | {program.macs / 1e6:.1f} M | {program.predicted_cycles:,} |" in text(
        PROGRAMS, 90e6, 156
    )


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.network.name)
def test_the_speed_is_of_one_pass_which_is_a_frame(program):
    passes = 90e6 / program.predicted_cycles
    assert f"`{program.network.name}` at 90 MHz: {passes:.1f} search passes a second" in speed(
        program, 90e6, 156
    )
    assert f"{passes / 156:.2f} for each of 156 DSP blocks" in speed(program, 90e6, 156)


def test_the_document_shows_it_at_the_boards_clock():
    assert (
        mark(COMMAND) + text(PROGRAMS, float(find_board(BOARD).clock_mhz * 10**6), 156)
        in (DOCS / DOCUMENT).read_text()
    )
