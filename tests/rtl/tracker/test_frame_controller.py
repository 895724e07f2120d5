"""FrameController: the course of a target through its frames, with every fault, stop and new target."""

import random
from collections import Counter

import pytest

from siammixer.arch.camera import FrameFault
from siammixer.arch.errors import Error
from siammixer.arch.fabric import BoxFault, Source, State, code
from siammixer.arch.tracker import VIEWS
from siammixer.rtl.tracker.frame_controller import FrameController
from siammixer.rtl.tracker.program import COMMANDS
from siammixer.sim.block import simulate

SAMPLED = (
    *("crop_start", "crop_clear", "core_start", "loop_start", "loop_command", "told", "taken", "template"),
    *("following", "state", "code", "skipped", "hold", "counts", "renew", "crop_join", "asked"),
)
LEARNT = 1 + len(VIEWS)


class World:
    """Crop, core, tracker and video around the controller, a cycle at a time. Frames come one after the
    other, ``gap`` cycles apart, unless they are held back.

    ``crop_faults``, ``core_faults`` are the faults of the crops and runs to come, 0 for a good one. A frame
    in progress is joined in every ``joins``-th try; 0: never.
    """

    RUN, COMMAND, FRAME = 12, 7, 9
    FLUSH = 40  # cycles after the reset in which the core takes no start

    def __init__(self, ctx, block, *, gap=3, seed=0, joins=0, lines=FRAME):
        self.lines = lines
        self.joins, self.tries, self.ours, self.joining = joins, 0, False, 0
        self.ctx, self.block, self.gap, self.dice = ctx, block, gap, random.Random(seed)
        self.crop_faults, self.core_faults = [], []
        self.events, self.cycle = [], 0
        self.fault = self.core = self.loop = 0
        self.cropping = self.waiting = False
        self.offer = None
        self.frame, self.until = 0, gap  # cycles of the frame that are left; cycles to the next one
        self.seen = {}

    async def step(self, **inputs):
        """A cycle, with these inputs high."""
        ctx, block = self.ctx, self.block
        begins = self.until == 0 and not self.frame and not (self.seen and self.seen["hold"])
        values = {
            **dict.fromkeys(("take", "stop"), 0),
            "settled": int(not self.frame and not begins),
            "begin": int(begins),
            "joinable": int(self.frame > 0 and not self.ours),
            "joined": int(self.joining == 1 and self.frame > 0),
            "crop_busy": int(self.cropping),
            "crop_pixel": int(self.offer == 0),
            "crop_error": self.fault,
            "core_busy": int(self.core > 1 or self.cycle < self.FLUSH),
            "core_done": int(self.core == 1),
            "loop_done": int(self.loop == 1),
            **inputs,
        }
        for name, value in values.items():
            ctx.set(getattr(block, name), value)
        # Held back in this cycle, by what the inputs of this cycle make of it.
        if begins and ctx.get(block.hold):
            begins = False
            ctx.set(block.begin, 0)
            ctx.set(block.settled, 1)
        _, _, *found = await ctx.tick().sample(*(getattr(block, name) for name in SAMPLED))
        self.seen = seen = dict(zip(SAMPLED, found, strict=True))
        self._note(begins)
        self._move(begins)
        assert seen["following"] or not seen["asked"], "nobody waits for a frame"
        assert not (seen["crop_start"] and self.frame) or seen["crop_join"], "a crop within a frame"
        self.cycle += 1

    def _note(self, begins):
        seen = self.seen
        for name in ("crop_start", "crop_clear", "core_start", "taken"):
            if seen[name]:
                self.events.append((name, self.cycle))
        if begins and seen["following"]:
            self.events.append(("frame", self.cycle))
        if seen["loop_start"]:
            self.events.append((COMMANDS[seen["loop_command"]], self.cycle))
        if seen["told"]:
            self.events.append(("told", self.cycle, State(seen["state"]), seen["code"], seen["skipped"]))

    def _move(self, begins):
        """Everything around moves on."""
        seen, joinable = self.seen, self.frame > 0 and not self.ours
        joined, self.joining = self.joining == 1 and self.frame > 0, max(0, self.joining - 1)
        self.frame = self.lines if begins else max(0, self.frame - 1)
        self.until = self.gap if self.frame else max(0, self.until - 1)
        if begins:
            self.ours, self.joining = self.waiting or not seen["following"], 0
        if (begins and self.waiting) or joined:
            self.waiting, self.offer, self.ours = False, self.dice.randrange(4), True
            if joined:
                self.events.append(("joined", self.cycle))
        elif self.offer:
            self.offer -= 1
        if self.core == 1:
            self.events.append(("done", self.cycle))
        self.core, self.loop = max(0, self.core - 1), max(0, self.loop - 1)
        if seen["crop_start"]:
            assert not self.cropping and not self.waiting
            self.cropping = self.waiting = True
            self.fault = 0
            if seen["crop_join"]:
                assert joinable, "a frame that is looked at cannot be joined"
                self.tries += 1
                self.joining = 3 if self.joins and self.tries % self.joins == 0 else 0
        if seen["core_start"]:
            assert self.offer == 0 and not self.core and self.cycle >= self.FLUSH
            error = self.core_faults.pop(0) if self.core_faults else 0
            self.fault = self.crop_faults.pop(0) if self.crop_faults else 0
            self.core, self.offer = self.RUN, None
            # A core that gives up leaves the crop under way.
            self.cropping = bool(error) and not self.fault
            self.ctx.set(self.block.core_error, error)
        if seen["crop_clear"]:
            self.cropping = self.waiting = False
            self.offer, self.joining = None, 0
        if seen["loop_start"]:
            assert not self.loop
            self.loop = self.COMMAND

    async def until_told(self, count):
        """Steps until there is so much news in all."""
        while len(self.told) < count:
            await self.step()

    @property
    def told(self):
        return [event[2:] for event in self.events if event[0] == "told"]

    @property
    def commands(self):
        return [event[0] for event in self.events if event[0] in COMMANDS]

    def cycles(self, name):
        return [event[1] for event in self.events if event[0] == name]


