"""Compiles Verilog and the harness into a simulator, once per content."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import cocotb_tools.config
import cocotb_tools.runner
import find_libpython

from siammixer.driver.errors import CoreError
from siammixer.ir.errors import InputError
from siammixer.ir.files import naming
from siammixer.sim.cache import cache_folder
from siammixer.sim.once import built_once, check_folder, removed, require_space, to_stderr
from siammixer.sim.ports import CORE_HEADER, core_header
from siammixer.sim.verilator import keep_objects, mend_toolchain, verilator

HARNESS = Path(__file__).with_name("harness.sv")
PYTHON_SIGNALS = ("request", "served", "failed")
"""What the harness shows to Python; all else stays private, so that Verilator can optimise it."""

ARGUMENTS = (
    "--assert",
    "--no-public-flat-rw",
    "-O3",
    *("--x-assign", "unique", "--x-initial", "unique"),
    # Files small enough that all cores compile and that none exhausts the memory.
    *("--output-split", "4000", "--output-split-cfuncs", "1000"),
    # It would name temporaries by instance: equal modules' functions would no longer be equal, and stand
    # once.
    "-fno-dfg-scoped",
    "-Wno-fatal",
)
"""Verilator's, for every harness; docs/simulation.md tells what else was tried."""

_ARGUMENTS = ("--timing", *ARGUMENTS)


class SimulationError(CoreError):
    """A simulator that could not be built or did not finish, with the message that says why."""


class BuildError(SimulationError):
    """A simulator that could not be built: by this machine, as far as our designs go."""


@dataclass(frozen=True)
class Binary:
    """A compiled simulator.

    Parameters
    ----------
    folder
        Where it lies: the program under the name ``top``, ``design.v``, ``build.log``.
    top
        Name of the top module.
    trace_bytes
        Bytes of the trace that it records; 0 where it records none.
    build_seconds
        Wall time of the build; 0 where it was already there.
    """

    folder: Path
    top: str
    trace_bytes: int = 0
    build_seconds: float = 0.0


class _Runner(cocotb_tools.runner.Verilator):
    """cocotb's runner with the private Verilator instead of one from PATH."""

    def _simulator_in_path_build_only(self) -> None:
        self.executable = str(verilator())


def build(
    verilog: str,
    *,
    trace_bytes: int = 0,
    parameters: Mapping[str, int] | None = None,
    harness: Path = HARNESS,
    top: str = "harness",
    public: Sequence[str] = PYTHON_SIGNALS,
    cache: Path | None = None,
    progress: Callable[[str], None] = to_stderr,
) -> Binary:
    """The simulator of ``verilog`` under ``harness``; compiled unless the same content was before.

    The key covers both texts, the parameters, the flags, and the versions and places of Verilator
    and cocotb. Processes that want the same simulator at the same time wait for the first.

    Parameters
    ----------
    trace_bytes
        For the harness of the core: bytes of its ``trace.data``
        (:func:`siammixer.arch.interface.trace_bytes_of`).
    parameters
        The parameters of the top module, where the harness has any.
    public
        Signals of the top module that Python sees.

    Raises
    ------
    InputError
        Where the system lacks a compiler, make or Python's shared library.
    BuildError
        Where Verilator or the compiler refuses; names the log.
    """
    if find_libpython.find_libpython() is None:
        package = f"libpython{sys.version_info.major}.{sys.version_info.minor}"
        raise InputError(f"the simulator needs {package}: sudo apt-get install -y {package}")
    cache = cache_folder() if cache is None else cache
    check_folder(cache)
    parameters = dict(parameters or {})
    generated = {CORE_HEADER: core_header(trace_bytes)} if harness == HARNESS else {}
    parts = (
        verilog,
        generated,
        harness.read_text(),
        top,
        sorted(parameters.items()),
        _ARGUMENTS,
        tuple(public),
        _repeated_modules(verilog),
    )
    tools = (str(verilator()), importlib.metadata.version("cocotb"), str(cocotb_tools.config.libs_dir))
    folder, seconds = built_once(
        cache,
        (parts, tools),
        lambda folder: _compile(folder, verilog, harness, generated, top, parameters, public),
        progress,
    )
    return Binary(folder, top, trace_bytes, seconds)


