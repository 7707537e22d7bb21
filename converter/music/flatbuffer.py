"""Writes flatbuffers, as far as a .tflite file needs: tables, vectors, numbers, texts.

Parents come first, so that offsets point on. The same input gives the same bytes on every machine. The
package `flatbuffers` is not on every box.
Format: https://flatbuffers.dev/internals/
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SIZES = {"b": 1, "B": 1, "i": 4, "I": 4}
"""Bytes of each kind of number, by its letter in `struct`."""


@dataclass(frozen=True)
class Number:
    """A number that stands in its table."""

    kind: str
    value: int


@dataclass(frozen=True)
class Numbers:
    """A vector of int32."""

    values: Sequence[int]


@dataclass(frozen=True)
class Raw:
    """A vector of bytes that begins at a multiple of 16, as weights must."""

    content: bytes


@dataclass(frozen=True)
class Table:
    """A table: what stands in which of its fields."""

    fields: dict[int, Value]


Value = Number | Numbers | Raw | Table | str | list[Table]


def write(root: Table, identifier: bytes) -> bytes:
    """The file of a root table; `identifier` is its four letters."""
    out = bytearray(4) + identifier
    _point(out, 0, _table(out, root))
    return bytes(out)


def floats(values: np.ndarray) -> Raw:
    """The numbers as little-endian float32."""
    return Raw(np.ascontiguousarray(values, "<f4").tobytes())


def _point(out: bytearray, at: int, target: int) -> None:
    struct.pack_into("<I", out, at, target - at)


def _align(out: bytearray, to: int, before: int = 0) -> int:
    """Fill up until what comes `before` bytes later stands at a multiple of `to`; returns where to go on."""
    out += bytes(-(len(out) + before) % to)
    return len(out)


def _table(out: bytearray, table: Table) -> int:
    """Write the table, then what it points to; returns where the table stands."""
    places, size = _places(table)
    slots = [places.get(number, 0) for number in range(max(table.fields, default=-1) + 1)]
    vtable = _align(out, 2)
    out += struct.pack(f"<{2 + len(slots)}H", 4 + 2 * len(slots), size, *slots)
    at = _align(out, 4)
    out += struct.pack("<i", at - vtable) + bytes(size - 4)
    for number, value in table.fields.items():
        place = at + places[number]
        if isinstance(value, Number):
            struct.pack_into(f"<{value.kind}", out, place, value.value)
        else:
            _point(out, place, _vector(out, value))
    return at


def _places(table: Table) -> tuple[dict[int, int], int]:
    """Where each field stands in its table, the larger ones first, and the table's size."""
    size_of = {n: SIZES[v.kind] if isinstance(v, Number) else 4 for n, v in table.fields.items()}
    places, size = {}, 4
    for number in sorted(size_of, key=lambda number: (-size_of[number], number)):
        places[number] = size
        size += size_of[number]
    return places, size


def _vector(out: bytearray, value: Value) -> int:
    """Write what a field points to; returns where it stands."""
    if isinstance(value, Table):
        return _table(out, value)
    at = _align(out, 16, before=4) if isinstance(value, Raw) else _align(out, 4)
    if isinstance(value, Raw):
        out += struct.pack("<I", len(value.content)) + value.content
    elif isinstance(value, str):
        out += struct.pack("<I", len(value.encode())) + value.encode() + b"\0"
    elif isinstance(value, Numbers):
        out += struct.pack(f"<I{len(value.values)}i", len(value.values), *value.values)
    elif isinstance(value, list):
        out += struct.pack("<I", len(value)) + bytes(4 * len(value))
        for number, table in enumerate(value):
            _point(out, at + 4 + 4 * number, _table(out, table))
    return at
