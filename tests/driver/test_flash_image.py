"""Images of a flash: what is written is read again, and every fault of an image is told."""

import random
import zlib
from dataclasses import replace

import numpy as np
import pytest

from siammixer.arch.accelerator import ACCELERATORS
from siammixer.arch.flash import HEAD, KNOWN_BYTES, RUN, RUN_WORDS, FlashError, most_words
from siammixer.arch.link import Target
from siammixer.driver.flash_image import examine, image_bytes, network_image, read_image
from siammixer.driver.planner import Pass, Planner, plan_branches
from siammixer.driver.words import joined, no_words, program_words, weight_words
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.ir.weights import load_weights

TINY, NETWORK = ACCELERATORS["tiny"], NETWORKS["tiny"]
WEIGHTS = load_weights(NETWORK)
ENTRIES = {"template": 3, "search": 40}


def some_words(seed=1, count=5):
    """Words for the first places of two lanes and of the program."""
    generator = np.random.default_rng(seed)
    weights = generator.integers(-128, 128, (2, count, 9), np.int8)
    program = generator.integers(0, 2**32, count, np.uint32)
    return joined(weight_words(weights, 7), program_words(program, 3))


def sealed(content):
    """An image with the check that its other bytes have."""
    return content[:-4] + zlib.crc32(content[:-4]).to_bytes(4, "little")


def changed(content, record, place, **values):
    """An image with other values in the record at a place, and the check of that."""
    bytes_ = bytearray(content)
    view = np.frombuffer(bytes_, record, 1, place)
    for name, value in values.items():
        view[name] = value
    return sealed(bytes(bytes_))


@pytest.mark.parametrize(("network", "accelerator"), [("tiny", "tiny"), ("siammixer", "ecp5-85f")])
def test_a_networks_image_holds_what_a_host_writes(network, accelerator):
    network, accelerator = NETWORKS[network], ACCELERATORS[accelerator]
    weights = load_weights(network)
    program = plan_branches(network, accelerator, None, weights)
    content = network_image(program, weights)
    found = read_image(content, accelerator)
    crop = np.zeros((network.side("template"),) * 2 + (3,), np.uint8)
    assert np.array_equal(
        found.words, Planner(program, weights).run(Pass(branch="template", crop=crop)).writes
    )
    assert found.entries == program.entries and found.read == len(content)
    assert content == network_image(program, weights)
    assert len(content) < 1.01 * 9 * len(found.words) + HEAD.itemsize + 4, "runs are for compactness"


def test_long_stretches_are_several_runs():
    words = joined(some_words(count=1), program_words(np.arange(2 * RUN_WORDS + 1, dtype=np.uint32)))
    content = image_bytes(TINY, words, ENTRIES)
    assert np.array_equal(read_image(content, TINY).words, words)
    assert len(content) == HEAD.itemsize + 9 * len(words) + 6 * RUN.itemsize + 4


def test_what_lies_behind_an_image_is_not_read():
    content = image_bytes(TINY, some_words(), ENTRIES)
    found = read_image(content + b"\0" * 100, TINY)
    assert np.array_equal(found.words, some_words()) and found.read == len(content)


@pytest.mark.parametrize("accelerator", ["lanes-4", "ecp5-85f"])
def test_another_accelerators_image(accelerator):
    content = image_bytes(ACCELERATORS[accelerator], some_words(), ENTRIES)
    with pytest.raises(InputError, match="not a flash image for accelerator tiny: the image is for another"):
        read_image(content, TINY)


