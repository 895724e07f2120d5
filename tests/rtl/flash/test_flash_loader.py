"""A loader at the pins of a flash: it writes the words of an image in their order; every fault of image,
flash and core ends it with its code; after each the next start loads.
"""

import random
import zlib

import numpy as np
import pytest
from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import ACCELERATORS
from siammixer.arch.errors import Error
from siammixer.arch.flash import HEAD, KNOWN_BYTES, RUN, FlashError, FlashTiming, most_words
from siammixer.driver.flash_image import examine, image_bytes
from siammixer.driver.words import joined, program_words, weight_words
from siammixer.rtl.control.write_port import WritePort
from siammixer.rtl.flash.flash_loader import FlashLoader
from siammixer.rtl.flash.flash_reader import SPI
from siammixer.sim.block import simulate
from siammixer.sim.flash import READ, WAKE, FlashModel, at_pins

TINY = ACCELERATORS["tiny"]
FAST = FlashTiming(half_cycles=1, wait_cycles=2)
ENTRIES = {"template": 0x1234, "search": 0xFEDC}
COMMANDS = [WAKE, READ]


def some_words(count=2):
    """Words for the ends of two lanes and of the program."""
    generator = np.random.default_rng(1)
    weights = generator.integers(-128, 128, (2, count, 9), np.int8)
    program = generator.integers(0, 2**32, count, np.uint32)
    return joined(
        weight_words(weights, TINY.weight_words - count), program_words(program, TINY.program_words - count)
    )


IMAGE = image_bytes(TINY, some_words(), ENTRIES)


def sealed(content):
    """An image with the check that its other bytes have."""
    return content[:-4] + zlib.crc32(content[:-4]).to_bytes(4, "little")


def raw(words):
    """Words as numbers: address, target, data."""
    return [
        (int(word["address"]), int(word["target"]), int.from_bytes(word["data"].tobytes(), "little"))
        for word in words
    ]


def outside(address, target):
    """Whether tiny has no memory there."""
    if target == 1:
        return address >> 16 >= TINY.lanes or address % 2**16 >= TINY.weight_words
    return target != 0 or address >= TINY.program_words


class Core:
    """The surroundings of a loader: a core, ready with pauses, which refuses as a write port does, or from
    one word on; and whoever starts the loader and watches it.
    """

    def __init__(self, loader, stall=0.0, refuses_from=None):
        self.loader, self.stall, self.refuses_from = loader, stall, refuses_from
        self.dice, self.words = random.Random(5), []

    def take(self, word):
        """A word comes; why it is refused."""
        self.words.append(word)
        if self.refuses_from is not None and len(self.words) > self.refuses_from:
            return Error.WRITE_WHILE_BUSY
        return Error.WRITE_OUTSIDE if outside(*word[:2]) else Error.NONE

    async def load(self, ctx):
        """Starts; the outputs at the end, and the cycle in which they are there; that of the start is 0."""
        loader, offered, cycles, refused, self.words = self.loader, None, 0, Error.NONE, []
        payload = loader.write.payload
        state = Cat(loader.write.valid, loader.busy, loader.loaded, loader.error)
        while True:
            ready = self.dice.random() >= self.stall
            ctx.set(loader.start, cycles == 0)
            ctx.set(loader.write.ready, ready)
            ctx.set(loader.refused, refused)
            valid, busy, loaded, error = (
                ctx.get(state) >> bit & mask for bit, mask in enumerate((1, 1, 1, 7))
            )
            word = tuple(ctx.get(payload[name]) for name in ("address", "target", "data")) if valid else None
            assert offered in (None, word), "an offer was withdrawn or changed"
            offered = None if ready else word
            refused = self.take(word) if valid and ready else Error.NONE
            if cycles and not busy:
                entries = {"template": ctx.get(loader.template_entry), "search": ctx.get(loader.search_entry)}
                return loaded, FlashError(error), entries, cycles
            assert not cycles or (not loaded and error == FlashError.NONE)
            await ctx.tick()
            cycles += 1


def loads(contents, *, timing=FAST, stuck=None, **core):
    """The outcomes of one loader for one content of the flash after the other: loaded, error, entries,
    cycles, words, commands.
    """
    loader, found = FlashLoader(TINY, timing), []
    model, core = FlashModel(b"", stuck=stuck), Core(loader, **core)

    async def bench(ctx):
        for content in contents:
            model.replace(content)
            found.append((*await core.load(ctx), core.words, model.commands))

    simulate(loader, [bench], background=[at_pins(loader.pins, model)], watchdog=len(contents) * 20_000)
    assert not model.unclear
    return found


