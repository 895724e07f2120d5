"""Liberty files: groups, attributes with and without a semicolon, and what is refused."""

import pytest

from siammixer.boards.asic.liberty import read_liberty
from siammixer.ir.errors import InputError


def test_groups_and_attributes(library):
    found = read_liberty(library / "ram.lib")
    assert (found.kind, found.name, found.number("nom_voltage")) == ("library", "one", 1.2)
    assert found.attributes["capacitive_load_unit"] == "1 pf"
    (cell,) = found.of("cell")
    (timing,) = cell.of("bus")[0].of("timing")
    assert timing.attributes == {"when": "A_MEN", "sdf_cond": "NO_SEMICOLON", "related_pin": "A_CLK"}
    assert cell.number("nothing", 7) == 7


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must be a liberty file with a library in it"),
        ("library (a) { cell (b) {", "it ends within cell"),
        ("library (a) { } }", "about line 1 it is none"),
        ("module a;\nendmodule", "about line 1 it is none"),
    ],
)
def test_what_is_no_liberty_file_is_refused(text, message, tmp_path):
    (tmp_path / "wrong.lib").write_text(text)
    with pytest.raises(InputError, match=message):
        read_liberty(tmp_path / "wrong.lib")
    with pytest.raises(InputError, match="cannot be read"):
        read_liberty(tmp_path / "missing.lib")


def test_a_number_that_is_none_is_refused(tmp_path):
    (tmp_path / "a.lib").write_text("library (a) { area : wide; }")
    with pytest.raises(InputError, match="area must be a number, not 'wide'"):
        read_liberty(tmp_path / "a.lib").number("area")