def test_every_bit_is_watched():
    content = image_bytes(TINY, some_words(), ENTRIES)
    found = set()
    for place in range(8 * len(content)):
        flipped = bytearray(content)
        flipped[place // 8] ^= 1 << place % 8
        one = examine(bytes(flipped), TINY)
        assert one.error, place
        assert (one.error < FlashError.LENGTH) == (place < 8 * KNOWN_BYTES)
        found.add(one.error)
    assert found == set(FlashError) - {FlashError.NONE}


@pytest.mark.parametrize("length", [0, 3, 5, 10, 21, 22, 26, 27, 40, 100])
def test_a_truncated_image(length):
    content = image_bytes(TINY, some_words(), ENTRIES)
    found = examine(content[:length], TINY)
    erased = examine(content[:length] + b"\xff" * 1000, TINY)
    assert found.error and (found.error, found.read) == (erased.error, erased.read)
    assert np.array_equal(found.words, erased.words)
    with pytest.raises(InputError, match="not a flash image"):
        read_image(content[:length], TINY)


def test_one_byte_short():
    """Also where it is the byte that an erased flash has in its place."""
    images = (image_bytes(TINY, some_words(seed), ENTRIES) for seed in range(10_000))
    content = next(content for content in images if content[-1] == 0xFF)
    assert examine(content[:-1], TINY).error is FlashError.NONE
    for short in (content[:-1], image_bytes(TINY, some_words(), ENTRIES)[:-1]):
        with pytest.raises(InputError, match="does not match its CRC-32"):
            read_image(short, TINY)


@pytest.mark.parametrize(
    ("values", "read", "words"),
    [
        ({"words": 0}, HEAD.itemsize, 0),
        ({"words": most_words(TINY) + 1}, HEAD.itemsize, 0),
        ({"words": 2**32 - 1}, HEAD.itemsize, 0),
        ({"words": 3}, HEAD.itemsize + RUN.itemsize + 3 * 9, 3),
        ({"words": 4}, HEAD.itemsize + RUN.itemsize + 4 * 9, 4),
    ],
)
def test_lengths_that_cannot_be(values, read, words):
    content = changed(image_bytes(TINY, some_words(), ENTRIES), HEAD, 0, **values)
    found = examine(content, TINY)
    assert (found.error, found.read, len(found.words)) == (FlashError.LENGTH, read, words)


def test_a_run_without_words():
    content = changed(image_bytes(TINY, some_words(), ENTRIES), RUN, HEAD.itemsize, words=0)
    found = examine(content, TINY)
    assert (found.error, found.read) == (FlashError.LENGTH, HEAD.itemsize + RUN.itemsize)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"target": 2}, 1),
        ({"target": 4}, 0),
        ({"target": Target.PROGRAM}, 1),
        ({"lane": TINY.lanes}, 1),
        ({"address": TINY.weight_words}, 1),
        ({"address": TINY.weight_words - 2}, 3),
    ],
)
def test_words_that_a_core_refuses(values, words):
    """The program memory has places only below 2**16, and the lane makes this one larger."""
    content = image_bytes(TINY, some_words()[5:], ENTRIES)
    found = examine(changed(content, RUN, HEAD.itemsize, **values), TINY)
    assert (found.error, len(found.words)) == (FlashError.REFUSED, words)
    assert found.read == HEAD.itemsize + RUN.itemsize + 9 * words


def test_any_bytes_are_examined():
    """Random ones, and images with a random byte, never surprise it."""
    dice = random.Random(3)
    content = image_bytes(TINY, some_words(), ENTRIES)
    for _ in range(300):
        place = dice.randrange(len(content))
        assert examine(sealed(content[:place] + dice.randbytes(1) + content[place + 1 :]), TINY).read
        assert examine(content[: HEAD.itemsize] + dice.randbytes(60), TINY).error


@pytest.mark.parametrize(
    ("words", "entries", "message"),
    [
        (no_words(), ENTRIES, "must have 1 to 4095 words, not 0"),
        (program_words(np.zeros(4096, np.uint32)), ENTRIES, "must have 1 to 4095 words, not 4096"),
        (some_words(), ENTRIES | {"search": 2**16}, "the entry of search must be 0 to 65535, not 65536"),
        (some_words(), ENTRIES | {"template": -1}, "the entry of template must be 0 to 65535, not -1"),
    ],
)
def test_what_no_image_can_hold(words, entries, message):
    with pytest.raises(InputError, match=message):
        image_bytes(TINY, words, entries)


def test_programs_that_do_not_fit_together():
    small = replace(TINY, name="small", program_words=200)
    program = plan_branches(NETWORK, small, None, WEIGHTS)
    with pytest.raises(InputError, match="both branches loaded: 288 words, accelerator small has 200"):
        network_image(program, WEIGHTS)
