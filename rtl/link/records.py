"""The link's records (siammixer.arch.link) in hardware: bits to fields and back."""

import numpy as np
from amaranth.hdl import Cat, Const, Value


def unpacked(value: Value, record: np.dtype) -> dict[str, Value]:
    """The fields of the record that the top bytes of ``value`` are."""
    fields, position = {}, len(value) - 8 * record.itemsize
    for name in record.names:
        width = 8 * record[name].itemsize
        fields[name] = value[position : position + width]
        position += width
    return fields


def packed(record: np.dtype, **values) -> Cat:
    """The record with these values, numbers or hardware values, in the places of its fields."""
    parts = []
    for name in record.names:
        width = 8 * record[name].itemsize
        value = Const(values[name], width) if isinstance(values[name], int) else values[name]
        parts.append(Cat(value, Const(0, width - len(value))))
    return Cat(parts)
