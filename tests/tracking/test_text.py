"""Text files in every encoding that people's editors write."""

import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.text import composed, in_no_encoding, printable, read_lines

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


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize(
    "names", ["赛车一号\n二号车", "レース-1\nさくら", "Машина-1\nДом", "자동차\n버스", "Übung\n赛"]
)
def test_names_of_any_script_without_a_mark(names, encoding, tmp_path):
    (tmp_path / "list.txt").write_bytes(f"{names}\n".encode(encoding))
    assert read_lines(tmp_path / "list.txt", "names") == names.split("\n")


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        *((name, "shift_jis") for name in ("レース-1", "さくら", "車-1", "ア", "表")),
        *(("赛车一号", encoding) for encoding in ("gbk", "utf-16-le", "utf-16-be")),
        *(("Машина", encoding) for encoding in ("cp1251", "koi8-r", "cp866", "iso8859-5")),
        *(("자동차", "euc-kr"), ("賽車", "big5"), ("レース", "euc-jp"), ("レース", "iso2022_jp")),
        *(("Αυτοκίνητο", "cp1253"), ("Łódź", "cp1250"), ("Übung", "mac_roman")),
    ],
)
def test_other_encodings_are_told(name, encoding, tmp_path):
    """Not read as Latin letters that nobody wrote, so that a folder of that name is missing."""
    (tmp_path / "list.txt").write_bytes(name.encode(encoding))
    with pytest.raises(InputError, match=r"in an encoding that is known; these are .*; save it as UTF-8"):
        read_lines(tmp_path / "list.txt", "names")


def test_accents_and_typography_of_windows(tmp_path):
    names = ["Päätös", "L’été", "Bœuf – 1", "Žižkov", "“Bolt”", "naïve", "1\xa0234"]
    (tmp_path / "list.txt").write_bytes("\r\n".join(names).encode("cp1252"))
    assert read_lines(tmp_path / "list.txt", "names") == names


def test_numbers_do_not_mind_the_encoding_of_words(tmp_path):
    (tmp_path / "boxes.txt").write_bytes("# 表\n1,2".encode("shift_jis"))
    comment, line = read_lines(tmp_path / "boxes.txt", "numbers", numbers=True)
    assert in_no_encoding(comment) and line == "1,2" and not in_no_encoding(line)


@pytest.mark.parametrize("end", [b"\0", b"\0\0\0", b"\x1a\0"])
def test_zeros_at_the_end_are_none(end, tmp_path):
    (tmp_path / "list.txt").write_bytes(b"Bolt\nCar" + end)
    assert read_lines(tmp_path / "list.txt", "names") == ["Bolt", "Car"]
    (tmp_path / "list.txt").write_bytes("Bolt\nCar".encode("utf-16-le") + end.replace(b"\x1a", b""))
    assert read_lines(tmp_path / "list.txt", "names") == ["Bolt", "Car"]
    (tmp_path / "list.txt").write_bytes(b"Bolt\0Car")
    with pytest.raises(InputError, match="is no text"):
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
