"""A system that runs the core: PicoRV32 with firmware in C over the driver, in Verilator, beside golden.

``python -m siammixer.delivery.system`` tracks some frames of the rendered clip with it.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from siammixer.arch.accelerator import Accelerator, find_accelerator
from siammixer.compiler.program import Program
from siammixer.delivery.c_driver_files import c_driver_files, c_network
from siammixer.driver.planner import plan_branches
from siammixer.golden.engine import GoldenEngine
from siammixer.golden.response import cells
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.weights import Weights, load_weights
from siammixer.rtl.bus.axi_core import AxiSiamMixer
from siammixer.sim.axi import MODULE
from siammixer.sim.build import ARGUMENTS, Binary, SimulationError, built_once, drafted
from siammixer.sim.verilator import verilator
from siammixer.sim.verilog import cached_verilog
from siammixer.tracking.clip import Clip
from siammixer.tracking.crop import CENTRE_BITS, in_units
from siammixer.tracking.fixed import ONE
from siammixer.tracking.tracker import State, Tracker

FOLDER = Path(__file__).with_name("soc")
COMPILER = "riscv64-unknown-elf-gcc"
_FLAGS = (
    *("-march=rv32im", "-mabi=ilp32", "-ffreestanding", "-nostdlib", "-O2"),
    *("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"),
)
_JOB_WORD = 1 << 18  # the job's place in memory, in words: see firmware.c
_RAM_WORDS = 1 << 20
_STATE_WORDS = 6


@dataclass(frozen=True, kw_only=True)
class SystemResult:
    """The outcome of a system's run.

    Parameters
    ----------
    passes, frames
        Search passes whose responses equal golden's, and frames whose boxes do.
    cycles
        All clock cycles, from the reset to the firmware's end.
    problems
        What differed from golden, in words.
    """

    passes: int
    frames: int
    cycles: int
    problems: tuple[str, ...]


def missing_tools() -> str:
    """The tools that a system needs and that are missing, in words; empty where none is."""
    if shutil.which(COMPILER) is None:
        return f"needs {COMPILER}: sudo apt-get install -y gcc-riscv64-unknown-elf"
    if importlib.util.find_spec("pythondata_cpu_picorv32") is None:
        return "needs pythondata-cpu-picorv32, of the extra test"
    return ""


def run_system(
    network: Network,
    weights: Weights,
    accelerator: Accelerator,
    frames: int,
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> SystemResult:
    """Runs the system over the rendered clip, and compares everything that it logs with golden.

    Parameters
    ----------
    network, weights, accelerator
        What runs.
    frames
        Frames after the first that are tracked; 0 sets the template and searches one crop.

    Raises
    ------
    InputError
        Where a tool is missing.
    SimulationError
        Where the simulator cannot be built or stops, or the firmware gives up.
    """
    missing = missing_tools()
    if missing:
        raise InputError(f"the system {missing}")
    program = plan_branches(network, accelerator, None, weights)
    expected = _follow(GoldenEngine(network, weights), frames)
    binary = _simulator(accelerator, progress)
    with tempfile.TemporaryDirectory(prefix="siammixer-system-") as name:
        folder = Path(name)
        image = _firmware(folder, program, weights)
        job = expected.job(program)
        if _JOB_WORD + len(job) > _RAM_WORDS:
            raise InputError(f"the job must be at most {_RAM_WORDS - _JOB_WORD} words, not {len(job)}")
        (folder / "ram.hex").write_text(f"@0\n{_hexadecimal(image)}@{_JOB_WORD:x}\n{_hexadecimal(job)}")
        limit = 20 * (len(expected.crops) + 4) * program["search"].predicted_cycles + 10_000_000
        done = subprocess.run(
            [binary.folder / binary.top, str(limit), "+ram=ram.hex"],
            cwd=folder,
            capture_output=True,
            text=True,
        )
    return expected.compared(done.stdout.splitlines())


class _Followed:
    """A clip as golden tracks it: crops, responses and states, in their order."""

    def __init__(self, engine: GoldenEngine):
        self.network, self.name, self._engine = engine.network, engine.name, engine
        self.template = np.zeros(0, np.uint8)
        self.crops: list[np.ndarray] = []
        self.responses_: list[np.ndarray] = []
        self.states: list[State] = []
        self.box = (0, 0, 0, 0)
        self.size = (0, 0)

    def set_template(self, crop: np.ndarray) -> None:
        """As an engine of the tracker."""
        self.template = crop
        self._engine.set_template(crop)

    def responses(self, crops: np.ndarray) -> np.ndarray:
        """As an engine of the tracker."""
        found = self._engine.responses(crops)
        self.crops += list(crops)
        self.responses_ += [cells(one) for one in found]
        return found

    def close(self) -> None:
        """There is nothing to release."""

    def job(self, program: Program) -> np.ndarray:
        """uint32: the firmware's job."""
        template = np.frombuffer(self.template.tobytes() + bytes(-self.template.size % 4), "<u4")
        head = [len(self.crops), len(self.states), *self.box, *self.size, len(template)]
        windows = [None] * (len(self.crops) - len(self.states)) + [state.window for state in self.states]
        parts = [np.array(head, "<u4"), template]
        for window, crop in zip(windows, self.crops, strict=True):
            place = (window.x, window.y, window.step) if window else (0, 0, 0)
            parts.append(np.array(place, "<i4").view("<u4"))
            parts.append(program["search"].pixels(crop) @ np.array([1, 1 << 8, 1 << 16], "<u4"))
        return np.concatenate(parts).astype("<u4")

    def compared(self, lines: list[str]) -> SystemResult:
        """The words that the system logged beside those that golden found."""
        words = [int(line.split()[1], 16) for line in lines if line.startswith("log ")]
        end = lines[-1].split() if lines else ["nothing"]
        if end[:2] != ["exit", "0"]:
            raise SimulationError(f"the firmware gave up: {' '.join(end)}")
        logged, problems = iter(np.array(words, "<u4").view("<i4").tolist()), []
        passes = frames = 0
        first = len(self.crops) - len(self.states)
        for number, response in enumerate(self.responses_):
            if list(islice(logged, len(response))) == response.tolist():
                passes += 1
            else:
                problems.append(f"pass {number}: the response differs from golden's")
            if number >= first:
                state = self.states[number - first]
                found, due = list(islice(logged, _STATE_WORDS)), _state_words(state)
                frames += found == due
                if found != due:
                    problems.append(f"frame {number - first}: {found}, golden {due}")
        return SystemResult(passes=passes, frames=frames, cycles=int(end[3]), problems=tuple(problems))


