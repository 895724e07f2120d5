"""The C driver compiled for this machine: against a model of the registers, and its tracker beside the Python
tracker.
"""

import ctypes
import shutil
import subprocess
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_int, c_int32, c_uint32, c_uint64, c_void_p

import numpy as np
import pytest

from siammixer.arch.errors import MESSAGES, Error
from siammixer.arch.registers import find_register
from siammixer.delivery.c_driver_files import c_driver_files, c_network, settings_in_units
from siammixer.driver.reference import Reference
from siammixer.golden.engine import GoldenEngine
from siammixer.golden.random_weights import random_image
from siammixer.golden.response import cells, peak
from siammixer.tracking.box import Box
from siammixer.tracking.clip import Clip
from siammixer.tracking.crop import Window, crop, in_units, mean_colour, template_window
from siammixer.tracking.settings import Settings
from siammixer.tracking.tracker import Tracker
from siammixer.tracking.vectors import _Drawn as Drawn

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-pedantic", "-O1")
# What C leaves undefined kills the test's process.
CHECKED = ("-fsanitize=undefined", "-fsanitize-undefined-trap-on-error")
SHIM = """
#include "siammixer_network.h"
int run(struct siammixer *core, int branch, const uint32_t *pixels)
{
    return siammixer_run(core, &siammixer_network.branches[branch], pixels);
}
"""
READ = CFUNCTYPE(c_uint32, c_void_p, c_uint32)
WRITE = CFUNCTYPE(None, c_void_p, c_uint32, c_uint32)
SEND = CFUNCTYPE(c_int, c_void_p, POINTER(c_uint32), c_uint32)
STOP = CFUNCTYPE(None, c_void_p)


class Bus(Structure):
    _fields_ = (
        *(("base", c_void_p), ("read", READ), ("write", WRITE), ("send", SEND), ("stop", STOP)),
        *(("user", c_void_p), ("polls", c_uint32)),
    )


class Core(Structure):
    _fields_ = (
        ("bus", Bus),
        *((name, c_uint32) for name in ("lanes", "program_words", "weight_words", "response_words")),
    )


class WindowStruct(Structure):
    _fields_ = tuple((name, c_int32) for name in ("x", "y", "step", "side"))


class BoxStruct(Structure):
    _fields_ = tuple((name, c_int32) for name in ("x", "y", "width", "height"))


class State(Structure):
    _fields_ = (("box", BoxStruct), ("confidence", c_int32), ("lost", c_int), ("window", WindowStruct))


