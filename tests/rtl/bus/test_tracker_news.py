"""TrackerNews: what is told stands as one piece while it is read, and nothing is lost silently."""

import random

import pytest

from siammixer.arch.tracker import TrackerDesign
from siammixer.ir.catalogue import NETWORKS
from siammixer.rtl.bus.tracker_news import BOX, HEAD, WINDOW, TrackerNews, news_layout
from siammixer.sim.block import simulate
from siammixer.tracking.settings import Settings

DESIGN = TrackerDesign.of(NETWORKS["tiny"], Settings().shares())
SHAPES = {name: field.shape for name, field in news_layout(DESIGN)}


def drawn(dice, names):
    """Values of those fields, of all their bits."""
    values = {}
    for name in names:
        bits = dice.getrandbits(width := _width(SHAPES[name]))
        signed = name in ("left", "top", "window_left", "window_top")
        values[name] = bits - (1 << width) if signed and bits >> (width - 1) else bits
    return values


def _width(shape):
    return shape if isinstance(shape, int) else shape.width


@pytest.mark.parametrize("seed", range(3))
def test_news_are_of_one_frame(seed):
    """Told, computing and next in any cycle: what is shown is of one ``told``, with the window before it."""
    dice, news = random.Random(seed), TrackerNews(DESIGN)

    async def bench(ctx):
        now = drawn(dice, HEAD + BOX + WINDOW)
        window = dict.fromkeys(WINDOW, 0)
        latest = dict.fromkeys(SHAPES, 0)
        shown, waiting = latest, 0
        for _ in range(400):
            now |= drawn(dice, [name for name in HEAD + BOX + WINDOW if dice.random() < 0.5])
            told, computing, wanted = (int(dice.random() < share) for share in (0.2, 0.3, 0.2))
            for port, value in ((news.told, told), (news.computing, computing), (news.next, wanted)):
                ctx.set(port, value)
            ctx.set(news.i, now)
            await ctx.tick()
            if wanted:
                shown, waiting = latest, 0
            if told:
                rest = {name: now[name] for name in HEAD + BOX}
                latest, waiting = rest | window | {"number": latest["number"] + 1}, 1
            if computing:
                window = {name: now[name] for name in WINDOW}
            assert ctx.get(news.waiting) == waiting
            assert {name: ctx.get(getattr(news.news, name)) for name in SHAPES} == shown

    simulate(news, [bench], watchdog=500)


def test_what_is_told_while_it_is_asked_for_waits():
    news = TrackerNews(DESIGN)

    async def bench(ctx):
        for told, wanted, number, waiting in ((1, 0, 0, 1), (1, 1, 1, 1), (0, 1, 2, 0), (0, 1, 2, 0)):
            ctx.set(news.told, told)
            ctx.set(news.next, wanted)
            await ctx.tick()
            assert (ctx.get(news.news.number), ctx.get(news.waiting)) == (number, waiting)

    simulate(news, [bench], watchdog=20)