def is_good(found, timing=FAST):
    loaded, error, entries, cycles, words, commands = found
    assert (loaded, error, entries) == (1, FlashError.NONE, ENTRIES)
    assert cycles == timing.read_cycles(len(IMAGE)) + FlashLoader.LATENCY
    assert words == raw(some_words()) and commands == COMMANDS


def is_as_examined(found, content):
    """The loader finds what the description finds, at the byte at which it does."""
    loaded, error, _, cycles, words, commands = found
    expected = examine(content, TINY)
    assert (loaded, error) == (expected.error is FlashError.NONE, expected.error)
    late = cycles - FAST.read_cycles(expected.read)
    assert late == FlashLoader.LATENCY if error in (FlashError.NONE, FlashError.CHECK) else 2 <= late <= 4
    assert words == raw(expected.words) and commands == COMMANDS


@pytest.mark.parametrize(
    "timing",
    [FAST, FlashTiming(half_cycles=2, wait_cycles=16), FlashTiming(half_cycles=3, wait_cycles=1)],
    ids=str,
)
def test_an_image(timing):
    """Loaded twice: a good end is no obstacle to the next start."""
    for found in loads([IMAGE, IMAGE], timing=timing):
        is_good(found, timing)


@pytest.mark.parametrize("stall", [0.5, 0.99])
def test_a_core_that_pauses(stall):
    [(loaded, error, entries, cycles, words, _)] = loads([IMAGE], stall=stall)
    assert (loaded, error, entries, words) == (1, FlashError.NONE, ENTRIES, raw(some_words()))
    assert cycles > FAST.read_cycles(len(IMAGE)) or stall < 0.9


def test_flipped_bits():
    """One in every byte of the head, of a run's head and of the check, and in some of the words; each load
    follows an error.
    """
    dice, contents = random.Random(2), []
    data = range(HEAD.itemsize + RUN.itemsize, len(IMAGE) - 4)
    for place in sorted({*range(len(IMAGE))} - {*data} | {*data[::7]}):
        content = bytearray(IMAGE)
        content[place] ^= 1 << dice.randrange(8)
        contents.append(bytes(content))
    *wrong, good = loads([*contents, IMAGE])
    for found, content in zip(wrong, contents, strict=True):
        assert found[1] is not FlashError.NONE
        is_as_examined(found, content)
    is_good(good)
    assert {found[1] for found in wrong} == set(FlashError) - {FlashError.NONE}


@pytest.mark.parametrize("accelerator", ["lanes-4", "ecp5-85f"])
def test_an_image_for_another_accelerator(accelerator):
    content = image_bytes(ACCELERATORS[accelerator], some_words(), ENTRIES)
    [found] = loads([content])
    assert found[1] is FlashError.ACCELERATOR and not found[4]


def test_another_version():
    content = bytearray(IMAGE)
    content[4] += 1
    [found] = loads([sealed(bytes(content))])
    assert found[1] is FlashError.VERSION and not found[4]


def test_truncated_images_in_an_erased_flash():
    contents = [IMAGE[:length] for length in (0, 3, 13, 20, 24, 27, 60, len(IMAGE) - 5, len(IMAGE) - 1)]
    *wrong, good = loads([*contents, IMAGE])
    for found, content in zip(wrong, contents, strict=True):
        assert found[1] is not FlashError.NONE
        is_as_examined(found, content)
    is_good(good)


@pytest.mark.parametrize("level", [0, 1])
def test_no_flash(level):
    """Its line always has one level."""
    [(loaded, error, _, cycles, words, _)] = loads([IMAGE], stuck=level)
    assert (loaded, error, words) == (0, FlashError.NO_IMAGE, [])
    assert cycles <= FAST.read_cycles(1) + 4


def test_damaged_fields_with_a_right_check():
    """Numbers of words, heads of runs: nothing is taken on trust because the check is right."""
    contents = []
    for record, place, name, value in [
        *((HEAD, 0, "words", value) for value in (0, 1, 5, 7, most_words(TINY) + 1, 1 << 31)),
        *((RUN, HEAD.itemsize, "words", value) for value in (0, 1, 3, 255)),
        *((RUN, HEAD.itemsize, "target", value) for value in (0, 2, 5, 0x81)),
        *((RUN, HEAD.itemsize, "lane", value) for value in (TINY.lanes - 1, TINY.lanes, 255)),
        *((RUN, HEAD.itemsize, "address", value) for value in (0, TINY.weight_words, 0xFFFF)),
    ]:
        content = bytearray(IMAGE)
        np.frombuffer(content, record, 1, place)[name] = value
        contents.append(sealed(bytes(content)))
    for found, content in zip(loads(contents), contents, strict=True):
        is_as_examined(found, content)
    errors = [examine(content, TINY).error for content in contents]
    assert {FlashError.NONE, FlashError.LENGTH, FlashError.REFUSED} <= set(errors)


