"""The registers in words: the document's table is the description's."""

from siammixer.arch.tracker_registers import TRACKER
from siammixer.bench.document import DOCS, replaced
from siammixer.report.register_text import register_table


def test_the_document_has_this_table():
    text = (DOCS / "axi.md").read_text()
    assert replaced(text, "siammixer.report.register_text", register_table()) == text


def test_the_tracker_s_table_is_there_too():
    text, command = (DOCS / "axi.md").read_text(), "siammixer.report.register_text, of the tracker"
    assert replaced(text, command, register_table(TRACKER)) == text


def test_a_row_for_every_field():
    rows = register_table().splitlines()
    assert "| 0x20 | CONTROL | 0 | START | write 1: acts once |" in rows[10]
    assert rows[11].startswith("| | | 1 | RESET |")
    assert "| 0x44 | WORD_ADDRESS | 23..0 | ADDRESS | read, write |" in "\n".join(rows)
