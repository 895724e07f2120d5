"""The tools' ends that are not good: each is one line that names the log."""

import subprocess
from types import SimpleNamespace

import pytest

from siammixer.boards.tools import run_tool
from siammixer.ir.errors import InputError


@pytest.mark.parametrize(
    ("status", "printed", "message"),
    [
        (
            1,
            "Info: packing\nERROR: no room for cell x\n\n1 warning\n",
            r"^yosys failed: ERROR: no room for cell x \(log: .*yosys.log\)$",
        ),
        (
            1,
            "Traceback\nModuleNotFoundError: none\n",
            r"^yosys failed: ModuleNotFoundError: none \(log: .*yosys.log\)$",
        ),
        (1, "", r"^yosys failed: no output \(log: .*yosys.log\)$"),
        (-9, "Info: placing\n", r"^yosys was ended by signal 9 \(log: .*yosys.log\)$"),
    ],
)
def test_a_bad_end_says_why(status, printed, message, monkeypatch, tmp_path):
    def run(command, *, cwd, stdout, **options):
        stdout.write(printed)
        return SimpleNamespace(returncode=status)

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(InputError, match=message):
        run_tool("yosys", [], tmp_path, "yosys.log")
