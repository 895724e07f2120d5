"""Compiles a network for an accelerator: ``python compile_network.py [NETWORK [ACCELERATOR]]``.

Prints the steps of the search branch with the cycles that the hardware will take for each, exactly.
"""

import sys

from siammixer import find_accelerator, find_network
from siammixer.compiler.schedule import schedule

network, accelerator = (sys.argv[1:] + ["siammixer", "ecp5-85f"][len(sys.argv) - 1 :])[:2]
plan = schedule(find_network(network), find_accelerator(accelerator))
for name, cycles in plan.cycles_by_step.items():
    print(f"{name:12} {cycles:10,} cycles")
print(f"{len(plan.program)} program words, {plan.predicted_cycles:,} cycles a search frame")
