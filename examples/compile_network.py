"""Compiles a network for an accelerator: ``python compile_network.py [NETWORK [ACCELERATOR]]``.

Prints the steps of the search branch with the cycles that the hardware will take for each, exactly.
"""

import sys

from siammixer import compile_network, find_accelerator, find_network

network, accelerator = (sys.argv[1:] + ["siammixer", "ecp5-85f"][len(sys.argv) - 1 :])[:2]
search = compile_network(find_network(network), find_accelerator(accelerator))["search"]
for name, cycles in search.cycles_by_step.items():
    print(f"{name:12} {cycles:10,} cycles")
print(f"{len(search.program)} program words, {search.predicted_cycles:,} cycles a search frame")
