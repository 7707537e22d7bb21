"""Read a .tflite file without a runtime: size, shapes, scales, multiplications, weights.

A TFLite file is a flatbuffer; the few tables needed are walked by the field numbers of
tensorflow/lite/schema/schema.fbs, which never change their meaning. (LiteRT brings that schema as Python
classes; tflite-runtime, with which the same tests pass, does not.)
"""

from __future__ import annotations

import hashlib
import math
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from converter.errors import BadInput

TYPES = {
    0: "float32",
    2: "int32",
    3: "uint8",
    7: "int16",
    9: "int8",
    4: "int64",
    6: "bool",
    1: "float16",
    17: "int4",
}
Parsed = TypeVar("Parsed")

CONV, DEPTHWISE, DENSE, TRANSPOSED = 3, 4, 9, 67
"""Operators (`BuiltinOperator`) that multiply weights."""


@dataclass(frozen=True)
class Tensor:
    """One tensor of the file."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    scales: tuple[float, ...]
    """Empty when it is not quantized; more than one when each channel has its own."""
    zero_points: tuple[int, ...]


@dataclass(frozen=True)
class Summary:
    """A network as its file tells it."""

    sha256: str
    bytes: int
    macs: int
    """Multiply-accumulates of one inference, in convolutions and dense layers."""
    parameters: int
    """Weights and biases of those."""
    input: Tensor
    output: Tensor
    weights: tuple[Tensor, ...]
    """Of each multiplying operator, in order."""


@dataclass(frozen=True, eq=False)
class Layer:
    """A convolution's kernel and bias, as real numbers."""

    kernel: np.ndarray
    """float32 (out, height, width, in)."""
    bias: np.ndarray
    """float32 (out,)."""


class _Table:
    """A flatbuffer table at a position of the bytes."""

    def __init__(self, raw: bytes, at: int) -> None:
        self.raw, self.at = raw, at
        self.vtable = at - struct.unpack_from("<i", raw, at)[0]

    def _field(self, number: int) -> int:
        size = struct.unpack_from("<H", self.raw, self.vtable)[0]
        slot = 4 + 2 * number
        offset = struct.unpack_from("<H", self.raw, self.vtable + slot)[0] if slot < size else 0
        return self.at + offset if offset else 0

    def scalar(self, number: int, kind: str, default: int = 0) -> int:
        at = self._field(number)
        return int(struct.unpack_from("<" + kind, self.raw, at)[0]) if at else default

    def _vector(self, number: int) -> tuple[int, int]:
        at = self._field(number)
        if not at:
            return 0, 0
        at += struct.unpack_from("<I", self.raw, at)[0]
        return at + 4, struct.unpack_from("<I", self.raw, at)[0]

    def numbers(self, number: int, kind: str) -> tuple:
        at, count = self._vector(number)
        return struct.unpack_from(f"<{count}{kind}", self.raw, at) if count else ()

    def text(self, number: int) -> str:
        at, count = self._vector(number)
        return self.raw[at : at + count].decode("utf-8", "replace")

    def bytes(self, number: int) -> bytes:
        at, count = self._vector(number)
        return self.raw[at : at + count]

    def table(self, number: int) -> _Table | None:
        at = self._field(number)
        return _Table(self.raw, at + struct.unpack_from("<I", self.raw, at)[0]) if at else None

    def tables(self, number: int) -> list[_Table]:
        at, count = self._vector(number)
        places = range(at, at + 4 * count, 4)
        return [_Table(self.raw, place + struct.unpack_from("<I", self.raw, place)[0]) for place in places]


def read(path: Path) -> Summary:
    """Describe the network in `path`.

    Raises BadInput when it is missing or not a .tflite file of one input and one output.
    """
    return _with_errors(path, _summary)


def layers(path: Path) -> dict[str, Layer]:
    """The convolutions of an int8 network in `path`, by the names that they had in Keras.

    Raises BadInput as `read` does.
    """
    return _with_errors(path, _layers)


def with_bias(path: Path, name: str, added: np.ndarray) -> bytes:
    """The file's bytes, with so much added to a convolution's bias. added: float (out,).

    Raises BadInput as `read` does.
    """

    def changed(raw: bytes) -> bytes:
        convolutions = _convolutions(raw)
        if name not in convolutions:
            raise ValueError(f"it has no convolution {name}")
        tensor, buffer = convolutions[name].bias
        steps = np.frombuffer(buffer, "<i4")
        moved = steps + np.round(added / np.array(_tensor(tensor).scales)).astype("<i4")
        if raw.count(buffer) != 1:
            raise ValueError(f"the bias of {name} lies there {raw.count(buffer)} times")
        return raw.replace(buffer, moved.astype("<i4").tobytes())

    return _with_errors(path, changed)


