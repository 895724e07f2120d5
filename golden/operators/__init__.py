"""The arithmetic of every operator, one file per operator, and the table of these files.

A file names the class that it implements, ``OPERATOR``. A requantised operator's file has
``accumulate(x, operator, values, *others)``, which returns exact integers with the outputs last, and may have
``restore(y, operator)``, which brings the result into the map's shape. Any other operator's file has
``execute(operator, inputs, weights)``.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from siammixer.ir.operators import Operator
from siammixer.ir.table import Table

_FILES = (import_module(f"{__name__}.{file.name}") for file in iter_modules(__path__))
IMPLEMENTATIONS: Table[type[Operator], ModuleType] = Table(
    "arithmetic of golden", {file.OPERATOR: file for file in _FILES}
)
"""Operator class -> the file that computes it."""
