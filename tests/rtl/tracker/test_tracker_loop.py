"""Whole tracks: targets, sizes, confidence, lost and windows equal the Python tracker's, frame for frame."""

import json
import random

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib.wiring import Component

from siammixer.arch.tracker import TrackerDesign
from siammixer.golden.engine import GoldenEngine
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.weights import load_weights
from siammixer.rtl.datapath.response import Response
from siammixer.rtl.tracker.program import COMMANDS, INPUTS, OUTPUTS, tracker_program
from siammixer.rtl.tracker.tracker_loop import TrackerLoop, ports
from siammixer.sim.block import simulate
from siammixer.tracking import fixed
from siammixer.tracking.box import Box
from siammixer.tracking.clip import Clip
from siammixer.tracking.crop import Window, in_units, search_window, template_window
from siammixer.tracking.reading import VIEWS
from siammixer.tracking.settings import Settings
from siammixer.tracking.tracker import Tracker
from siammixer.tracking.vectors import FILE, Draw

RECORD = json.loads(FILE.read_text())["frames"]
RECORD_BOX = Box(*(value / 512 for value in RECORD["first_box"]))
WINDOW, BOX = OUTPUTS[:3], OUTPUTS[3:]


class Recorded:
    """An engine that keeps what another one answers."""

    name = "recorded"

    def __init__(self, engine):
        self.engine, self.network, self.given = engine, engine.network, []

    def set_template(self, crop):
        self.engine.set_template(crop)

    def responses(self, crops):
        (response,) = found = self.engine.responses(crops)
        self.given.append(response.transpose(2, 0, 1).reshape(-1).tolist())
        return found

    def close(self):
        self.engine.close()


class Scores:
    """An engine that draws its answers, with low scores for some frames and high ones in between; sizes grow
    for a while and shrink for a while.
    """

    name = "scores"

    def __init__(self, network, seed):
        self.network, self.random, self.count = network, np.random.default_rng(seed), -len(VIEWS)

    def set_template(self, crop):
        """The template counts for nothing."""

    def responses(self, crops):
        side, random = self.network.response_side, self.random
        response = random.integers(-128, 128, (side, side, 5)).astype(np.int32)
        if self.count >= 0 and self.count // 12 % 2:
            response[..., 0] = np.minimum(response[..., 0], random.choice([-30, -30, -20, 30]))
        if self.count >= 0 and self.count // 30 % 2 == 0:
            sign = 1 if self.count // 15 % 2 else -1
            response[..., 3:] = sign * np.abs(response[..., 3:])
        self.count += 1
        return response[None]


class Vectors(Scores):
    """The engine of the golden vectors' whole tracker."""

    def __init__(self, network):
        super().__init__(network, 0)
        self.draw = Draw(13)

    def responses(self, crops):
        response, self.count = self.draw.map(self.network.response_side), self.count + 1
        if 4 <= self.count <= 10:
            response[..., 0] = np.minimum(response[..., 0], -30)
        return response[None]


def shown(window):
    """The outputs that tell a window."""
    return dict(zip(WINDOW, (*window.first, window.step), strict=True))


def script(engine, settings, images, box):
    """Rows (command, inputs, response, outputs expected) of a whole track, from the Python tracker."""
    recorded = Recorded(engine)
    tracker = Tracker(recorded, settings)
    height, width = images[0].shape[:2]
    inputs = (width, height, *in_units(box))
    tracker.init(images[0], box)
    first = search_window(box, engine.network)
    own = shown(first)
    corner = zip(BOX, (2 * first.x - inputs[4], 2 * first.y - inputs[5], *inputs[4:]), strict=False)
    template = template_window(box, engine.network)
    rows = [("begin", inputs, [], shown(template) | dict(corner) | {"lost": 0})]
    for (grown, right, down), response in zip(VIEWS, recorded.given, strict=True):
        step = max(1, fixed.scaled(first.step, grown))
        places = (
            first.x + fixed.shifted(right * first.step, 16),
            first.y + fixed.shifted(down * first.step, 16),
        )
        view = Window(x=places[0], y=places[1], step=step, side=first.side)
        rows.append(("view", inputs, [], shown(view)))
        rows.append(("seen", inputs, response, own))
    states = [tracker.update(image) for image in images[1:]]
    for index, state in enumerate(states):
        box = state.box
        expected = (box.x * 512, box.y * 512, box.width * 256, box.height * 256, state.confidence * 32768)
        outputs = dict(zip(BOX, (*expected, state.lost), strict=True))
        if index + 1 < len(states):
            outputs |= shown(states[index + 1].window)
        rows.append(("update", inputs, recorded.given[len(VIEWS) + index], outputs))
    return rows, states