def _with_errors(path: Path, parse: Callable[[bytes], Parsed]) -> Parsed:
    if not path.is_file():
        raise BadInput(f"{path}: no such file; make it with 'python -m converter convert'")
    try:
        return parse(path.read_bytes())
    except (struct.error, IndexError, ValueError) as error:
        raise BadInput(
            f"{path}: not a .tflite network that can be read ({error}); convert it again"
        ) from error


def _model(raw: bytes) -> _Table:
    if raw[4:8] != b"TFL3":
        raise ValueError("it does not begin as one")
    return _Table(raw, struct.unpack_from("<I", raw, 0)[0])


def _codes(model: _Table) -> list[int]:
    """The number of each kind of operator."""
    # Old files have the operator in a byte (field 0), newer ones in an int32 (field 3): the larger counts.
    return [max(c.scalar(0, "b"), c.scalar(3, "i")) for c in model.tables(1)]


class _Convolution(NamedTuple):
    """Kernel and bias: what describes each, and its bytes."""

    kernel: tuple[_Table, bytes]
    bias: tuple[_Table, bytes]


def _convolutions(raw: bytes) -> dict[str, _Convolution]:
    model = _model(raw)
    codes, graph, buffers = _codes(model), model.tables(2)[0], model.tables(4)
    tensors = graph.tables(0)
    found = {}
    for operator in graph.tables(3):
        if codes[operator.scalar(0, "I")] == CONV:
            _, kernel, bias = operator.numbers(1, "i")
            # A kernel is named like "functional/block0-conv1/Conv2D"; TensorFlow adds a number to a name that
            # it has used before, "stem_1", and those of `twin` have no such end.
            name = re.sub(r"_\d+$", "", tensors[kernel].text(3).split("/")[-2])
            ends = [(tensors[at], buffers[tensors[at].scalar(2, "I")].bytes(0)) for at in (kernel, bias)]
            found[name] = _Convolution(*ends)
    return found


def _layers(raw: bytes) -> dict[str, Layer]:
    return {
        name: Layer(_real(*each.kernel, "<i1"), _real(*each.bias, "<i4"))
        for name, each in _convolutions(raw).items()
    }


def _real(tensor: _Table, content: bytes, kind: str) -> np.ndarray:
    """The numbers that a tensor of the file stands for; each of its first axis has its own scale."""
    described = _tensor(tensor)
    steps = np.frombuffer(content, kind).reshape(described.shape)
    scales = np.array(described.scales, np.float32).reshape(-1, *[1] * (len(described.shape) - 1))
    return steps.astype(np.float32) * scales


def _summary(raw: bytes) -> Summary:
    model = _model(raw)
    codes, graph = _codes(model), model.tables(2)[0]
    tensors = [_tensor(t) for t in graph.tables(0)]
    (first,), (last,) = graph.numbers(1, "i"), graph.numbers(2, "i")
    macs = parameters = 0
    weights = []
    for operator in graph.tables(3):
        code = codes[operator.scalar(0, "I")]
        ins, outs = operator.numbers(1, "i"), operator.numbers(2, "i")
        if code not in (CONV, DEPTHWISE, DENSE, TRANSPOSED):
            continue
        kernel = tensors[ins[1]]
        macs += _macs(code, kernel.shape, tensors[ins[0]].shape, tensors[outs[0]].shape)
        parameters += math.prod(kernel.shape)
        if code != TRANSPOSED and len(ins) > 2 and ins[2] >= 0:
            parameters += math.prod(tensors[ins[2]].shape)
        weights.append(kernel)
    return Summary(
        hashlib.sha256(raw).hexdigest(),
        len(raw),
        macs,
        parameters,
        tensors[first],
        tensors[last],
        tuple(weights),
    )


def _macs(code: int, kernel: tuple[int, ...], into: tuple[int, ...], out: tuple[int, ...]) -> int:
    if code == DENSE:
        return math.prod(out[:-1]) * math.prod(kernel)
    if code == DEPTHWISE:  # kernel (1, height, width, channels)
        return math.prod(out) * kernel[1] * kernel[2]
    if code == TRANSPOSED:
        return math.prod(into[:-1]) * math.prod(kernel)
    return math.prod(out[:-1]) * math.prod(kernel)  # kernel (out, height, width, in)


def _tensor(table: _Table) -> Tensor:
    quantized = table.table(4)
    return Tensor(
        name=table.text(3),
        shape=table.numbers(0, "i"),
        dtype=TYPES.get(table.scalar(1, "b"), "other"),
        scales=quantized.numbers(2, "f") if quantized else (),
        zero_points=quantized.numbers(3, "q") if quantized else (),
    )
