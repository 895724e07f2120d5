"""The error that a user can do something about."""


class InputError(ValueError):
    """Bad input. The message says in one sentence what was wrong and what is accepted.

    Every command prints the message without a traceback and exits with status 2.
    """
