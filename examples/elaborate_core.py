"""The accelerator as Verilog: ``python elaborate_core.py [FILE [ACCELERATOR]]``. Needs the extra hw."""

import sys
from pathlib import Path

from siammixer import SiamMixer, find_accelerator
from siammixer.sim.verilog import verilog

file = Path(sys.argv[1] if len(sys.argv) > 1 else "siammixer.v")
accelerator = find_accelerator(sys.argv[2] if len(sys.argv) > 2 else "tiny")
file.write_text(verilog(SiamMixer(accelerator), "siammixer"))
lines = len(file.read_text().splitlines())
print(f"{file}: {accelerator.name}, {accelerator.multipliers} multipliers, {lines:,} lines")
