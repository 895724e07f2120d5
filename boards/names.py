"""The names of the boards; light, so that ``--help`` can list them without Amaranth."""

TOPS = ("link", "camera")
"""What stands around the core: the serial link to a host, or the whole tracker behind a camera."""
BOARDS = ("ulx3s-85f", "ecpix5-85f")
""":data:`siammixer.boards.catalogue.BOARDS`, which tests/boards/test_catalogue.py holds to this list."""
