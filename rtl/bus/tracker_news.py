"""The tracker's news for a host that reads them one after the other."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.fabric import CODE_BITS, SKIPPED_BITS
from siammixer.arch.register_map import WIDTH
from siammixer.arch.tracker import TrackerDesign
from siammixer.rtl.tracker.frame_controller import STATE_BITS
from siammixer.rtl.tracker.tracker_loop import ports

HEAD = ("state", "code", "skipped")
BOX = ("left", "top", "width", "height", "confidence")
WINDOW = ("window_left", "window_top", "window_step")


def told_layout(design: TrackerDesign) -> data.StructLayout:
    """The outputs of a :class:`siammixer.rtl.siam_tracker.SiamTracker` that belong to ``told``."""
    outputs = ports(design)[1]
    head = dict(zip(HEAD, (STATE_BITS, CODE_BITS, SKIPPED_BITS), strict=True))
    return data.StructLayout(head | {name: outputs[name] for name in BOX + WINDOW})


def news_layout(design: TrackerDesign) -> data.StructLayout:
    """Those outputs as they were told, and the ``number`` of that news, from 1 on."""
    return data.StructLayout({"number": WIDTH} | told_layout(design).members)


class TrackerNews(wiring.Component):
    """Keeps the tracker's latest news, and shows one that stands still while a host reads it.

    What is told in the cycle of ``told`` is kept, with the window that the core worked on before. ``next``
    takes the latest news over into ``news``, where it stands until the next ``next``. What is told in the
    cycle of ``next`` itself waits for another one.

    Parameters
    ----------
    design
        The tracker.

    Members
    -------
    told : In(1)
        There is news.
    computing : In(1)
        The core runs: the window of ``i`` is that of the frame in progress.
    i : In(told_layout(design))
        What is told, in the cycle of ``told``; the window, while ``computing``.
    next : In(1)
        The host wants the latest news.
    waiting : Out(1)
        There is news that was not taken over.
    news : Out(news_layout(design))
        The news that was taken over; ``number`` is 0 before the first.
    """

    def __init__(self, design: TrackerDesign):
        self._design = design
        super().__init__(
            {
                **dict.fromkeys(("told", "computing"), In(1)),
                "i": In(told_layout(design)),
                "next": In(1),
                "waiting": Out(1),
                "news": Out(news_layout(design)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        latest = Signal(news_layout(self._design))
        window = {name: Signal.like(getattr(latest, name), name=name) for name in WINDOW}
        with m.If(self.computing):
            m.d.sync += [kept.eq(getattr(self.i, name)) for name, kept in window.items()]
        with m.If(self.next):
            m.d.sync += [self.news.eq(latest), self.waiting.eq(0)]
        with m.If(self.told):
            m.d.sync += [
                self.waiting.eq(1),
                latest.number.eq(latest.number + 1),
                *(getattr(latest, name).eq(kept) for name, kept in window.items()),
                *(getattr(latest, name).eq(getattr(self.i, name)) for name in HEAD + BOX),
            ]
        return m
