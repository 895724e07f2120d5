"""The ``siammixer`` command. One file a subcommand; each calls one library function."""
