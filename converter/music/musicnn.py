"""MusiCNN (Pons and Serra 2019, ISC licence) as a float32 .tflite file, from its own TensorFlow checkpoint.

The same sums as musicnn/models.py, in an order that a small runtime does well: normalisation after a pooling
over all frequencies instead of before it, and the layers of one column as convolutions over channels.
"""

from __future__ import annotations

import math

import numpy as np

from converter.music.graph import MEAN, NONE, REDUCE_MAX, RELU, SAME, VALID, Graph

FRAMES, BANDS = 187, 96
"""What it hears at once: three seconds of log-mel frames."""

EPSILON = 1e-3
"""Of batch normalisation in tf.layers."""

TIMBRAL, TEMPORAL, MIDDLE = (1, 2), (3, 4, 5), (6, 7, 8)
"""Which convolutions and normalisations belong to which part."""

Tensors = dict[str, np.ndarray]


def build(tensors: Tensors) -> bytes:
    """The .tflite file: log-mel (1, 187, 96, 1) -> the 200 of its last but one layer, and its 50 tags."""
    graph = Graph()
    heard = graph.input("log_mel", (1, FRAMES, BANDS, 1))
    normal = _normalised(graph, tensors, heard, 0)
    padded = graph.pad(normal, 3)
    front = [_column(graph, tensors, padded, number, VALID) for number in TIMBRAL]
    front += [_column(graph, tensors, normal, number, SAME) for number in TEMPORAL]
    layers = [graph.join(front)]
    for number in MIDDLE:
        layers.append(_middle(graph, tensors, layers, number))
    together = graph.join(layers)
    pooled = graph.join([graph.over_time(together, how) for how in (REDUCE_MAX, MEAN)])
    return graph.file([heard], [_back(graph, tensors, pooled)], "MusiCNN, ISC licence, Jordi Pons")


def _column(graph: Graph, tensors: Tensors, into: int, number: int, padding: int) -> int:
    """Convolution, ReLU, normalisation, and the largest over all frequencies.

    Where a normalisation's factor is negative, the largest is that of the smallest before it: such channels
    are convolved with the sign turned, so that one pooling serves all, and turned back.
    """
    kernel, bias = _convolution(tensors, number)
    scale, shift = _scale_and_shift(tensors, number)
    sign = np.where(scale < 0, -1, 1).astype(np.float32)
    pooled = graph.highest(graph.conv(into, kernel * sign, bias * sign, padding, NONE))
    return graph.plus(graph.times(graph.times(pooled, sign, RELU), scale), shift)


def _middle(graph: Graph, tensors: Tensors, layers: list[int], number: int) -> int:
    """Convolution over seven frames and all channels; the second and third add what went in."""
    kernel, bias = _convolution(tensors, number)
    kernel = kernel.transpose(0, 2, 1, 3)  # its width becomes the channels
    convolved = graph.conv(graph.pad(layers[-1], 3), kernel, bias, VALID, RELU)
    out = _normalised(graph, tensors, convolved, number)
    return out if len(layers) == 1 else graph.plus(out, layers[-1])


def _back(graph: Graph, tensors: Tensors, pooled: int) -> int:
    """Two dense layers. The first normalisation is folded in; its 1506 are maximum and mean in turns."""
    scale, shift = _scale_and_shift(tensors, 9)
    kernel = tensors["dense/kernel"]
    # Exact sums: those of a matrix product differ from machine to machine, and the file's hash is pinned.
    shifted = [math.fsum(column) for column in (kernel.astype(np.float64) * shift[:, None]).T]
    bias = (tensors["dense/bias"] + np.array(shifted)).astype(np.float32)
    kernel = kernel * scale[:, None]
    in_order = np.concatenate([kernel[0::2], kernel[1::2]])
    embedding = _normalised(graph, tensors, graph.dense(pooled, in_order, bias, RELU), 10)
    tags = graph.dense(embedding, tensors["dense_1/kernel"], tensors["dense_1/bias"], NONE)
    return graph.join([embedding, graph.logistic(tags)])


def _normalised(graph: Graph, tensors: Tensors, into: int, number: int) -> int:
    scale, shift = _scale_and_shift(tensors, number)
    return graph.plus(graph.times(into, scale), shift)


def _convolution(tensors: Tensors, number: int) -> tuple[np.ndarray, np.ndarray]:
    name = f"conv2d_{number - 1}" if number > 1 else "conv2d"
    return tensors[f"{name}/kernel"], tensors[f"{name}/bias"]


def _scale_and_shift(tensors: Tensors, number: int) -> tuple[np.ndarray, np.ndarray]:
    name = f"batch_normalization_{number}" if number else "batch_normalization"
    gamma, beta, mean, variance = (
        tensors[f"{name}/{part}"].astype(np.float64)
        for part in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    scale = gamma / np.sqrt(variance + EPSILON)
    return scale.astype(np.float32), (beta - mean * scale).astype(np.float32)
