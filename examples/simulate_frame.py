"""One frame of the smallest network on the smallest accelerator, simulated and compared.

Needs the extra hw.
"""

from siammixer import Clip, find_accelerator, find_network, load_weights
from siammixer.sim.frame import simulate_frame
from siammixer.tracking.pair import take_pair

network = find_network("tiny")
pair = take_pair(Clip(), network, 10)
report = simulate_frame(
    network, load_weights(network), find_accelerator("tiny"), None, pair.template, pair.search, progress=print
)
print(f"{report.cycles:,} cycles, {report.predicted_cycles:,} predicted")
print("every tensor equals golden" if report.equal else report.mismatch)
