"""Parts of documents that commands make."""

import pytest

from siammixer.bench import ablations, comparison, link, sizes, soak, starts
from siammixer.bench.document import DOCS, END, mark, replaced

DOCUMENT = f"above\n{mark('make it')}old\n{END}below\n{mark('other')}{END}"


def test_only_the_commands_part_is_replaced():
    assert replaced(DOCUMENT, "make it", "new\n") == DOCUMENT.replace("old", "new")


@pytest.mark.parametrize("document", ["above\n", f"{mark('make it')}old\n", DOCUMENT + DOCUMENT])
def test_a_document_without_one_such_part_is_refused(document):
    with pytest.raises(ValueError, match="one part between"):
        replaced(document, "make it", "new\n")


@pytest.mark.parametrize("module", [ablations, comparison, link, sizes, soak, starts])
def test_the_documents_have_their_parts(module):
    document = (DOCS / module.DOCUMENT).read_text()
    assert replaced(document, module.COMMAND, "") != document