def course(bench, watchdog=100_000, **settings):
    block = FrameController()

    async def run(ctx):
        await bench(World(ctx, block, **settings))

    simulate(block, [run], watchdog=watchdog)


def test_a_target_through_its_frames():
    """Template, eight views, searches; each frame told with its state, as many cycles after the core's end as
    the command takes and LATENCY.
    """

    async def bench(world):
        await world.step(take=1)
        await world.until_told(LEARNT + 2)
        world.ctx.set(world.block.loop_lost, 1)
        await world.until_told(LEARNT + 3)
        states = [State.LEARNING] * LEARNT + [State.TRACKING] * 2 + [State.LOST]
        assert [(state, found) for state, found, _ in world.told] == [(state, 0) for state in states]
        assert world.commands == ["begin", *["view", "seen"] * len(VIEWS), *["update"] * 3]
        assert world.cycles("taken") == [world.cycles("begin")[0] + World.COMMAND]
        counted = Counter(event[0] for event in world.events)
        assert counted["crop_start"] == counted["core_start"] == LEARNT + 3 and not counted["crop_clear"]
        told = world.cycles("told")
        for number, done in enumerate(world.cycles("done")):
            command = World.COMMAND if number else 0  # the template needs none
            assert told[number] - done == FrameController.LATENCY + command

    course(bench)


def test_a_frame_that_lasts_longer_than_its_search():
    """Nothing is asked for until it has ended: its mean colour lies around the next crop."""

    async def bench(world):
        await world.step(take=1)
        await world.until_told(LEARNT + 2)
        assert [one[2] for one in world.told][1:] == [0] * (LEARNT + 1) and not world.tries

    course(bench, gap=1, lines=60)


def test_the_template_is_the_first_frames_only():
    async def bench(world):
        await world.step(take=1)
        template = []
        while len(world.told) < LEARNT + 1:
            await world.step()
            if world.seen["core_start"]:
                template.append(world.seen["template"])
        assert template == [1] + [0] * LEARNT

    course(bench)


@pytest.mark.parametrize("at", [0, 1, 4, LEARNT, LEARNT + 1])
@pytest.mark.parametrize("source", [Source.FRAME, Source.CORE])
def test_a_frame_with_a_fault_is_told_and_repeated(at, source):
    """The next frame takes its place: as many commands as ever, the code told with it."""

    async def bench(world):
        fault = FrameFault.SHORT_LINE if source is Source.FRAME else Error.PIXELS_MISSING
        faults = world.crop_faults if source is Source.FRAME else world.core_faults
        faults += [0] * at + [int(fault)]
        await world.step(take=1)
        await world.until_told(LEARNT + 3)
        codes = [found for _, found, _ in world.told]
        assert codes == [0] * at + [code(source, fault)] + [0] * (LEARNT + 2 - at)
        assert world.commands == ["begin", *["view", "seen"] * len(VIEWS), *["update"] * 2]
        assert len(world.cycles("crop_clear")) == (source is Source.CORE)

    course(bench)


def test_a_frame_fault_is_told_before_the_cores_own():
    """The core ends with an error too, because the crop ended early."""

    async def bench(world):
        world.crop_faults, world.core_faults = [int(FrameFault.OVERFLOW)], [int(Error.INPUT_SHORT)]
        await world.step(take=1)
        await world.until_told(1)
        assert world.told[0][1] == code(Source.FRAME, FrameFault.OVERFLOW)

    course(bench)


