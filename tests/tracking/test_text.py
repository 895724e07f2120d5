"""Text files in every encoding that people's editors write, and the numbers in their lines."""

import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.text import composed, parse_numbers, printable, read_lines

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


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("12,5;30;40,2;50,1", [12.5, 30, 40.2, 50.1]),
        ("12,5\t30\t40,2\t50", [12.5, 30, 40.2, 50]),
        ("1,2,3,4,5,6,7,8", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("1, 2, 3, 4, 5, 6, 7, 8", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("1.5,2 3,4 5,6 7,8", [1.5, 2, 3, 4, 5, 6, 7, 8]),
        ("1,2 3,4", [1, 2, 3, 4]),
    ],
)
def test_commas_between_numbers_and_in_them(line, numbers):
    assert parse_numbers(line, (4, 8), "numbers") == numbers


@pytest.mark.parametrize("line", ["1,2 3,4 5,6 7,8", "1,2;3,4;5,6;7,8", "1,2\t3,4\t5,6\t7,8"])
@pytest.mark.parametrize("counts", [(4,), (4, 8)])
def test_a_box_or_a_polygon(line, counts):
    with pytest.raises(InputError, match="can be read in two ways, with commas between numbers or in them"):
        parse_numbers(line, counts, "numbers")


def test_a_polygon_where_a_box_is_accepted():
    with pytest.raises(InputError, match="not 8 numbers, which are a polygon as --dataset vot takes it"):
        parse_numbers("1,2,3,4,5,6,7,8", (4,), "four numbers")


def test_names():
    assert composed("u\u0308") == composed("\u00fc")
    assert printable("a\udcfc.png") == r"a\xfc.png" and printable("ü") == "ü"
