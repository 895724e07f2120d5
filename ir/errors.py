"""The error that a user can do something about."""


class InputError(ValueError):
    """Bad input: what was wrong and what is accepted, in one sentence.

    Every command turns it into exit status 2 and its message, without a traceback.
    """
