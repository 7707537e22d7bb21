"""Reads the tensors of a TensorFlow checkpoint (a "tensor bundle") without TensorFlow.

The index is a sorted string table as in LevelDB, of name -> BundleEntryProto, uncompressed; the data file
holds the numbers one after the other. See tensorflow/core/util/tensor_bundle and
tensorflow/core/protobuf/tensor_bundle.proto.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from converter.errors import BadInput

MAGIC = 0xDB4775248B80FB57
"""The last eight bytes of each such index."""

FLOAT = 1
"""DT_FLOAT in tensorflow/core/framework/types.proto."""


def read(index: bytes, data: bytes) -> dict[str, np.ndarray]:
    """The float32 tensors of a checkpoint of one data file, by name.

    Raises BadInput when the bytes are not such a checkpoint, or are cut.
    """
    try:
        return dict(_tensors(index, data))
    except (struct.error, IndexError, ValueError) as error:
        raise BadInput(f"this is not a TensorFlow checkpoint that can be read ({error})") from error


def _tensors(index: bytes, data: bytes) -> Iterator[tuple[str, np.ndarray]]:
    for key, value in _entries(index):
        entry = _message(value)
        if key and entry.get(1) == FLOAT:
            start, size = int(entry.get(4, 0)), int(entry[5])
            numbers = np.frombuffer(data[start : start + size], "<f4")
            yield key.decode(), numbers.reshape(_shape(bytes(entry.get(2, b""))))


def _entries(index: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of the table, through its index of blocks."""
    footer = index[-48:]
    if len(footer) < 48 or struct.unpack("<Q", footer[-8:])[0] != MAGIC:
        raise ValueError("its index does not end as one")
    numbers = _Numbers(footer)
    numbers.next(), numbers.next()  # where the meta-index is
    for _, handle in _block(index, numbers.next(), numbers.next()):
        place = _Numbers(handle)
        yield from _block(index, place.next(), place.next())


def _block(index: bytes, start: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """One block: each key is written as what it shares with the one before, and the rest."""
    if index[start + size]:
        raise ValueError("its index is compressed")
    block, key = _Numbers(index[start : start + size]), b""
    restarts = struct.unpack("<I", block.raw[-4:])[0]
    while block.at < size - 4 - 4 * restarts:
        shared, own, length = block.next(), block.next(), block.next()
        key = key[:shared] + block.take(own)
        yield key, block.take(length)


class _Numbers:
    """Variable-length integers, and the bytes between them."""

    def __init__(self, raw: bytes) -> None:
        self.raw, self.at = raw, 0

    def next(self) -> int:
        value = shift = 0
        while True:
            byte = self.raw[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def take(self, count: int) -> bytes:
        taken = self.raw[self.at : self.at + count]
        if len(taken) < count:
            raise ValueError("it is cut")
        self.at += count
        return taken


def _message(raw: bytes) -> dict[int, int | bytes]:
    """The fields of a protocol buffer, the last of each number."""
    return dict(_fields(raw))


def _fields(raw: bytes) -> Iterator[tuple[int, int | bytes]]:
    numbers = _Numbers(raw)
    while numbers.at < len(raw):
        tag = numbers.next()
        if tag & 7 == 0:
            yield tag >> 3, numbers.next()
        elif tag & 7 == 2:
            yield tag >> 3, numbers.take(numbers.next())
        elif tag & 7 == 5:
            yield tag >> 3, numbers.take(4)
        else:
            raise ValueError(f"a field of kind {tag & 7}")


def _shape(raw: bytes) -> tuple[int, ...]:
    """TensorShapeProto: field 2 repeats, with the size in field 1 of each."""
    return tuple(int(_message(bytes(value))[1]) for number, value in _fields(raw) if number == 2)
