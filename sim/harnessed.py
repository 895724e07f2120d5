"""Simulators without Python inside: a design under a C++ harness of its own, in a process that stays."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from siammixer.sim.build import ARGUMENTS, Binary, SimulationError, built_once, drafted
from siammixer.sim.verilator import verilator

PIPES = Path(__file__).with_name("pipes.h")


def build_harnessed(
    top: str, verilog: str, harness: Path, *, progress: Callable[[str], None] = lambda _: None
) -> Binary:
    """The simulator of a design under a harness that includes ``V<top>.h`` and ``pipes.h``; compiled unless
    the same content was before.

    Parameters
    ----------
    top
        Name of the top module and of the program.

    Raises
    ------
    InputError
        Where the system lacks a compiler or make.
    SimulationError
        Where Verilator or the compiler refuses; names the log.
    """
    files = [harness, PIPES]
    parts = (top, verilog, [file.read_text() for file in files], ARGUMENTS, str(verilator()))

    def compile_in(folder: Path) -> None:
        with drafted(folder, verilog, files) as draft:
            command = [
                *(str(verilator()), "--cc", "--exe", "--build", "-j", str(os.cpu_count())),
                *("--top-module", top, "--prefix", f"V{top}", "--Mdir", "objects", "-o", top),
                *ARGUMENTS,
                *("control.vlt", "design.v", str(draft / harness.name)),
            ]
            with (draft / "build.log").open("w") as log:
                subprocess.run(command, cwd=draft, stdout=log, stderr=log, check=True)
            (draft / "objects" / top).rename(draft / top)

    folder, seconds = built_once(None, parts, compile_in, progress)
    return Binary(folder, top, build_seconds=seconds)


class HarnessedSimulator:
    """A running simulator, which keeps what it holds from request to request; it ends with :meth:`close`, or
    with the first request that fails.

    Parameters
    ----------
    binary
        Made by :func:`build_harnessed`.
    """

    def __init__(self, binary: Binary):
        self._messages = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [binary.folder / binary.top],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._messages,
            process_group=0,  # Ctrl-C is answered by us alone
        )

    def ask(self, request: Sequence[bytes]) -> None:
        """Sends a request and waits until its answer begins.

        Raises
        ------
        SimulationError
            The request failed, or the process has ended.
        """
        assert self._process.stdin is not None  # a pipe
        try:
            for part in request:
                self._process.stdin.write(part)
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError):
            raise SimulationError(self._cause()) from None
        failed = int.from_bytes(self.receive(4), "little")
        if failed:
            raise SimulationError(f"the simulator stopped: {self.receive(failed).decode()}")

    def receive(self, size: int) -> bytes:
        """The next bytes of the answer.

        Raises
        ------
        SimulationError
            The process has ended.
        """
        assert self._process.stdout is not None  # a pipe
        found = self._process.stdout.read(size)
        if len(found) < size:
            raise SimulationError(self._cause())
        return found

    def _cause(self) -> str:
        """Why the process has ended."""
        code = self._process.wait()
        self._messages.seek(0)
        words = self._messages.read().decode(errors="replace").strip()
        return f"the simulator stopped (exit status {code}): {words or 'no reason'}"

    def close(self) -> None:
        """Ends the process, also in the middle of a request."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(BrokenPipeError):  # of a request that was still on its way
                    pipe.close()
        if not self._messages.closed:
            self._messages.close()

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
