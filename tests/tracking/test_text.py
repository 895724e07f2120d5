"""Text files in every encoding that people's editors write."""

import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.text import composed, printable, read_lines

TEXT = "Übung 1\n2,3"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        *(TEXT.encode(f"utf-{bits}") for bits in (16, 32)),
        *(f"\ufeff{TEXT}".encode(f"utf-{bits}-be") for bits in (16, 32)),
        *(TEXT.encode(f"utf-{bits}-{end}") for bits in (16, 32) for end in ("le", "be")),
        TEXT.encode("latin-1"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode() + b"\r",
        TEXT.replace("\n", "\r\r\n").encode(),
        TEXT.encode() + b"\r\n\r\n \n\x1a",
    ],
)
def test_encodings_and_ends_of_lines(data, tmp_path):
    (tmp_path / "list.txt").write_bytes(data)
    assert read_lines(tmp_path / "list.txt", "names") == ["Übung 1", "2,3"]


@pytest.mark.parametrize("data", [b"\x00\x01\x02\x03", b"\xff\xfe\x00", b"a\x81b", b"\x89PNG\r\n\x1a\n\0\0"])
def test_no_text(data, tmp_path):
    (tmp_path / "list.txt").write_bytes(data)
    with pytest.raises(InputError, match=r"list\.txt: is no text .* these are UTF-8, UTF-16, .*Windows-1252"):
        read_lines(tmp_path / "list.txt", "names")


def test_what_is_no_file(tmp_path):
    with pytest.raises(InputError, match=r"a\.txt: no such file; it holds names"):
        read_lines(tmp_path / "a.txt", "names")
    with pytest.raises(InputError, match=r"cannot be read \(Is a directory\); it holds names"):
        read_lines(tmp_path, "names")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    with pytest.raises(InputError, match=r"loop\.txt: cannot be read"):
        read_lines(tmp_path / "loop.txt", "names")


def test_names():
    assert composed("u\u0308") == composed("\u00fc")
    assert printable("a\udcfc.png") == r"a\xfc.png" and printable("ü") == "ü"