def _hexadecimal(words: np.ndarray) -> str:
    return "".join(f"{word:08x}\n" for word in words.tolist())


def _state_words(state: State) -> list[int]:
    """Centre, width, height, confidence and lost, as the C tracker has them."""
    box, unit = state.box, 2**CENTRE_BITS
    places = (box.x + box.width / 2, box.y + box.height / 2, box.width, box.height)
    return [*(round(place * unit) for place in places), round(state.confidence * ONE), int(state.lost)]


def _follow(engine: GoldenEngine, frames: int) -> _Followed:
    """Golden's tracker over the rendered clip."""
    followed, clip = _Followed(engine), Clip(frames=max(2, frames + 1))
    tracker, box = Tracker(followed), clip.box(0)
    assert box is not None  # the clip's target is always in sight
    image = clip.image(0)
    tracker.init(image, box)
    followed.box, followed.size = in_units(box), (image.shape[1], image.shape[0])
    followed.states = [tracker.update(clip.image(index)) for index in range(1, frames + 1)]
    if not frames:
        del followed.crops[1:], followed.responses_[1:]
    return followed


def _firmware(folder: Path, program: Program, weights: Weights) -> np.ndarray:
    """uint32: the firmware as it lies in memory, compiled in a folder."""
    files = c_driver_files(program.accelerator) | c_network(program, weights)
    for name, text in files.items():
        (folder / name).write_text(text)
    sources = [name for name in files if name.endswith(".c")]
    command = [
        COMPILER,
        *_FLAGS,
        *("-I", ".", "-T", str(FOLDER / "link.ld"), "-o", "firmware.elf"),
        *map(str, (FOLDER / "start.S", FOLDER / "firmware.c")),
        *(*sources, "-lgcc"),
    ]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
        copy = [COMPILER.replace("gcc", "objcopy"), "-O", "binary", "firmware.elf", "firmware.bin"]
        subprocess.run(copy, cwd=folder, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        raise SimulationError(f"the firmware could not be compiled: {error.stderr[:500]}") from error
    data = (folder / "firmware.bin").read_bytes()
    return np.frombuffer(data + bytes(-len(data) % 4), "<u4")


def _simulator(accelerator: Accelerator, progress: Callable[[str], None]) -> Binary:
    """The compiled simulator of the whole system; built where its sources changed."""
    import pythondata_cpu_picorv32

    verilog = cached_verilog(lambda: AxiSiamMixer(accelerator), MODULE, accelerator)
    sources = [FOLDER / "soc.v", FOLDER / "main.cpp"]
    sources.append(Path(pythondata_cpu_picorv32.data_file("picorv32.v")))
    parts = ("system", verilog, [file.read_text() for file in sources], ARGUMENTS, str(verilator()))

    def compile_system(folder: Path) -> None:
        with drafted(folder, verilog, sources) as draft:
            command = [
                *(str(verilator()), "--cc", "--exe", "--build", "-j", str(os.cpu_count())),
                *("--top-module", "soc", "--prefix", "Vsoc", "--Mdir", "objects", "-o", "soc"),
                *ARGUMENTS,
                *("control.vlt", "design.v", "soc.v", "picorv32.v", str(draft / "main.cpp")),
            ]
            with (draft / "build.log").open("w") as log:
                subprocess.run(command, cwd=draft, stdout=log, stderr=log, check=True)
            (draft / "objects" / "soc").rename(draft / "soc")

    folder, seconds = built_once(None, parts, compile_system, progress)
    return Binary(folder, "soc", build_seconds=seconds)


def main(arguments: list[str]) -> int:
    """Runs the system as the arguments say; 0 where everything equals golden."""
    parser = argparse.ArgumentParser(prog="python -m siammixer.delivery.system", description=__doc__)
    parser.add_argument("--network", default="tiny")
    parser.add_argument("--accelerator", default="tiny")
    parser.add_argument("--frames", type=int, default=10, help="0: template and one search crop only")
    chosen = parser.parse_args(arguments)
    try:
        network = find_network(chosen.network)
        result = run_system(
            network,
            load_weights(network),
            find_accelerator(chosen.accelerator),
            chosen.frames,
            progress=lambda line: print(line, file=sys.stderr),
        )
    except (InputError, SimulationError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{result.passes} responses and {result.frames} boxes equal golden, {result.cycles:,} cycles")
    for problem in result.problems:
        print(problem)
    return 1 if result.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
