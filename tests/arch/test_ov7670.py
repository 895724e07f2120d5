"""The OV7670's registers: reset first, one size or the other, and what cannot be written."""

import pytest

from siammixer.arch.ov7670 import (
    FRAME_LINES,
    QVGA,
    VGA,
    XCLK_HZ,
    Register,
    RegisterWrite,
    frames_per_second,
)
from siammixer.ir.errors import InputError


def values(writes):
    return {write.register: write.value for write in writes}


@pytest.mark.parametrize("writes", [VGA, QVGA], ids=["vga", "qvga"])
def test_the_reset_comes_first_and_every_register_once(writes):
    assert writes[0] == RegisterWrite(register=Register.COM7, value=0x80, settle=True)
    assert not any(write.settle for write in writes[1:])
    assert len(values(writes[1:])) == len(writes) - 1 and values(writes).keys() == set(Register)


def test_the_window_is_the_one_that_linux_writes():
    """From column 158 to 14, as lines have 784; from line 10 to 490."""
    names = ("HSTART", "HSTOP", "HREF", "VSTRT", "VSTOP", "VREF")
    assert [values(VGA)[Register[name]] for name in names] == [0x13, 0x01, 0xB6, 0x02, 0x7A, 0x0A]


def test_the_sizes_differ_in_window_and_scaling():
    vga, qvga = values(VGA), values(QVGA)
    assert {Register(name).name for name in vga if vga[name] != qvga[name]} == {
        *("HSTART", "HSTOP", "HREF", "COM3", "COM14", "SCALING_PCLK_DIV")
    }


def test_thirty_frames_a_second():
    assert XCLK_HZ == 24_000_000 and FRAME_LINES == 510
    assert frames_per_second() == 24e6 / (2 * 784 * 510) > 30


@pytest.mark.parametrize(("register", "value", "what"), [(256, 0, "register"), (0, -1, "value")])
def test_what_is_no_byte_is_refused(register, value, what):
    with pytest.raises(InputError, match=f"{what} of a camera must be 0..255"):
        RegisterWrite(register=register, value=value)
