"""Builds a float32 .tflite network, operator by operator. Numbers are those of TensorFlow's schema.fbs."""

from __future__ import annotations

import numpy as np

from converter.music.flatbuffer import Number, Numbers, Raw, Table, Value, floats, write

ADD, CONCATENATION, CONV, DENSE, LOGISTIC, MAX_POOL, MUL,  PAD, MEAN, REDUCE_MAX = (
    0, 2, 3, 9, 14, 17, 18, 34, 40, 82,
)  # fmt: skip
"""`BuiltinOperator`."""

OPTIONS = {
    CONV: 1, MAX_POOL: 5, DENSE: 8, CONCATENATION: 10, ADD: 11, MUL: 21, PAD: 22, MEAN: 27,
    REDUCE_MAX: 27,
}  # fmt: skip
"""`BuiltinOptions` of each operator that has some."""

FLOAT32, INT32 = 0, 2
SAME, VALID = 0, 1
NONE, RELU = 0, 1

Options = dict[int, Value] | None
"""Fields of an operator's options; None for one that has none."""


class Graph:
    """A network in the making. Tensors are numbered in the order in which they come."""

    def __init__(self) -> None:
        self._tensors: list[Table] = []
        self._shapes: list[tuple[int, ...]] = []
        self._buffers: list[Table] = [Table({})]  # the first is empty: of what is computed
        self._operators: list[Table] = []
        self._codes: list[int] = []

    def input(self, name: str, shape: tuple[int, ...]) -> int:
        """Add a tensor that is given from outside. Returns its number, as all that add something do."""
        return self._tensor(name, shape)

    def shape(self, tensor: int) -> tuple[int, ...]:
        """The shape of the tensor of that number."""
        return self._shapes[tensor]

    def conv(self, into: int, kernel: np.ndarray, bias: np.ndarray, padding: int, activation: int) -> int:
        """Add a convolution. kernel: (height, width, in, out), as TensorFlow has it; strides are 1."""
        _, height, width, _ = self.shape(into)
        if padding == VALID:
            height, width = height - kernel.shape[0] + 1, width - kernel.shape[1] + 1
        weights = [self._constant(kernel.transpose(3, 0, 1, 2)), self._constant(bias)]
        options = self._options(padding, 1, 1, activation)
        return self._add(CONV, [into, *weights], (1, height, width, kernel.shape[3]), options)

    def dense(self, into: int, kernel: np.ndarray, bias: np.ndarray, activation: int) -> int:
        """Add a dense layer. kernel: (in, out)."""
        weights = [self._constant(kernel.T), self._constant(bias)]
        return self._add(DENSE, [into, *weights], (1, kernel.shape[1]), {0: Number("b", activation)})

    def highest(self, into: int) -> int:
        """Add a pooling that takes the largest over the whole width."""
        _, height, width, channels = self.shape(into)
        options = self._options(VALID, width, 1, width) | {4: Number("i", 1), 5: Number("b", NONE)}
        return self._add(MAX_POOL, [into], (1, height, 1, channels), options)

    def times(self, into: int, factors: np.ndarray, activation: int = NONE) -> int:
        return self._each(MUL, into, self._constant(factors), activation)

    def plus(self, into: int, terms: np.ndarray | int) -> int:
        """Add numbers, or another tensor."""
        return self._each(ADD, into, terms if isinstance(terms, int) else self._constant(terms), NONE)

    def pad(self, into: int, frames: int) -> int:
        """Add so many rows of zeros before and after, along the height."""
        _, height, width, channels = self.shape(into)
        rows = self._constant(np.array([[0, 0], [frames, frames], [0, 0], [0, 0]], np.int32))
        return self._add(PAD, [into, rows], (1, height + 2 * frames, width, channels), {})

    def join(self, tensors: list[int]) -> int:
        """Join tensors side by side along the last axis."""
        first = self.shape(tensors[0])
        shape = (*first[:-1], sum(self.shape(tensor)[-1] for tensor in tensors))
        options: dict[int, Value] = {0: Number("i", len(first) - 1), 1: Number("b", NONE)}
        return self._add(CONCATENATION, tensors, shape, options)

    def over_time(self, into: int, how: int) -> int:
        """`MEAN` or `REDUCE_MAX` over height and width: (1, channels)."""
        axes = self._constant(np.array([1, 2], np.int32))
        return self._add(how, [into, axes], (1, self.shape(into)[3]), {0: Number("b", 0)})

    def logistic(self, into: int) -> int:
        return self._add(LOGISTIC, [into], self.shape(into), None)

    def file(self, inputs: list[int], outputs: list[int], description: str) -> bytes:
        """The bytes of the .tflite file. inputs, outputs: numbers of tensors."""
        graph: dict[int, Value] = {
            0: self._tensors,
            1: Numbers(inputs),
            2: Numbers(outputs),
            3: self._operators,
            4: "main",
        }
        codes = [_code(code) for code in self._codes]
        model: dict[int, Value] = {0: Number("I", 3), 1: codes, 2: [Table(graph)], 3: description}
        return write(Table(model | {4: self._buffers}), b"TFL3")

    def _options(self, padding: int, width: int, height: int, last: int) -> dict[int, Value]:
        """The first four fields of Conv2DOptions and Pool2DOptions: padding, strides, and what differs."""
        kind = "b" if last in (NONE, RELU) else "i"
        return {0: Number("b", padding), 1: Number("i", width), 2: Number("i", height), 3: Number(kind, last)}

    def _each(self, code: int, into: int, other: int, activation: int) -> int:
        return self._add(code, [into, other], self.shape(into), {0: Number("b", activation)})

    def _constant(self, values: np.ndarray) -> int:
        whole = values.dtype == np.int32
        content = Raw(values.astype("<i4").tobytes()) if whole else floats(values)
        self._buffers.append(Table({0: content}))
        kind = INT32 if whole else FLOAT32
        return self._tensor(f"constant{len(self._buffers)}", values.shape, len(self._buffers) - 1, kind)

    def _tensor(self, name: str, shape: tuple[int, ...], buffer: int = 0, kind: int = FLOAT32) -> int:
        fields: dict[int, Value] = {0: Numbers(shape), 1: Number("b", kind), 2: Number("I", buffer), 3: name}
        self._tensors.append(Table(fields))
        self._shapes.append(shape)
        return len(self._tensors) - 1

    def _add(self, code: int, inputs: list[int], shape: tuple[int, ...], options: Options) -> int:
        out = self._tensor(f"computed{len(self._tensors)}", shape)
        if code not in self._codes:
            self._codes.append(code)
        number = Number("I", self._codes.index(code))
        fields: dict[int, Value] = {0: number, 1: Numbers(inputs), 2: Numbers([out])}
        if options is not None:
            fields |= {3: Number("B", OPTIONS[code]), 4: Table(options)}
        self._operators.append(Table(fields))
        return out


def _code(code: int) -> Table:
    """OperatorCode: old readers look at the byte, new ones at the int."""
    return Table({0: Number("b", code), 2: Number("i", 1), 3: Number("i", code)})
