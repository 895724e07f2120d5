"""What a board does wrong."""


class BoardError(RuntimeError):
    """The board did not do what was asked of it: one line that says what happened.

    What the user can mend, such as a port's name, is a :class:`siammixer.ir.errors.InputError` instead.
    """


class ChecksumError(RuntimeError):
    """The board's memories do not hold what was written: one line that names the parts that differ."""
