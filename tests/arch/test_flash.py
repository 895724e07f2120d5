"""The format of a flash image, and the timing of the line that it is read over."""

import pytest

from siammixer.arch.accelerator import ACCELERATORS
from siammixer.arch.flash import (
    ADDRESS,
    HEAD,
    KNOWN_BYTES,
    MESSAGES,
    RUN,
    RUN_WORDS,
    FlashError,
    FlashTiming,
    known_bytes,
    mismatch,
    most_words,
)
from siammixer.ir.errors import InputError

# The largest bitstream of an ECP5-85F as boards/flow.py packs it, measured on the default ULX3S build.
BITSTREAM_BYTES = 1_408_922
LARGEST_SECTOR = 256 * 1024
TINY = ACCELERATORS["tiny"]


def test_the_format_is_what_boards_have_in_their_flashes():
    """Another layout needs another version."""
    assert known_bytes(TINY) == b"SMXF" + b"\1\0" + int(TINY.fingerprint, 16).to_bytes(8, "little")
    assert (HEAD.itemsize, RUN.itemsize, KNOWN_BYTES) == (22, 5, 14)
    assert HEAD.names == ("magic", "version", "fingerprint", "template_entry", "search_entry", "words")
    assert (
        RUN.names == ("address", "lane", "target", "words") and 2 ** (8 * RUN["words"].itemsize) > RUN_WORDS
    )


def test_an_erased_or_missing_flash_begins_with_no_image():
    for level in (0x00, 0xFF):
        assert level not in known_bytes(TINY)[:1]


def test_every_known_byte_has_its_error():
    errors = [mismatch(place) for place in range(KNOWN_BYTES)]
    assert errors == 4 * [FlashError.NO_IMAGE] + 2 * [FlashError.VERSION] + 8 * [FlashError.ACCELERATOR]


def test_every_error_has_its_message():
    assert MESSAGES.keys() == set(FlashError)


def test_the_image_lies_behind_the_bitstream_at_a_sectors_begin():
    assert BITSTREAM_BYTES < ADDRESS and ADDRESS % LARGEST_SECTOR == 0


@pytest.mark.parametrize("name", ACCELERATORS)
def test_an_image_may_fill_all_memories_and_not_twice(name):
    accelerator = ACCELERATORS[name]
    words = accelerator.lanes * accelerator.weight_words + accelerator.program_words
    assert words <= most_words(accelerator) < 2 * words


@pytest.mark.parametrize(
    ("clock_hz", "half", "wait"), [(25e6, 1, 2048), (50e6, 1, 4096), (51e6, 2, 4096), (90e6, 2, 8192)]
)
def test_the_timing_of_a_clock(clock_hz, half, wait):
    timing = FlashTiming.of(clock_hz)
    assert timing == FlashTiming(half_cycles=half, wait_cycles=wait)
    assert clock_hz / (2 * half) <= 25e6 and wait / clock_hz >= 50e-6


def test_another_line():
    assert FlashTiming.of(100e6, spi_hz=50e6, wait_seconds=0) == FlashTiming(half_cycles=1, wait_cycles=1)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"half_cycles": 0}, "half_cycles must be at least 1, not 0"),
        ({"wait_cycles": 0}, "wait_cycles must be at least 1, not 0"),
        ({"wait_cycles": 100}, "wait_cycles must be a power of two, not 100"),
    ],
)
def test_bad_timing(values, message):
    with pytest.raises(InputError, match=message):
        FlashTiming(**values)
