"""The table that bench.comparison makes adds up."""

from bench.comparison import table
from spec.accelerator import find_accelerator
from spec.network import find_network
from spec.schedule import schedule

PLAN = schedule(find_network("siammixer"), find_accelerator("ecp5-85f"))


def test_the_table_says_what_the_schedule_does():
    text = table(PLAN, 90e6, 156)
    assert f"| **whole frame** | {PLAN.macs / 1e6:.1f} M | {PLAN.predicted_cycles:,} |" in text
    assert f"{90e6 / PLAN.predicted_cycles:.1f} search passes a second" in text