def test_a_refused_box():
    async def bench(world):
        await world.step(take=1, box_fault=int(BoxFault.OUTSIDE))
        for _ in range(5):
            await world.step(box_fault=int(BoxFault.OUTSIDE))
        assert [one[1] for one in world.told] == [code(Source.BOX, BoxFault.OUTSIDE)]
        assert world.cycles("taken") == world.cycles("told") and not world.commands
        assert not world.seen["following"]
        await world.step(take=1, box_fault=0)
        await world.until_told(2)
        assert world.told[1][:2] == (State.LEARNING, 0)

    course(bench)


def test_frames_that_come_too_early_are_skipped_and_counted():
    """Each frame is told, or counted with the next one that is; with ``lossless`` none is skipped."""

    async def bench(world):
        await world.step(take=1)
        await world.until_told(LEARNT + 5)
        frames, asked = world.cycles("frame"), world.cycles("crop_start")
        # The frame of a crop is the first that begins behind its request.
        tracked = [min(frame for frame in frames if frame > cycle) for cycle in asked[: len(world.told)]]
        places = [frames.index(frame) for frame in tracked]
        between = [now - before - 1 for before, now in zip([-1, *places], places, strict=False)]
        assert [one[2] for one in world.told] == between and sum(between) > 5
        world.ctx.set(world.block.lossless, 1)
        before = len(world.told)
        await world.until_told(before + 4)
        assert [one[2] for one in world.told[before + 1 :]] == [0, 0, 0]

    course(bench, gap=1)


def test_frames_that_are_joined_are_not_skipped():
    """A frame in progress that nobody looks at is taken up, and counts as looked at."""

    async def bench(world):
        await world.step(take=1)
        await world.until_told(LEARNT + 8)
        frames, joined = world.cycles("frame"), world.cycles("joined")
        begun = [cycle for cycle in world.cycles("crop_start")]
        tracked = []
        for cycle in begun[: len(world.told)]:
            late = [one for one in joined if cycle < one <= cycle + 4]
            place = max(i for i, frame in enumerate(frames) if frame < late[0]) if late else None
            tracked.append(place if late else min(i for i, frame in enumerate(frames) if frame > cycle))
        between = [now - before - 1 for before, now in zip([-1, *tracked], tracked, strict=False)]
        assert [one[2] for one in world.told] == between and len(joined) > 3 and world.tries > len(joined)

    course(bench, gap=1, joins=2)


def test_which_frames_mean_colours_count():
    """All while nothing is followed, then those that are asked for."""

    async def bench(world):
        for _ in range(30):
            await world.step()
            assert world.seen["counts"]
        await world.step(take=1)
        asked = False
        while len(world.told) < LEARNT + 3:
            await world.step()
            if world.seen["following"]:
                assert world.seen["counts"] == asked
            asked = (asked or world.seen["crop_start"]) and ("frame", world.cycle - 1) not in world.events

    course(bench, gap=1)


@pytest.mark.parametrize("new_target", [False, True])
def test_stopped_at_any_time(new_target):
    """It ends within the work in hand, leaves no crop, and a target that is given then is followed."""

    async def bench(world):
        for wait in (*range(60), *range(60, 700, 13)):
            await world.step(take=1)
            for _ in range(wait):
                await world.step()
            world.events.clear()
            asked = world.cycle
            await world.step(take=int(new_target), stop=int(not new_target))
            for _ in range(40 if not new_target else 90):
                await world.step()
            if new_target:
                # The target before may be taken over in that very cycle.
                begun = [cycle for cycle in world.cycles("begin") if cycle > asked]
                assert len(begun) == 1 and world.cycles("taken")[-1] == begun[0] + World.COMMAND, wait
                world.events.clear()
                await world.step(stop=1)
                for _ in range(40):
                    await world.step()
            assert not world.seen["following"] and not world.cropping and not world.waiting, wait
            assert world.seen["state"] == State.IDLE

    course(bench)


def test_skipped_frames_are_told_once():
    """A run may end before its frame has begun: rows above the frame are in the core, and then nothing comes.
    The count told with it is not the one that was told with the frame before.
    """

    async def bench(world):
        await world.step(take=1)
        while not world.told or not world.told[-1][2]:
            await world.step()
        before = len(world.told)
        while not world.seen["crop_start"]:
            await world.step()
        world.frame, world.until, world.offer = 0, 10_000, 0  # no frame comes any more
        world.core_faults = [int(Error.PIXELS_MISSING)]
        await world.until_told(before + 1)
        assert world.told[-1][1:] == (code(Source.CORE, Error.PIXELS_MISSING), 0)

    course(bench, gap=1)