def interpret(interpreter, design, rows):
    """Runs a script on the instructions as they are described."""
    program = tracker_program(design)
    machine = interpreter(program, bits=design.word_bits, long_bits=design.multiplier_bits)
    for command, inputs, response, expected in rows:
        assert machine.run(command, inputs, response) == program.cycles[command]
        found = {OUTPUTS[number]: value for number, value in machine.outputs.items()}
        assert {name: found[name] for name in expected} == expected


def run(run_command, design, rows):
    """Runs a script on the hardware."""
    block = TrackerLoop(design)

    async def bench(ctx):
        for command, inputs, response, expected in rows:
            for name, value in zip(INPUTS, inputs, strict=True):
                ctx.set(getattr(block, name), value)
            number = COMMANDS.index(command)
            assert await run_command(ctx, block, number, response) == block.cycles[command]
            assert {name: ctx.get(getattr(block, name)) for name in expected} == expected, command

    simulate(block, [bench], watchdog=len(rows) * max(block.cycles.values()))


def blank(width, height, count):
    return [np.zeros((height, width, 3), np.uint8)] * count


BOXES = (
    (1280, 720, Box(0, 0, 1280, 720)),
    (640, 480, Box(300.3, 200.2, 8, 8)),
    (320, 240, Box(20, 30, 60.5, 41.3)),
    (1280, 720, Box(-500, -300, 1280, 720)),
    (1280, 720, Box(700, 100, 8, 576)),
    (64, 48, Box(0, 0, 1 / 256, 1 / 256)),
    (1280, 720, Box(1279, 719, 1280, 720)),
)


@pytest.mark.parametrize("case", range(len(BOXES)))
def test_drawn_tracks(case, interpreter):
    """Targets lost and found again in every way, of the smallest and largest boxes, that grow and shrink to
    the bounds; no value leaves its bits.
    """
    width, height, box = BOXES[case]
    network = NETWORKS["tiny"]
    given = [{}, {"found_above": 0.2, "patience": case % 3, "size_rate": 1.0, "aspect_rate": 1.0}]
    given += [
        {"size_gain": (0, 4, 0.01)[case % 3], "size_range": (1, 16, 8)[case % 3], "window": case % 6 / 5}
    ]
    for choice in given:
        settings = Settings(**choice)
        rows, states = script(Scores(network, case), settings, blank(width, height, 60), box)
        interpret(interpreter, TrackerDesign.of(network, settings.shares()), rows)
        assert {state.lost for state in states} == {True, False}


