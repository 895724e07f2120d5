"""Files are written whole or not at all; limits on their size stand for full disks."""

import os
import resource
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from siammixer.ir import files
from siammixer.ir.errors import InputError
from siammixer.ir.files import naming, whole_file, write_draft, write_whole


@pytest.fixture
def little_room():
    """No file of this process may have more than 1000 bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, ignored)


def test_a_block_that_ends_well(tmp_path):
    with whole_file(tmp_path / "a.json") as draft:
        assert draft.parent == tmp_path and draft.suffix == ".json" and draft.name.startswith(".")
        assert not (tmp_path / "a.json").exists()
        write_draft(draft, "ä")
    assert (tmp_path / "a.json").read_bytes() == "ä".encode() and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_block_that_fails_leaves_what_was_there(error, tmp_path):
    (tmp_path / "a").write_text("before")
    with suppress(error), whole_file(tmp_path / "a") as draft:
        write_draft(draft, "half")
        raise error
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


@pytest.mark.parametrize("content", ["x" * 2000, b"x" * 2000])
def test_a_full_disk(content, tmp_path, little_room):
    (tmp_path / "a").write_text("before")
    with pytest.raises(InputError, match=r"/a: cannot be written \(File too large\)"):
        write_whole(tmp_path / "a", content)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


def test_the_error_names_the_file_whose_disk_is_full(tmp_path, little_room):
    """The inner one, although the outer one's block is ended by it too."""
    with (
        pytest.raises(InputError, match="/outer: cannot be written"),
        whole_file(tmp_path / "outer") as outer,
        whole_file(tmp_path / "inner"),
    ):
        write_draft(outer, b"x" * 2000)
    assert list(tmp_path.iterdir()) == []


def test_other_errors_stay_what_they_are(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"), whole_file(tmp_path / "a"):
        open(tmp_path / "nowhere").close()
    with pytest.raises(OSError) as found, naming(tmp_path / "b"):
        raise OSError(28, "No space left on device")
    assert found.value.filename == str(tmp_path / "b")


def test_a_link_and_permissions_stay(tmp_path):
    (tmp_path / "there").write_text("before")
    (tmp_path / "there").chmod(0o640)
    (tmp_path / "link").symlink_to(tmp_path / "there")
    write_whole(tmp_path / "link", "after")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "there").read_text() == "after"
    assert (tmp_path / "there").stat().st_mode & 0o777 == 0o640


def test_a_name_as_long_as_can_be(tmp_path):
    write_whole(tmp_path / ("ü" * 120 + ".json"), "")
    assert len(list(tmp_path.iterdir())) == 1


def test_devices_are_written_to_and_not_replaced():
    write_whole("/dev/null", "x")
    with pytest.raises(InputError, match=r"/dev/full: cannot be written \(No space left on device\)"):
        write_whole("/dev/full", "x")
    assert not any(os.path.isfile(path) for path in ("/dev/null", "/dev/full"))


def test_a_pipe_is_written_to(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_whole(tmp_path / "pipe", "x")
    assert os.read(reader, 10) == b"x"
    os.close(reader)


@pytest.mark.parametrize(
    "path, message",
    [("", "must have a name"), (".", "is a folder"), ("nowhere/a", "No such file or directory")],
)
def test_what_cannot_be_written_is_refused_at_once(path, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message), whole_file(path):
        raise AssertionError("the work began")


def test_two_outputs_of_one_name(tmp_path):
    with (
        pytest.raises(InputError, match="is named for two outputs"),
        whole_file(tmp_path / "a"),
        whole_file(tmp_path / "." / "a"),
    ):
        raise AssertionError("the work began")
    assert list(tmp_path.iterdir()) == []


def test_a_stream_that_leads_to_a_file_goes_on_where_it_was(tmp_path):
    """The content stands between what was printed before and after."""
    code = (
        "import sys; from siammixer.ir.files import write_whole; print('before', flush=True); "
        "write_whole('/dev/stdout', 'content\\n'); print('after', flush=True)"
    )
    with open(tmp_path / "out.txt", "w") as out:
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True)
    assert (tmp_path / "out.txt").read_text() == "before\ncontent\nafter\n"


def test_a_pipe_that_nobody_reads_is_no_error():
    """A reader that has seen enough, such as head: other outputs must not suffer by it."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        write_whole(f"/dev/fd/{writer}", "content")
    finally:
        os.close(writer)


def test_a_signal_while_the_draft_is_made_leaves_none(monkeypatch, tmp_path):
    def begin(draft, wanted):
        draft.open("xb").close()
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "_begin", begin)
    with pytest.raises(KeyboardInterrupt), whole_file(tmp_path / "x.json"):
        pass
    assert list(tmp_path.iterdir()) == []