def _compile(
    folder: Path,
    verilog: str,
    harness: Path,
    generated: Mapping[str, str],
    top: str,
    parameters: Mapping[str, int],
    public: Sequence[str],
) -> None:
    control = [f'public_flat_rw -module "{top}" -var "{name}"' for name in public]
    with drafted(folder, verilog, [harness], control, generated) as draft:
        runner = _Runner()
        runner.log.propagate = False
        runner.build(
            sources=[
                cocotb_tools.runner.VerilatorControlFile(draft / "control.vlt"),
                cocotb_tools.runner.Verilog(draft / "design.v"),
                cocotb_tools.runner.Verilog(draft / harness.name),
            ],
            includes=[draft],
            hdl_toplevel=top,
            parameters=parameters,
            build_args=list(_ARGUMENTS),
            build_dir=draft / "objects",
            timescale=("1ns", "1ns"),
            log_file=draft / "build.log",
        )
        (draft / "objects" / top).rename(draft / top)


@contextmanager
def drafted(
    folder: Path,
    verilog: str,
    sources: Iterable[Path],
    control: Iterable[str] = (),
    generated: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Path]:
    """A draft of ``folder`` to build in; only a complete simulator gets its final name. The toolchain is
    mended before, where something in it has been damaged.

    The draft holds ``design.v``, copies of ``sources``, the texts ``generated`` by their files' names,
    ``control.vlt`` (with the lines ``control``) and the folder ``objects``, which is removed at the end. The
    compiler's words belong into ``build.log``.

    Raises
    ------
    SimulationError
        In place of one of the block, and BuildError in place of another RuntimeError or a CalledProcessError;
        names the log, which is kept.
    InputError
        Where the disk is full.
    """
    mend_toolchain()
    draft = folder.with_suffix(".draft")
    removed(draft)
    with naming(draft):
        _fill(draft, verilog, sources, control, generated)
    try:
        yield draft
    except (RuntimeError, subprocess.CalledProcessError) as error:
        failed = folder.with_suffix(".failed.log")
        if (draft / "build.log").exists():
            shutil.move(draft / "build.log", failed)
        removed(draft)
        log = failed.read_text(errors="replace") if failed.exists() else ""
        require_space(log, draft.parent)
        text, log_name = "the simulator could not be built: ", f"(whole log: {failed})"
        if isinstance(error, SimulationError):  # of a run that it was to be laid out by
            raise SimulationError(f"{text}{error} {log_name}") from error
        raise BuildError(f"{text}{_first_error(log)} {log_name}") from error
    except BaseException:  # an interrupt, or a full disk
        removed(draft)
        raise
    removed(draft / "objects")
    keep_objects()
    draft.rename(folder)


def _fill(
    draft: Path, verilog: str, sources: Iterable[Path], control: Iterable[str], generated: Mapping[str, str]
) -> None:
    (draft / "objects").mkdir(parents=True)
    (draft / "design.v").write_text(verilog)
    for source in sources:
        shutil.copyfile(source, draft / source.name)
    for name, text in generated.items():
        (draft / name).write_text(text)
    lines = ["`verilator_config", *control, *_repeated_modules(verilog), 'lint_off -file "*design.v"']
    (draft / "control.vlt").write_text("\n".join(lines) + "\n")


def _repeated_modules(verilog: str) -> list[str]:
    """Control lines that keep large modules with many instances together.

    Verilator would dissolve them and mix their parts. Kept as modules, with inputs that it may not
    replace by what drives them, an instance's state and code lie close together in the processor's
    caches: an array of lanes simulates 1.5 times as fast.
    """
    bodies = dict(re.findall(r"^module \\?(\S+) (.*?)^endmodule", verilog, re.MULTILINE | re.DOTALL))
    instances = Counter(re.findall(r"^  \\?(\S+) +\S+ \($", verilog, re.MULTILINE))
    lines = []
    for name in (
        name for name, count in instances.items() if count >= 4 and bodies.get(name, "").count("\n") >= 100
    ):
        inputs = [
            port
            for port in re.findall(r"^  input (?:\[\d+:0\] )?(\w+) ?;$", bodies[name], re.MULTILINE)
            if port not in ("clk", "rst")
        ]
        lines.append(f'no_inline -module "{name}"')
        lines += [f'public_flat_rw -module "{name}" -var "{port}"' for port in inputs]
    return lines


def _first_error(log: str) -> str:
    lines = log.splitlines()
    return next(
        (line.strip() for line in lines if "error" in line.lower()), lines[-1] if lines else "no output"
    )