@pytest.mark.parametrize("stall", [0.0, 0.9])
@pytest.mark.parametrize("first", [0, 3, 5], ids=["first", "middle", "last"])
def test_a_core_that_refuses(first, stall):
    [found] = loads([IMAGE], refuses_from=first, stall=stall)
    assert found[:2] == (0, FlashError.REFUSED) and len(found[4]) == first + 1


def test_start_while_busy_is_nothing():
    loader, model = FlashLoader(TINY, FAST), FlashModel(IMAGE)

    async def bench(ctx):
        ctx.set(loader.write.ready, 1)
        ctx.set(loader.start, 1)
        for _ in range(FAST.read_cycles(len(IMAGE))):
            await ctx.tick()
        ctx.set(loader.start, 0)
        for _ in range(FlashLoader.LATENCY):
            assert ctx.get(loader.busy) and not ctx.get(loader.loaded)
            await ctx.tick()
        assert ctx.get(loader.loaded) and not ctx.get(loader.busy)

    simulate(loader, [bench], background=[at_pins(loader.pins, model)])
    assert model.commands == COMMANDS


def test_the_end_stands_until_the_next_start():
    """And the flash is left alone meanwhile."""
    loader, model = FlashLoader(TINY, FAST), FlashModel(IMAGE)

    async def bench(ctx):
        for content, loaded in ((IMAGE, 1), (b"", 0)):
            model.replace(content)
            await Core(loader).load(ctx)
            for _ in range(100):
                await ctx.tick()
                assert ctx.get(loader.loaded) == loaded and ctx.get(loader.pins.cs_n)
                assert (ctx.get(loader.error) == FlashError.NONE) == loaded

    simulate(loader, [bench], background=[at_pins(loader.pins, model)])


class LoadedCore(wiring.Component):
    """A loader and the write port that a core has."""

    def __init__(self):
        self.loader, self.port = FlashLoader(TINY, FAST), WritePort(TINY)
        super().__init__({"pins": Out(SPI), "open": In(1), "running": In(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.loader, m.submodules.port = self.loader, self.port
        wiring.connect(m, self.loader.write, self.port.i)
        wiring.connect(m, wiring.flipped(self.pins), self.loader.pins)
        m.d.comb += [
            self.loader.refused.eq(self.port.refused),
            self.port.open.eq(self.open),
            self.port.busy.eq(self.running),
        ]
        return m


@pytest.mark.parametrize("case", ["good", "outside", "running"])
def test_with_the_cores_own_write_port(case):
    """It is closed at first, as after a reset."""
    words = some_words()
    if case == "outside":
        words["address"][-1] += 1
    both, memory = LoadedCore(), []
    loader, port = both.loader, both.port

    async def bench(ctx):
        ctx.set(both.running, case == "running")
        ctx.set(loader.start, 1)
        await ctx.tick()
        ctx.set(loader.start, 0)
        busy = True
        while busy:
            _, _, busy, loaded, error = await ctx.tick().sample(loader.busy, loader.loaded, loader.error)
        wanted = {"good": FlashError.NONE}.get(case, FlashError.REFUSED)
        assert (loaded, error) == (case == "good", wanted)

    async def memories(ctx):
        cycle = 0
        while True:
            ctx.set(both.open, cycle > 1000)
            cycle += 1
            p, w = port.program, port.weights
            values = (p.enable, p.address, p.data, w.enable, w.lane, w.address, w.data)
            _, _, p_on, place, word, w_on, lane, row, weights = await ctx.tick().sample(*values)
            memory.extend([(place, 0, word)] * p_on + [(lane << 16 | row, 1, weights)] * w_on)

    model = FlashModel(image_bytes(TINY, words, ENTRIES))
    simulate(both, [bench], background=[memories, at_pins(both.pins, model)])
    assert memory == raw(words)[: {"good": 6, "outside": 5, "running": 0}[case]]


def test_random_bytes_never_hang_it_nor_load():
    """Behind a right head, with a check that is right, what comes may be anything."""
    dice = random.Random(7)
    contents = [IMAGE[: dice.choice((KNOWN_BYTES, HEAD.itemsize))] + dice.randbytes(80) for _ in range(5)]
    for _ in range(9):
        content = bytearray(IMAGE)
        for _ in range(dice.randint(1, 3)):
            content[dice.randrange(KNOWN_BYTES, len(content))] = dice.randrange(256)
        contents.append(sealed(bytes(content)))
    *any_, good = loads([*contents, IMAGE])
    for found, content in zip(any_, contents, strict=True):
        is_as_examined(found, content)
    is_good(good)
