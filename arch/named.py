"""``--accelerator`` names an accelerator of the catalogue, or one of the user's own in a file."""

from __future__ import annotations

from pathlib import Path

from siammixer.arch.accelerator import ACCELERATORS, Accelerator
from siammixer.ir.described import is_file_name, load_python, read_fields, read_toml, toml_lines
from siammixer.ir.errors import InputError

OWN_ACCELERATOR = "FILE.toml or FILE.py:NAME"


def open_accelerator(text: str) -> Accelerator:
    """The accelerator that a text names.

    Parameters
    ----------
    text
        A name of the catalogue, ``FILE.toml`` with the fields of
        :class:`siammixer.arch.accelerator.Accelerator`, or ``FILE.py:NAME``, a Python file, which is
        executed, and the name of an ``Accelerator`` in it.

    Raises
    ------
    InputError
        If there is no such accelerator, or the file does not describe one.
    """
    if text in ACCELERATORS:
        return ACCELERATORS[text]
    if not is_file_name(text):
        raise InputError(
            f"unknown accelerator {text!r}; known: {', '.join(ACCELERATORS)}, or {OWN_ACCELERATOR}"
        )
    accelerator = (
        read_fields(Accelerator, {"name": Path(text).stem} | read_toml(text), text)
        if text.endswith(".toml")
        else load_python(text, Accelerator)
    )
    if accelerator.name in ACCELERATORS and accelerator != ACCELERATORS[accelerator.name]:
        raise InputError(
            f"{text}: name must not be {accelerator.name}, which is another one of the catalogue"
        )
    return accelerator


def accelerator_toml(accelerator: Accelerator) -> str:
    """The TOML file of an accelerator: :func:`open_accelerator` gives an equal one back."""
    return "\n".join(toml_lines(accelerator)) + "\n"