def test_the_golden_vectors(interpreter, designs):
    """All 16 frames of the default network as the instructions are described."""
    rows, _ = script(Vectors(NETWORKS["siammixer"]), Settings(), blank(640, 360, 17), RECORD_BOX)
    updates = [row for row in rows if row[0] == "update"]
    for (_, _, _, expected), frame in zip(updates, RECORD["frames"], strict=True):
        left, top, width, height = frame["box"]
        wanted = {"left": left, "top": top, "width": width // 2, "height": height // 2}
        wanted |= {"confidence": frame["confidence"], "lost": frame["lost"]}
        assert {name: expected[name] for name in wanted} == wanted
    interpret(interpreter, designs["siammixer"], rows)


def test_the_default_network_on_the_hardware(interpreter, run_command, designs):
    """A view and two frames; the interpreter, which follows whole tracks, says what is right."""
    design = designs["siammixer"]
    program, dice = tracker_program(design), random.Random(1)
    machine = interpreter(program, bits=design.word_bits, long_bits=design.multiplier_bits)
    rows = []
    for command in ("begin", "view", "seen", "update", "update"):
        inputs = (640, 480, 77000, 51203, 10245, 15616)
        response = [dice.randint(-128, 127) for _ in range(5 * design.cells)]
        machine.run(command, inputs, response)
        rows.append((command, inputs, response, {OUTPUTS[at]: one for at, one in machine.outputs.items()}))
    run(run_command, design, rows)


class OnResponse(Component):
    """A tracker at the read port of the core's response memory."""

    def __init__(self, design):
        super().__init__({})
        self.tracker, self.response = TrackerLoop(design), Response(5 * design.cells)

    def elaborate(self, platform):
        m = Module()
        m.submodules.tracker, m.submodules.response = self.tracker, self.response
        m.d.comb += [
            self.response.read_address.eq(self.tracker.response_address),
            self.tracker.response_data.eq(self.response.read_data),
        ]
        return m


def test_on_the_cores_response_memory(interpreter, designs):
    """Sums of the core are read with the core's own latency."""
    design, dice = designs["tiny"], random.Random(2)
    values = [dice.randint(-128, 127) for _ in range(5 * design.cells)]
    inputs = (640, 480, 77000, 51203, 10245, 15616)
    program = tracker_program(design)
    wanted = interpreter(program, bits=design.word_bits, long_bits=design.multiplier_bits)
    block = OnResponse(design)

    async def bench(ctx):
        response, tracker = block.response, block.tracker
        ctx.set(response.first, 1)
        for address, value in enumerate(values):
            ctx.set(response.add, 1)
            ctx.set(response.address, address)
            await ctx.tick()
            ctx.set(response.value, value)  # a cycle after its address
        ctx.set(response.add, 0)
        for _ in range(Response.LATENCY):
            await ctx.tick()
        for name, value in zip(INPUTS, inputs, strict=True):
            ctx.set(getattr(tracker, name), value)
        for command in ("begin", "seen", "update"):
            wanted.run(command, inputs, values)
            ctx.set(tracker.command, COMMANDS.index(command))
            ctx.set(tracker.start, 1)
            done = False
            while not done:
                _, _, done = await ctx.tick().sample(tracker.done)
                ctx.set(tracker.start, 0)
        found = {name: ctx.get(getattr(tracker, name)) for name in OUTPUTS}
        assert found == {OUTPUTS[number]: value for number, value in wanted.outputs.items()}

    simulate(block, [bench], watchdog=sum(program.cycles.values()))


def test_the_rendered_clip(run_command, designs):
    """Real responses of the tiny network, 21 frames: the target goes out of sight, and comes back a window's
    reach to the right, where a look beside finds it and the next one agrees.
    """
    network, settings, clip = NETWORKS["tiny"], Settings(found_above=0.5), Clip(frames=6)
    images = [clip.image(index) for index in range(6)]
    images += [np.full_like(images[0], 60)] * 4 + [np.roll(images[5], 100, 1)] * 12
    rows, states = script(GoldenEngine(network, load_weights(network)), settings, images, clip.boxes[0])
    assert [state.lost for state in states] == [False] * 8 + [True] * 3 + [False] * 10
    assert states[11].box.x > states[10].box.x + 50
    run(run_command, TrackerDesign.of(network, settings.shares()), rows)


@pytest.mark.parametrize("name", ["siammixer", "tiny"])
def test_ports_hold_their_bounds(name, designs):
    """Each port holds the largest magnitude that the design states, and a place below zero."""
    bounds = designs[name].bounds
    inputs, outputs = ports(designs[name])
    assert set(inputs) == set(INPUTS) and set(outputs) == set(OUTPUTS)
    for shape in (inputs["first_x"], inputs["first_y"]):
        assert holds(shape, {-bounds["coordinate"], bounds["coordinate"]})
    for shape in (outputs["window_left"], outputs["window_top"]):
        assert holds(shape, {-bounds["position"], bounds["position"]})
    for shape in (outputs["left"], outputs["top"]):
        assert holds(shape, {-bounds["corner"], bounds["corner"]})
    for shape in (inputs["first_width"], inputs["first_height"], outputs["width"], outputs["height"]):
        assert holds(shape, {1, bounds["size"]})
    assert holds(outputs["window_step"], {1, bounds["step"]})
    assert holds(outputs["confidence"], {0, 32768}) and holds(outputs["lost"], {0, 1})


def holds(shape, values) -> bool:
    """Whether a shape holds these values."""
    half = 1 << (shape.width - 1)
    held = range(-half, half) if shape.signed else range(2 * half)
    return all(value in held for value in values)
