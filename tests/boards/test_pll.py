"""The PLL's settings: every one within the data sheet, exactly the clock asked for, or a refusal that names
the nearest.
"""

from fractions import Fraction

import pytest

from siammixer.boards.catalogue import BOARDS
from siammixer.boards.pll import find_dividers, possible_clocks
from siammixer.ir.errors import InputError


@pytest.mark.parametrize("input_mhz", [10, 12, 25, 50])
def test_every_setting_is_within_the_data_sheet(input_mhz):
    settings = possible_clocks(Fraction(input_mhz))
    assert settings
    for clock, d in settings.items():
        detector = d.input_mhz / d.input
        assert 1 <= d.input <= 128 and 1 <= d.feedback <= 80 and 1 <= d.loop <= 128 and 1 <= d.output <= 128
        assert 10 <= detector <= 400 and 400 <= d.oscillator_mhz <= 800
        assert d.oscillator_mhz / d.loop / d.feedback == detector and d.oscillator_mhz / d.loop <= 400
        assert clock == d.output_mhz == d.oscillator_mhz / d.output and Fraction(25, 8) <= clock <= 400


@pytest.mark.parametrize(
    ("input_mhz", "clock"),
    [
        (25, Fraction(90)),
        (25, Fraction(125)),
        (100, Fraction(225, 2)),
        (12, Fraction(96)),
        (25, Fraction(400, 3)),
    ],
)
def test_makes_the_clock_exactly(input_mhz, clock):
    assert find_dividers(Fraction(input_mhz), clock).output_mhz == clock


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_a_board_can_make_its_own_clock(board):
    assert find_dividers(board.input_mhz, board.clock_mhz).output_mhz == board.clock_mhz


@pytest.mark.parametrize(
    ("clock", "nearest"),
    [
        (
            Fraction(111),
            "a clock of 111 MHz cannot be made from 25 MHz by the PLL; nearest: 775/7 (110.7143) and "
            "112.5 MHz",
        ),
        (Fraction(1000), "nearest: 400 MHz"),
        (Fraction(1), "nearest: 3.125 MHz"),
    ],
)
def test_other_clocks_are_refused_with_the_nearest(clock, nearest):
    with pytest.raises(InputError) as error:
        find_dividers(Fraction(25), clock)
    assert str(error.value).endswith(nearest)


def test_an_input_out_of_range_is_refused():
    with pytest.raises(InputError, match=r"the PLL's input must be 8..400 MHz, not 7.5"):
        possible_clocks(Fraction(15, 2))
