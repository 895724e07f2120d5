"""Block RAMs reckoned from the sizes are those that the RTL instantiates."""

from dataclasses import replace

from amaranth.back import rtlil

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.area import block_rams, fits_ecp5_85f, weight_bytes
from siammixer.rtl.accelerator import SiamMixer
from siammixer.rtl.technology.ecp5 import LFE5U_85F

TINY = find_accelerator("tiny")
# A word of every shape that a block RAM can have, and a last bank that is not whole.
UNEVEN = replace(
    TINY,
    lanes=4,
    map_words=5000,
    weight_words=4000,
    program_words=2048,
    response_words=8000,
    pixel_width=1023,
)


def test_block_rams_are_those_of_the_rtl():
    text = rtlil.convert(SiamMixer(UNEVEN, LFE5U_85F), name="siammixer", emit_src=False)
    assert block_rams(UNEVEN) == text.count("cell \\DP16KD ")


def test_what_fits_an_ecp5_85f():
    default = find_accelerator("ecp5-85f")
    assert fits_ecp5_85f(default) and weight_bytes(default) == 16 * 2048 * 9
    assert not fits_ecp5_85f(replace(default, map_words=10 * 2048))
    assert not fits_ecp5_85f(replace(find_accelerator("lanes-32"), map_words=64, weight_words=64))
