"""A recorded waveform: the cycles asked for, readable names, and the same bits as without it."""

import re
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import pywellen

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.instruction import Kind
from siammixer.cli.main import main
from siammixer.driver.planner import Planner, plan_branches
from siammixer.driver.session import Session
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError
from siammixer.ir.network import BRANCHES
from siammixer.sim import waves
from siammixer.sim.native import Simulator
from siammixer.sim.simulators import native_simulator
from siammixer.sim.wave_views import GROUPS, TOP, gtkwave_view, signals, surfer_view
from siammixer.sim.waves import check_waves, cycles_of, record, select_steps, step_names

TINY, NETWORK = find_accelerator("tiny"), find_network("tiny")
SEED = 11
WEIGHTS = random_weights(NETWORK, SEED)
CROPS = {branch: random_image(NETWORK.side(branch), SEED) for branch in BRANCHES}
PLANS = plan_branches(NETWORK, TINY, None, WEIGHTS)
TICKS = 10  # of the file's time, in a cycle


def recorded(file: Path, **settings):
    return record(NETWORK, WEIGHTS, TINY, None, CROPS["template"], CROPS["search"], file=file, **settings)


def _missing() -> str:
    try:
        check_waves(".fst")
    except InputError as error:
        return str(error)
    return ""


needs_lz4 = pytest.mark.skipif(bool(_missing()), reason=_missing())


@pytest.fixture(scope="module")
def part(tmp_path_factory):
    """Three steps of the search branch: the recording, its file, and that as Surfer's library reads it."""
    file = tmp_path_factory.mktemp("waves") / "part.fst"
    recording = recorded(file, steps="M1.local..M1.token")
    return recording, file, pywellen.Waveform(str(file))


def changes(wave, name: str) -> list[tuple[int, int]]:
    """A signal's changes, as time in cycles and new value."""
    return [(time / TICKS, value) for time, value in wave[f"{TOP}.{name}"].tv]


@needs_lz4
def test_the_clock_ticks_in_the_cycles_of_the_steps(part):
    recording, _, wave = part
    plan = PLANS["search"]
    members = [step for step in plan.steps if step.name in ("M1.local", "M1.token.hidden", "M1.token")]
    assert recording.steps == [step.name for step in members]
    assert recording.cycles == sum(step.cycles for step in members)
    ticks = [time for time, value in changes(wave, "clk") if value]
    assert ticks == list(range(recording.first, recording.last + 1))
    assert str(wave.timescale) == "100ps"


@needs_lz4
def test_what_runs_is_told_in_words(part):
    """The step, its instruction's kind and the cycle; the kind follows when the instruction is fetched."""
    recording, _, wave = part
    assert changes(wave, "cycle") == [(cycle, cycle) for cycle in range(recording.first, recording.last + 1)]
    done = [time for time, value in changes(wave, "accelerator.sequencer.step_done") if value]
    names = changes(wave, "step_name")
    assert [value.to_bytes(32, "big").strip(b"\0").decode() for _, value in names] == recording.steps
    assert [time for time, _ in names] == [recording.first, *(time + 1 for time in done[:-1])]
    assert done[-1] == recording.last
    kinds = dict(wave[f"{TOP}.kind"].enum_type[1])
    assert kinds == {f"{kind.value:04b}": kind.name for kind in Kind}
    middle = [wave[f"{TOP}.kind"].signal.value_at(int(time - 20) * TICKS) for time in done]
    assert middle == [Kind.DEPTHWISE, Kind.POINTWISE, Kind.POINTWISE]
    assert wave[f"{TOP}.error_name"].signal.value_at(recording.last * TICKS) == 0


@needs_lz4
def test_inputs_change_with_the_clock(tmp_path):
    """Every signal but the clock changes at a rising edge only; what the harness drives too."""
    recorded(tmp_path / "pixels.fst", steps="P1+P2.dw@0")
    wave = pywellen.Waveform(str(tmp_path / "pixels.fst"))
    for name in ("pixels_red", "pixels_ready", "accelerator.lanes.lane_0.result"):
        times = [time for time, _ in changes(wave, name)]
        assert len(times) > 5 and all(time == int(time) for time in times), name


