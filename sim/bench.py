"""The Python side inside the simulator: starts each run, waits, notes the wall time.

Loaded by cocotb in the simulator's process; talks to ``sim/harness.sv`` and touches no clock cycle.
"""

import json
import time
from pathlib import Path

import cocotb


@cocotb.test()
async def runs(dut) -> None:
    """Executes the runs that ``runs.txt`` in the current folder counts; writes ``wall.json``."""
    wall_seconds = []
    for run in range(int(Path("runs.txt").read_text())):
        begin = time.perf_counter()
        dut.request.value = run + 1
        await dut.served.value_change
        wall_seconds.append(time.perf_counter() - begin)
        assert not dut.failed.value, Path("failure.txt").read_text()
    Path("wall.json").write_text(json.dumps(wall_seconds))
