"""The network again in Keras, batch norms folded away, with PyTorch's weights, for TensorFlow's converter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from torch import Tensor, nn

from converter import net


@dataclass(frozen=True)
class Head:
    """How the two heads become one: both are linear, so nothing is added at run time."""

    blend: float
    """Weight of the labels head beside the votes head's 1."""
    shift: tuple[float, ...]
    """Added to the logits, one per emotion: the operating point."""


def folded(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> list[np.ndarray]:
    """One convolution that does what both do: kernel (height, width, in, out) and bias (out), float32."""
    kernels = net.kernels_of(conv)
    both = len(kernels) // len(norm.weight)
    gain = norm.weight / (norm.running_var + norm.eps).sqrt()
    kernel = (kernels * gain.repeat(both)[:, None, None, None]).permute(2, 3, 1, 0)
    return [_array(kernel), _array((norm.bias - norm.running_mean * gain).repeat(both))]


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().numpy().astype(np.float32)


def make(source: net.Net, head: Head) -> Any:
    """A Keras model: float32 (n, 48, 48, 1), 0 to 1, to logits (n, 7)."""
    start = tf.keras.Input((48, 48, 1))
    x = _conv(start, "stem", source.stem, source.stem_norm, relu=True)
    for index, block in enumerate(source.blocks):
        name = f"block{index}"
        y = _conv(x, f"{name}-conv1", block.conv1, block.norm1, relu=True)
        y = _conv(y, f"{name}-conv2", block.conv2, block.norm2, relu=False)
        if not isinstance(block.short, nn.Identity):
            *pool, conv, norm = block.short
            x = tf.keras.layers.AveragePooling2D(2)(x) if pool else x
            x = _conv(x, f"{name}-short", conv, norm, relu=False)
        x = tf.keras.layers.ReLU()(tf.keras.layers.Add()([y, x]))
    x = tf.keras.layers.GlobalAveragePooling2D(keepdims=True)(x)
    # A 1x1 convolution, not a dense layer: with scales per channel, the latter needs an operator version
    # (FULLY_CONNECTED 12) that tflite-runtime 2.14 refuses.
    kernel = source.votes.weight + head.blend * source.labels.weight
    if source.shape.mirrored:
        kernel = kernel.repeat(1, 2) / 2
    bias = _array(source.votes.bias + head.blend * source.labels.bias) + np.array(head.shift, np.float32)
    last = tf.keras.layers.Conv2D(len(bias), 1, name="logits")
    x = tf.keras.layers.Reshape((len(bias),))(last(x))
    last.set_weights([_array(kernel.T)[None, None], bias])
    return tf.keras.Model(start, x)


def _conv(x: Any, name: str, conv: nn.Conv2d, norm: nn.BatchNorm2d, relu: bool) -> Any:
    size, stride, padding = conv.kernel_size[0], conv.stride[0], "same"
    if stride != 1 and size % 2:
        # PyTorch pads both sides alike; "same" at stride 2 would pad only right and below.
        x = tf.keras.layers.ZeroPadding2D(size // 2)(x) if size > 1 else x
        padding = "valid"
    kernel, bias = folded(conv, norm)
    layer = tf.keras.layers.Conv2D(
        len(bias), size, stride, padding, activation="relu" if relu else None, name=name
    )
    x = layer(x)
    layer.set_weights([kernel, bias])
    return x