@needs_lz4
def test_the_same_bits_and_cycles_as_without(part):
    recording, _, _ = part
    with closing(Simulator(native_simulator(TINY, lambda _: None))) as simulator:
        session = Session(PLANS, WEIGHTS, simulator)
        expected = [session.attempt(branch, crop) for branch, crop in CROPS.items()][-1]
    assert np.array_equal(recording.outcome.response, expected.response)
    numbers = ("cycles", "error", "peak_position", "peak_value", "pixels_taken", "clocks", "identity")
    for name in numbers:
        assert getattr(recording.outcome, name) == getattr(expected, name), name
    assert recording.outcome.cycles == PLANS["search"].predicted_cycles


@needs_lz4
def test_names_are_those_of_the_hardware(part):
    """Blocks and signals as Amaranth names them; nothing that only yosys named, in several thousands."""
    _, _, wave = part
    names = [var.full_name for var in wave.all_vars()]
    core = [name.removeprefix(f"{TOP}.accelerator.") for name in names]
    assert {f"lanes.lane_{lane}.result" for lane in range(TINY.lanes)} <= set(core)
    assert not [name for name in core if re.search(r"(^|\.)\$", name)]
    assert 1000 < len(names) < 6000


@needs_lz4
def test_the_views_show_signals_of_the_file(part):
    recording, file, wave = part
    widths = {var.full_name: var.length for var in wave.all_vars()}
    assert set(signals()) <= widths.keys()
    view = gtkwave_view(file, recording).splitlines()
    assert view[0] == f'[dumpfile] "{file}"' and f"[timestart] {1000 * recording.first}" in view
    shown = [re.sub(r"\[.*", "", line) for line in view if line.startswith(TOP)]
    assert shown == list(signals())
    for line in view:
        if found := re.fullmatch(r"(\S+)\[(\d+):0\]", line):
            assert widths[found[1]] == int(found[2]) + 1, line
        elif line.startswith(TOP):
            assert widths[line] == 1, line
    assert [line for line in view if line.startswith("-")] == [f"-{group}" for group in GROUPS for _ in "be"]
    commands = surfer_view().splitlines()
    assert [line.split()[1] for line in commands if line.startswith("variable_add")] == shown


@needs_lz4
def test_a_run_that_does_not_finish_keeps_its_waveform(monkeypatch, tmp_path):
    right = Planner.run
    monkeypatch.setattr(Planner, "run", lambda self, one: replace(right(self, one), watchdog_cycles=3000))
    recording = recorded(tmp_path / "hang.fst", branch="template", steps="1..5")
    assert recording.outcome is None and "watchdog after 3000 cycles" in str(recording.failure)
    ticks = [time for time, value in changes(pywellen.Waveform(str(tmp_path / "hang.fst")), "clk") if value]
    assert ticks == list(range(recording.first, 3000))
    with pytest.raises(waves.SimulationError, match="watchdog after 3000 cycles"):
        recorded(tmp_path / "nothing.fst", branch="template", steps="E")


