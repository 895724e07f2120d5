"""The private Verilator: damaged parts are made anew, and a compiler that does not answer is one sentence."""

import pytest

from siammixer.ir.errors import InputError
from siammixer.sim.once import require_space
from siammixer.sim.verilator import keep_objects, mend_toolchain, verilator


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("SIAMMIXER_CACHE", str(tmp_path))
    return verilator().parent.parent


def content(root):
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_damaged_files_are_mended(root):
    whole = content(root)
    (root / "bin/verilator").write_text("")
    (root / "bin/compile").chmod(0o644)
    (root / "include/verilated.mk").write_text("damaged")
    (root / "include/verilated.h").unlink()
    (root / "bin/verilator_bin").unlink()
    (root / "bin/verilator_bin").write_text("")
    mend_toolchain()
    assert content(root) == whole and (root / "bin/compile").stat().st_mode & 0o111


def test_damaged_objects_are_compiled_again(root):
    for name in ("whole", "changed", "emptied"):
        (root / f"objects/{name}.o").write_bytes(b"\x7fELF and more")
    keep_objects()
    (root / "objects/changed.o").write_bytes(b"\x7fELF and else")
    (root / "objects/emptied.o").write_bytes(b"")
    (root / "objects/new.o").write_bytes(b"\x7fELF of another process")
    (root / "objects/new and emptied.o").write_bytes(b"")
    mend_toolchain()
    assert {path.name for path in (root / "objects").iterdir()} == {"whole.o", "new.o"}


def test_a_compiler_that_does_not_answer(tmp_path, monkeypatch):
    for name in ("g++", "make"):
        (tmp_path / name).write_text("#!/bin/sh\necho 'no licence' >&2\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(InputError, match=r"needs GCC's g\+\+, and .*/g\+\+ does not answer: no licence"):
        verilator(tmp_path)


@pytest.mark.parametrize(
    "log", ["cc1plus: No space left on device", "ar: File too large", "ended by signal SIGXFSZ"]
)
def test_a_tool_that_failed_for_want_of_space(log, tmp_path):
    require_space("error: a semicolon is missing", tmp_path)
    with pytest.raises(InputError, match="cannot be written"):
        require_space(log, tmp_path)
