"""The names of the boards; light, so that ``--help`` can list them without Amaranth."""

BOARDS = ("ulx3s-85f", "ecpix5-85f")
""":data:`siammixer.boards.catalogue.BOARDS`, which tests/boards/test_catalogue.py holds to this list."""