DRAIN = find_register("control").field("drain").mask
SEARCH = CFUNCTYPE(c_int, c_void_p, POINTER(WindowStruct), POINTER(c_int32))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder that the driver is compiled in."""
    return tmp_path_factory.mktemp("driver")


@pytest.fixture(scope="module")
def library(tiny, folder):
    """The driver, the tracker and the network tiny as a shared library."""
    files = c_driver_files(tiny[2]) | c_network(tiny[3], tiny[1]) | {"shim.c": SHIM}
    for name, text in files.items():
        (folder / name).write_text(text)
    sources = [name for name in files if name.endswith(".c")]
    subprocess.run(
        ["gcc", *STRICT, *CHECKED, "-fPIC", "-shared", *sources, "-o", "driver.so"], cwd=folder, check=True
    )
    loaded = ctypes.CDLL(str(folder / "driver.so"))
    loaded.siammixer_message.restype = ctypes.c_char_p
    loaded.siammixer_cycles.restype = c_uint32
    loaded.siammixer_template_window.restype = WindowStruct
    return loaded


class Driven:
    """A core that the C driver drives: the model behind its functions."""

    def __init__(self, library, model, tiny, polls=20):
        self.library, self.model, self.core, self.cut = library, model, Core(), None
        self.network = c_uint32.in_dll(library, "siammixer_network")
        self.bus = Bus(
            None,
            READ(lambda user, offset: model.read(offset)),
            WRITE(lambda user, offset, value: model.write(offset, value)),
            SEND(
                lambda user, pixels, count: model.send(pixels[: count if self.cut is None else self.cut]) or 0
            ),
            STOP(),
            None,
            polls,
        )
        self.fingerprint = c_uint64(int(tiny[2].fingerprint, 16))

    def _send(self, user, pixels, count):
        self.model.send(pixels[: count if self.cut is None else self.cut])
        return 0

    def init(self):
        return self.library.siammixer_init(byref(self.core), byref(self.bus), self.fingerprint)

    def load(self):
        return self.library.siammixer_load(byref(self.core), byref(self.network))

    def run(self, branch, image):
        pixels = (c_uint32 * 4900)()
        self.library.siammixer_order(byref(self.network), branch, image.tobytes(), pixels)
        return self.library.run(byref(self.core), branch, pixels)

    def message(self, code):
        return self.library.siammixer_message(code).decode()


@pytest.fixture
def driven(library, model, tiny):
    return Driven(library, model, tiny)


@pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")
def test_c_plus_plus_links_with_it(library, folder):
    (folder / "user.cpp").write_text(
        '#include "siammixer_track.h"\n#include "siammixer_network.h"\n'
        "int main() { return siammixer_message(0) == nullptr || siammixer_network.lanes == 0; }\n"
    )
    command = ["g++", "-Wall", "-Wextra", "-Werror", "-pedantic", "user.cpp", "driver.so", "-o", "user"]
    subprocess.run(command, cwd=folder, check=True)
    subprocess.run(["./user"], cwd=folder, check=True, env={"LD_LIBRARY_PATH": str(folder)})


def test_responses_equal_golden(driven, model, tiny):
    assert driven.init() == 0 and driven.load() == 0
    assert driven.core.lanes == tiny[2].lanes
    reference = Reference(tiny[0], tiny[1])
    reference.tensors("template", random_image(63, 1))
    assert driven.run(0, random_image(63, 1)) == 0
    for seed in (2, 3):
        image = random_image(63, seed)
        assert driven.run(1, image) == 0
        expected = cells(reference.tensors("search", image)[tiny[0].outputs("search")[0]])
        words = (c_int32 * len(expected))()
        assert driven.library.siammixer_response(byref(driven.core), 0, words, len(expected)) == 0
        assert list(words) == expected.tolist()
        place, value = c_uint32(), c_int32()
        driven.library.siammixer_peak(byref(driven.core), byref(place), byref(value))
        assert (place.value, value.value) == peak(expected)
        cycles = tiny[3]["search"].predicted_cycles
        assert driven.library.siammixer_cycles(byref(driven.core)) == cycles


def test_init_leaves_nothing_of_an_earlier_user(driven, model):
    model.values |= {"interrupt": 1, "control": DRAIN}
    model.pending = [1, 2]
    assert driven.init() == 0
    assert (model.values["interrupt"], model.values["control"], model.pending) == (0, 0, [])


def test_a_word_of_the_program_has_nothing_of_a_weight_before_it(driven, model):
    driven.init()
    core, library = byref(driven.core), driven.library
    assert library.siammixer_load_weights(core, 1, 2, bytes(range(1, 19)), 2) == 0
    assert library.siammixer_load_program(core, 5, (c_uint32 * 2)(7, 8), 2) == 0
    words = [int.from_bytes(bytes(part), "little") for part in (range(1, 10), range(10, 19))]
    assert model.memory == {1 << 24 | 1 << 16 | 2: words[0], 1 << 24 | 1 << 16 | 3: words[1], 5: 7, 6: 8}


def test_an_error_is_told_and_recovered_from(driven, model):
    driven.init()
    driven.load()
    driven.cut = 4800
    assert driven.run(0, random_image(63, 1)) == Error.INPUT_SHORT
    driven.cut = 5
    assert driven.library.siammixer_start(byref(driven.core), 0) == 0
    assert driven.library.siammixer_start(byref(driven.core), 0) == -5
    assert driven.library.siammixer_wait(byref(driven.core)) == -4
    assert driven.library.siammixer_recover(byref(driven.core)) == 0
    model.send([1, 2, 3])
    assert driven.library.siammixer_recover(byref(driven.core)) == 0 and model.pending == []
    driven.cut = None
    assert driven.run(0, random_image(63, 1)) == 0 and driven.run(1, random_image(63, 2)) == 0


def test_a_wrong_word_is_told(driven, model):
    driven.init()
    driven.load()
    model.memory[1 << 24 | 3] ^= 1
    assert driven.run(0, random_image(63, 1)) == Error.BAD_CHECK


@pytest.mark.parametrize(
    ("register", "value", "code", "says"),
    [
        ("identity", 0, -1, "no SiamMixer core"),
        ("version", 2 << 16, -2, "another major version"),
        ("fingerprint_high", 1, -3, "other sizes"),
        ("version", 1 << 16 | 9, 0, "no error"),
    ],
)
def test_another_core_is_refused(driven, model, register, value, code, says):
    model.values[register] = value
    assert driven.init() == code and says in driven.message(code)


def test_arguments_past_the_end_are_refused(driven, tiny):
    driven.init()
    core, library, words = byref(driven.core), driven.library, (c_uint32 * 4)()
    assert library.siammixer_load_program(core, tiny[2].program_words - 3, words, 4) == -7
    assert library.siammixer_load_weights(core, tiny[2].lanes, 0, words, 1) == -7
    assert library.siammixer_load_weights(core, 0, tiny[2].weight_words, words, 1) == -7
    assert library.siammixer_response(core, tiny[2].response_words, words, 1) == -7


def test_every_code_has_its_message(driven):
    assert [driven.message(error.value) for error in Error] == [MESSAGES[error] for error in Error]
    assert len({driven.message(code) for code in range(-7, 0)}) == 7
    assert driven.message(99) == driven.message(-99)


class Followed:
    """The C tracker with an engine of the Python one."""

    def __init__(self, library, engine, settings=None):
        self.library, self.engine, self.image = library, engine, None
        self.settings = settings and byref((c_int32 * 8)(*settings_in_units(settings)))
        side, self.fill = engine.network.response_side, (ctypes.c_uint8 * 3)()
        self.response, self.search = (c_int32 * (5 * side * side))(), SEARCH(self._search)
        self.tracker = ctypes.create_string_buffer(4096)
        self.network = c_uint32.in_dll(library, "siammixer_network")

    def _search(self, user, window, response):
        words = cells(self.engine.responses(self.crop(window[0])[None])[0])
        ctypes.memmove(response, words.astype(np.int32).tobytes(), 4 * len(words))
        return 0

    def crop(self, window):
        height, width = self.image.shape[:2]
        found = ctypes.create_string_buffer(3 * window.side**2)
        pixels = self.image.tobytes()
        self.library.siammixer_crop(pixels, width, height, byref(window), self.fill, found)
        return np.frombuffer(found.raw, np.uint8).reshape(window.side, window.side, 3)

    def mean(self):
        height, width = self.image.shape[:2]
        self.library.siammixer_mean_colour(self.image.tobytes(), width, height, self.fill)

    def init(self, image, box):
        self.image, given = image, BoxStruct(*in_units(box))
        self.mean()
        window = self.library.siammixer_template_window(byref(self.network), byref(given))
        self.engine.set_template(self.crop(window))
        arguments = (byref(self.network), self.settings, self.search, None, self.response, byref(given))
        assert self.library.siammixer_track_init(self.tracker, *arguments) == 0

    def update(self, image):
        self.image, state = image, State()
        height, width = image.shape[:2]
        assert self.library.siammixer_track_update(self.tracker, width, height, byref(state)) == 0
        self.mean()
        return state


def compare(one, other, images, box):
    """Follows a box with both; every state must be equal. How many frames were lost."""
    one.init(images[0], box)
    other.init(images[0], box)
    lost = 0
    for image in images[1:]:
        found, expected = one.update(image), other.update(image)
        size = (found.box.width / 256, found.box.height / 256)
        corner = (found.box.x / 256 - size[0] / 2, found.box.y / 256 - size[1] / 2)
        assert Box(*corner, *size) == expected.box
        assert (found.confidence / 32768, bool(found.lost)) == (expected.confidence, expected.lost)
        window = expected.window
        assert (found.window.x, found.window.y, found.window.step) == (window.x, window.y, window.step)
        lost += found.lost
    return lost


def test_the_tracker_follows_a_clip_as_the_python_tracker_does(library, tiny):
    clip = Clip(frames=6, width=160, height=120)
    images = [clip.image(index) for index in range(6)]
    engine = GoldenEngine(tiny[0], tiny[1])
    compare(Followed(library, GoldenEngine(tiny[0], tiny[1])), Tracker(engine), images, clip.box(0))


class DrawnTiny(Drawn):
    """Responses that are drawn, of the size of tiny's; scores are low in the frames 4 to 10, as low as can be
    in frame 12.
    """

    def __init__(self, network):
        super().__init__(13)
        self.network = network

    def _next(self):
        response, self.count = self.draw.map(self.network.response_side), self.count + 1
        if 4 <= self.count <= 10:
            response[..., 0] = np.minimum(response[..., 0], -30)
        if self.count == 12:
            response[..., 0] = -128
        return response


NARROW = Settings(size_range=1.02, size_rate=0.9, aspect_rate=0.5, window=0.0, patience=0, lost_below=0.3)


@pytest.mark.parametrize(
    ("settings", "side", "corner"),
    [(None, 640, (270, 110)), (NARROW, 320, (270, 110)), (NARROW, 320, (1, 2))],
)
def test_the_tracker_loses_and_finds_as_the_python_tracker_does(library, tiny, settings, side, corner):
    """In the smaller image the target reaches the border."""
    images = [np.zeros((side * 9 // 16, side, 3), np.uint8)] * 40
    followed = Followed(library, DrawnTiny(tiny[0]), settings)
    tracker = Tracker(DrawnTiny(tiny[0]), settings)
    assert compare(followed, tracker, images, Box(*corner, 41.5, 60.25)) > 0


def test_crops_equal_the_python_tracker_s(library):
    followed = Followed.__new__(Followed)
    followed.library, followed.fill = library, (ctypes.c_uint8 * 3)()
    followed.image = random_image(40, 5)
    followed.mean()
    assert list(followed.fill) == mean_colour(followed.image).tolist()
    for x, y, step in ((5000, 5000, 65536), (-900, 300, 20000), (9000, 12000, 200001), (1, 2, 1)):
        found = followed.crop(WindowStruct(x, y, step, 31))
        assert np.array_equal(found, crop(followed.image, Window(x=x, y=y, step=step, side=31)))


def test_the_template_s_window_equals_the_python_tracker_s(library, tiny):
    network = c_uint32.in_dll(library, "siammixer_network")
    for box in (Box(3.0, 4.0, 1.0, 90.0), Box(100.0, 50.5, 33.25, 20.0)):
        found = library.siammixer_template_window(byref(network), byref(BoxStruct(*in_units(box))))
        expected = template_window(box, tiny[0])
        assert (found.x, found.y, found.step, found.side) == (
            *(expected.x, expected.y, expected.step),
            expected.side,
        )
