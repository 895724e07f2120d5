"""The table that bench.comparison makes adds up."""

from bench.comparison import by_kind, table
from spec.accelerator import FETCH_CYCLES, RUN_DONE_CYCLES, find_accelerator
from spec.network import find_network
from spec.schedule import schedule

PLAN = schedule(find_network("siammixer"), find_accelerator("ecp5-85f"))


def test_kinds_add_up_to_the_frame():
    macs, cycles = (sum(figures) for figures in zip(*by_kind(PLAN).values(), strict=True))
    assert macs == PLAN.macs
    assert cycles + FETCH_CYCLES + RUN_DONE_CYCLES == PLAN.predicted_cycles


def test_the_table_says_what_the_schedule_does():
    text = table(PLAN, 90e6, 156)
    assert f"| **whole frame** | {PLAN.macs / 1e6:.1f} M | {PLAN.predicted_cycles:,} |" in text
    assert f"{90e6 / PLAN.predicted_cycles:.1f} search passes a second" in text
