"""The description for an ASIC, with one port at each lane's weights, computes what golden defines."""

from siammixer.arch.accelerator import ACCELERATORS
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.weights import load_weights
from siammixer.rtl.accelerator import SiamMixer
from siammixer.rtl.technology.asic import ASIC
from siammixer.sim.check import check_frame
from siammixer.sim.verilog import cached_verilog
from siammixer.tracking.clip import Clip
from siammixer.tracking.pair import take_pair

FRAME = 5


def test_a_frame_equals_golden_at_the_predicted_cycles(monkeypatch):
    tiny, network = ACCELERATORS["tiny"], NETWORKS["tiny"]
    text = cached_verilog(lambda: SiamMixer(tiny, ASIC), "siammixer", (tiny, ASIC.name))
    monkeypatch.setattr("siammixer.sim.simulators.generated_verilog", lambda *_: text)
    pair = take_pair(Clip(), network, FRAME)
    check = check_frame(network, load_weights(network), tiny, None, pair.template, pair.search)
    assert check.problem is None
    assert check.cycles == check.predicted_cycles
