"""Errors of a core, be it simulated or on a board."""


class CoreError(RuntimeError):
    """A core did not do what was asked of it: one line that says what happened.

    What the user can mend, such as a port's name, is a :class:`siammixer.ir.errors.InputError` instead.
    """


class BoardError(CoreError):
    """The line to a board failed, or the board refused a request."""


class ChecksumError(RuntimeError):
    """The core's memories do not hold what was written: one line that names the parts that differ."""
