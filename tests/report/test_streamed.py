"""Lines that stand in a file as soon as they are written."""

import os
import subprocess
import sys
import threading

import pytest

from siammixer.ir.errors import InputError
from siammixer.report.streamed import streamed_file


def test_lines_stand_at_once_and_stay(tmp_path):
    path = tmp_path / "a.txt"
    with pytest.raises(ZeroDivisionError), streamed_file(str(path)) as file:
        file.write("one\n")
        assert path.read_text() == "one\n"
        file.write("two\n")
        raise ZeroDivisionError
    assert path.read_text() == "one\ntwo\n"


@pytest.mark.parametrize("before", [None, "old\n"])
def test_without_a_line_nothing_changes(before, tmp_path):
    path = tmp_path / "a.txt"
    if before:
        path.write_text(before)
    with streamed_file(str(path)):
        pass
    assert (path.read_text() if path.exists() else None) == before


def test_wrong_lines_are_removed(tmp_path):
    with streamed_file(str(tmp_path / "a.txt")) as file:
        file.write("one\n")
        file.close(remove=True)
    assert not list(tmp_path.iterdir())


def test_none():
    with streamed_file(None) as file:
        assert file is None


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (".", r"\.: is a folder"),
        ("", "an empty name: is a folder"),
        (
            "nowhere/a.txt",
            r"nowhere/a\.txt: cannot be written \(No such file or directory\); its folder must",
        ),
    ],
)
def test_refused_at_once(path, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message), streamed_file(path):
        pass


def test_a_full_disk():
    with pytest.raises(InputError, match=r"^/dev/full: cannot be written \(No space left on device\)$"):
        with streamed_file("/dev/full") as file:
            file.write("one\n")


def test_the_reader_of_a_pipe_may_go(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    def read_a_line():
        with open(tmp_path / "pipe") as file:
            file.readline()

    reader = threading.Thread(target=read_a_line)
    reader.start()
    with streamed_file(str(tmp_path / "pipe")) as file:
        file.write("one\n")
        reader.join()
        with pytest.raises(BrokenPipeError):
            file.write("two\n")


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1"])
def test_a_stream_goes_on_where_it_is(name, tmp_path):
    """Also where it leads to a file, which has what was printed before and gets what is printed after."""
    script = (
        "from siammixer.report.streamed import streamed_file\n"
        "print('before', flush=True)\n"
        f"with streamed_file({name!r}) as file: file.write('line\\n')\n"
        "print('after')"
    )
    with open(tmp_path / "out", "w") as out:
        subprocess.run([sys.executable, "-c", script], stdout=out, check=True)
    assert (tmp_path / "out").read_text() == "before\nline\nafter\n"


def test_a_full_disk_leaves_whole_lines(tmp_path):
    """The line that finds no room is taken back: what reads the file by lines never meets a half one."""
    program = (
        "import resource, sys\n"
        "from siammixer.report.streamed import streamed_file\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "with streamed_file(sys.argv[1]) as file:\n"
        "    for index in range(50):\n"
        "        file.write(f'line {index:02d}, rather long\\n')\n"
    )
    for path, text in ((tmp_path / "a.txt", None), (tmp_path / "b.txt", "before\n")):
        if text:
            path.write_text(text)
        done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True)
        assert f"{path}: cannot be written (File too large)" in done.stderr
        assert path.read_text() == "".join(f"line {index:02d}, rather long\n" for index in range(4))
    with (tmp_path / "c.txt").open("w") as out:
        subprocess.run([sys.executable, "-c", program, "/dev/stdout"], stdout=out, stderr=subprocess.DEVNULL)
    assert (tmp_path / "c.txt").read_text().endswith("line 03, rather long\n")


def test_a_disk_that_is_full_from_the_start_leaves_no_file(tmp_path):
    program = (
        "import resource, sys\n"
        "from siammixer.report.streamed import streamed_file\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (3, 3))\n"
        "with streamed_file(sys.argv[1]) as file:\n"
        "    file.write('a line\\n')\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "a.txt")], capture_output=True)
    assert b"cannot be written" in done.stderr and not list(tmp_path.iterdir())