@pytest.mark.long
def test_a_whole_run_as_vcd(tmp_path):
    """From start to done; without the packages that FST needs."""
    recording = recorded(tmp_path / "whole.vcd", branch="template")
    wave = pywellen.Waveform(str(tmp_path / "whole.vcd"))
    ticks = [time for time, value in changes(wave, "clk") if value]
    assert ticks == list(range(PLANS["template"].predicted_cycles + 1))
    assert [value for _, value in changes(wave, "done")] == [0, 1]
    assert changes(wave, "done")[1][0] == recording.last


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", (0, 0)),
        ("3..5", (3, 5)),
        ("P1+P2.dw", (0, 3)),
        ("P1+P2.dw@2", (2, 2)),
        ("P1+P2.dw@1..M1.local", (1, 6)),
        ("P1+P2.dw@3..response", (3, 22)),
        ("response@1", (19, 19)),
    ],
)
def test_steps_are_named_or_numbered(text, expected):
    assert select_steps(PLANS["search"], text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("23", "step 23: the search branch has steps 0 to 22"),
        ("M9", r"step 'M9': must be a number or a step of the search branch: P1\+P2.dw, P2.pw\+D1.dw, D1.pw"),
        ("template", "step 'template': must be"),
        ("", "step '': must be"),
        ("3..", "step '': must be"),
        ("-1", "step '-1': must be"),
        ("P1+P2.dw@4", r"step P1\+P2.dw@4: P1\+P2.dw runs 4 times, @0 to @3"),
        ("P1+P2.dw@x", r"P1\+P2.dw runs 4 times"),
        ("5..3", "steps 5..3: the last one must not run before the first"),
        ("E..M1.local", "must not run before the first"),
    ],
)
def test_bad_steps_are_refused(text, message):
    with pytest.raises(InputError, match=message):
        select_steps(PLANS["search"], text)


def test_cycles_of_all_steps_fill_the_run():
    """Each begins in the cycle after the one before has ended; the last ends with the run's last step."""
    plan = PLANS["search"]
    spans = [cycles_of(plan, index, index) for index in range(len(step_names(plan)))]
    assert all(begin == end + 1 for (_, end), (begin, _) in pairwise(spans))
    assert cycles_of(plan, 2, 9) == (spans[2][0], spans[9][1])
    assert spans[-1][1] == plan.predicted_cycles - 1


def command(*options: str) -> list[str]:
    return ["simulate", "--network", "tiny", "--accelerator", "tiny", *map(str, options)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--waves", "x.fst", "--wave-steps", "M9"], "step 'M9': must be a number or a step of the search"),
        (["--waves", "x.fst", "--wave-branch", "both"], "argument --wave-branch: invalid choice: 'both'"),
        (["--waves", "x.ghw"], "x.ghw: must end in .fst, .vcd"),
        (["--waves", "nowhere/x.fst"], "nowhere/x.fst: cannot be written (No such file or directory)"),
        (["--wave-steps", "1"], "--wave-steps needs --waves FILE"),
        (["--wave-branch", "search"], "--wave-branch needs --waves FILE"),
    ],
)
def test_bad_options_end_in_one_line(options, message, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        raise SystemExit(main(command(*options)))
    lines = capsys.readouterr().err.strip().splitlines()
    assert end.value.code == 2 and len(lines) == 1 and message in lines[0]
    assert not list(tmp_path.iterdir())


def test_a_missing_package_is_named(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(waves, "_HEADERS", {"no_such_header.h": "libno-dev"})
    assert main(command("--waves", tmp_path / "x.fst")) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "waveforms as .fst need libno-dev: sudo apt-get install -y libno-dev; or name a .vcd" in line
    assert not list(tmp_path.iterdir())
    check_waves(".vcd")


@needs_lz4
def test_the_command_writes_the_waveform_and_its_views(tmp_path, capsys):
    file = tmp_path / "token.fst"
    assert main(command("--waves", file, "--wave-steps", "M1.token", "--wave-branch", "template")) == 0
    program = PLANS["template"]
    names = [program.steps[index].name for index, _ in program.executions]
    first, last = cycles_of(program, names.index("M1.token"), names.index("M1.token"))
    out = capsys.readouterr().out
    assert "every tensor equals golden" in out
    assert f"cycles {first:,} to {last:,} of the template branch, 1 step" in out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["token.fst", "token.gtkw", "token.sucl"]
    assert f'"{file}"' in file.with_suffix(".gtkw").read_text()
    ticks = [time for time, value in changes(pywellen.Waveform(str(file)), "clk") if value]
    assert len(ticks) == last - first + 1
