"""The whole path: Amaranth to Verilog to a simulator under cocotb, and what a run records."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from siammixer.driver.core import CoreRun
from siammixer.driver.words import WRITE
from siammixer.ir.errors import InputError
from siammixer.sim import verilator
from siammixer.sim.build import Binary, SimulationError, build, built_once
from siammixer.sim.run import simulate
from siammixer.sim.verilog import verilog

PIXELS = np.random.default_rng(5).integers(0, 256, (48, 3), dtype=np.uint8)
WEIGHTS = [17, -3, 127, -128]


def writes(weights) -> np.ndarray:
    words = np.zeros(len(weights), WRITE)
    words["target"], words["address"] = 1, range(len(weights))
    words["data"][:, 0] = np.array(weights, np.int8).view(np.uint8)
    return words


RUN = CoreRun(writes=writes(WEIGHTS), pixels=PIXELS, response_words=1000)


def expected_trace(pixels, weights, lanes) -> np.ndarray:
    trace = np.zeros((len(pixels), lanes), np.int8)
    trace[:, :3] = pixels.view(np.int8)
    trace[:, 3] = np.resize(weights, len(pixels))
    return trace


@pytest.fixture(scope="session")
def binary(dummy) -> Binary:
    return build(verilog(dummy(), "siammixer"), trace_bytes=4)


def test_a_run_records_everything(binary):
    (result,) = simulate(binary, [RUN])
    # A pixel a cycle from cycle 1, three cycles of pause after each 16, done one cycle after the last.
    assert result.step_index.tolist() == [0, 1, 2]
    assert result.step_cycle.tolist() == [16, 35, 54]
    assert (result.cycles, result.error, result.pixels_taken) == (55, 0, 48)
    assert result.trace_step.tolist() == [index // 16 for index in range(48)]
    assert result.trace_address.tolist() == list(range(48))
    assert np.array_equal(result.trace_data, expected_trace(PIXELS, WEIGHTS, 4))
    assert result.response.tolist() == [address**2 for address in range(1000)]
    assert result.peak_position == PIXELS[:, 0].sum(dtype=int)
    assert result.peak_value == -PIXELS[:, 1].sum(dtype=int)
    assert result.identity == 0x0123_4567_89AB_CDEF
    assert result.clocks_per_second > 0


def test_runs_of_one_simulator_keep_what_was_loaded(binary):
    short = CoreRun(pixels=PIXELS[:20], response_words=0)
    stalled = [
        CoreRun(writes=writes([1, 2, 3, 4]), pixels=PIXELS, response_words=3, stall=0.5, seed=seed)
        for seed in (1, 2, 1)
    ]
    first, second, third, fourth, fifth = simulate(binary, [RUN, short, *stalled])
    assert (first.error, second.error, second.pixels_taken, len(second.response)) == (0, 1, 20, 0)
    assert np.array_equal(second.trace_data, expected_trace(PIXELS[:20], WEIGHTS, 4))
    for result in (third, fourth, fifth):
        assert np.array_equal(result.trace_data, expected_trace(PIXELS, [1, 2, 3, 4], 4))
        assert result.response.tolist() == [0, 1, 4]
        assert 80 < result.cycles < 150
    assert third.step_cycle.tolist() == fifth.step_cycle.tolist() != fourth.step_cycle.tolist()


def test_watchdog_names_where_it_stands(binary):
    message = (
        "run 1: watchdog after 40 cycles of execution: 4 of 4 words written, step 2, busy 1, error "
        "0, 33 of 48 pixels"
    )
    with pytest.raises(SimulationError, match=message):
        simulate(binary, [RUN, replace(RUN, watchdog_cycles=40)])


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (1, "run 0: watchdog after 500 cycles of loading: 3 of 4 words written"),
        (2, r"run 0: feature-map write \(step 3, address 48\) outside a run"),
        (3, "fault 3.*design.v.*Assertion failed"),
    ],
)
def test_a_faulty_design_is_reported(binary, fault, message):
    words = writes([1, 2, 3, 4])
    words["target"][1], words["data"][1, 0] = 2, fault
    with pytest.raises(SimulationError, match=message):
        simulate(binary, [replace(RUN, writes=words, watchdog_cycles=500)])


def test_builds_once_per_content_whoever_asks(tmp_path):
    code = f"""if True:
        import sys, time
        from pathlib import Path
        import siammixer.sim.build
        def compile(folder, verilog, *_):
            time.sleep(0.3)
            folder.mkdir()
            (folder / "harness").touch(mode=0o755)
        siammixer.sim.build._compile = compile
        cache = Path({str(tmp_path)!r})
        binary = siammixer.sim.build.build(sys.argv[1], trace_bytes=8, cache=cache)
        print(binary.folder, binary.build_seconds > 0)"""

    def builds(*texts) -> list[list[str]]:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        processes = [subprocess.Popen([sys.executable, "-c", code, text], **pipes) for text in texts]
        return [process.communicate()[0].split() for process in processes]

    first = builds("a", "a", "a", "b")
    assert first[0][0] == first[1][0] == first[2][0] != first[3][0]
    assert sorted(built for _, built in first[:3]) == ["False", "False", "True"]
    assert builds("a", "b") == [[first[0][0], "False"], [first[3][0], "False"]]


def test_a_design_that_does_not_compile_names_the_error(tmp_path):
    lines = []
    with pytest.raises(SimulationError, match=r"%Error.*siammixer.*whole log: .*failed\.log"):
        build("module other(); endmodule\n", trace_bytes=4, progress=lines.append)


def test_missing_tools_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr(verilator.shutil, "which", lambda command: None)
    with pytest.raises(InputError, match=r"needs g\+\+ and make: sudo apt-get install -y g\+\+ make"):
        build("", cache=tmp_path)
    with pytest.raises(InputError, match="spaces"):
        build("", cache=tmp_path / "a b")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pixels": PIXELS.astype(np.int16)}, "pixels must be"),
        ({"writes": np.zeros((2, 16), np.uint8)}, "writes must be"),
        ({"stall": 1.0}, "stall must be"),
        ({"reset_cycle": -1}, r"reset_cycle must be 0 to 2\*\*32 - 2 or none, not -1"),
        ({"reset_cycle": 2**32 - 1}, "reset_cycle must be"),
        ({"watchdog_cycles": 0}, "watchdog_cycles must be"),
        ({"response_words": 70000}, "response_words must be"),
        ({"writes": np.array([((0,) * 9, 4, 0)], WRITE)}, r"below 2\*\*2 as target, not 4"),
        ({"writes": np.array([((0,) * 9, 0, 1 << 24)], WRITE)}, r"below 2\*\*24 as address, not 16777216"),
    ],
)
def test_bad_runs_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        replace(RUN, **change)


def test_neither_perl_nor_make_flags_are_needed(tmp_path):
    """Verilator alone, with nothing but its folder on the way."""
    (tmp_path / "top.v").write_text("module top(output reg a); initial #1 a = 1; endmodule\n")
    command = [verilator.verilator(), "--cc", "--timing", "top.v"]
    subprocess.run(command, cwd=tmp_path, env={}, check=True, capture_output=True)
    assert Path(tmp_path / "obj_dir" / "Vtop.mk").exists()
    assert "perl" not in (verilator.verilator()).read_text()


def test_speed(dummy):
    """An array of 144 multipliers with its memories simulates at 500,000 cycles a second or more.

    Measured in processor time, because other tests run at the same time; the start is not counted.
    """
    binary = build(verilog(dummy(lanes=16, multipliers=144, pixels=10_000), "siammixer"), trace_bytes=16)
    pixels = np.zeros((10_000, 3), np.uint8)

    def measured(count) -> tuple[float, int]:
        before = os.times()
        results = simulate(
            binary, [CoreRun(pixels=pixels, response_words=0, stall=0.98, seed=seed) for seed in range(count)]
        )
        after = os.times()
        seconds = after.children_user + after.children_system - before.children_user - before.children_system
        return seconds, sum(result.clocks for result in results)

    start, _ = measured(0)
    best = 0.0
    for _ in range(3):
        seconds, clocks = measured(1)
        best = max(best, clocks / (seconds - start))
    assert best > 500_000


DAMAGES = {
    "emptied": lambda folder: (folder / "harness").write_text(""),
    "changed": lambda folder: (folder / "harness").write_text("progrom"),
    "gone": lambda folder: (folder / "harness").unlink(),
    "no program": lambda folder: (folder / "harness").chmod(0o644),
    "a folder": lambda folder: ((folder / "harness").unlink(), (folder / "harness").mkdir()),
    "a file in its place": lambda folder: (shutil.rmtree(folder), folder.write_text("")),
    "digests emptied": lambda folder: (folder / "files.json").write_text(""),
    "digests of nothing": lambda folder: (folder / "files.json").write_text("{}"),
    "digests of another kind": lambda folder: (folder / "files.json").write_text("null"),
    "digests of letters": lambda folder: (folder / "files.json").write_bytes(b"\xff\xfe"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_simulator_is_built_again(damage, tmp_path):
    def compile(folder):
        folder.mkdir()
        (folder / "harness").write_text("program")
        (folder / "harness").chmod(0o755)

    folder, _ = built_once(tmp_path, "parts", compile)
    assert built_once(tmp_path, "parts", compile) == (folder, 0.0)
    DAMAGES[damage](folder)
    lines = []
    assert built_once(tmp_path, "parts", compile, lines.append) != (folder, 0.0)
    assert (folder / "harness").read_text() == "program" and len(lines) == 2
    (folder / "coverage.dat").touch()  # what a run leaves there is no damage
    assert built_once(tmp_path, "parts", compile) == (folder, 0.0)
