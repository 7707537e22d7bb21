"""The network again in Keras, batch norms folded away, with PyTorch's weights, for TensorFlow's converter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from torch import Tensor, nn

from converter.training import net


@dataclass(frozen=True)
class Head:
    """How the two heads become one: both are linear, so nothing is added at run time."""

    blend: float
    """Weight of the labels head beside the votes head's 1."""
    shift: tuple[float, ...]
    """Added to the logits, one per emotion: the operating point."""


def folded(conv: net.MirrorConv2d, norm: net.MirrorNorm2d) -> tuple[np.ndarray, np.ndarray]:
    """One convolution that does what both do: kernel (height, width, in, out) and bias (out), float32."""
    gain = norm.weight / (norm.running_var + norm.eps).sqrt()
    kernel = (conv.kernels() * gain.repeat(2)[:, None, None, None]).permute(2, 3, 1, 0)
    return _array(kernel), _array((norm.bias - norm.running_mean * gain).repeat(2))


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().numpy().astype(np.float32)


def make(source: net.Net, head: Head) -> Any:
    """A Keras model: float32 (n, 48, 48, 1), 0 to 1, to logits (n, 7)."""
    start = tf.keras.Input((48, 48, 1))
    # The stem moves by 2 pixels; by 1 on blocks of 2x2 it computes the same in less time, since processors
    # multiply several channels at once, and a picture has one.
    x = tf.keras.layers.Lambda(lambda picture: tf.nn.space_to_depth(picture, 2))(start)
    kernel, bias = folded(source.stem, source.stem_norm)
    kernel = tf.nn.space_to_depth(kernel.transpose(3, 0, 1, 2), 2).numpy().transpose(1, 2, 3, 0)
    x = _conv(x, "stem", kernel, bias, relu=True)
    for index, block in enumerate(source.blocks):
        name = f"block{index}"
        y = _conv(x, f"{name}-conv1", *folded(block.conv1, block.norm1), block.conv1.stride, relu=True)
        y = _conv(y, f"{name}-conv2", *folded(block.conv2, block.norm2), relu=False)
        if not isinstance(block.short, nn.Identity):
            pool, conv, norm = block.short
            x = tf.keras.layers.AveragePooling2D(pool.kernel_size)(x)
            x = _conv(x, f"{name}-short", *folded(conv, norm), relu=False)
        x = tf.keras.layers.ReLU()(tf.keras.layers.Add()([y, x]))
    x = tf.keras.layers.GlobalAveragePooling2D(keepdims=True)(x)
    # A 1x1 convolution, not a dense layer: with scales per channel, the latter needs an operator version
    # (FULLY_CONNECTED 12) that tflite-runtime 2.14 refuses.
    kernel = (source.votes.weight + head.blend * source.labels.weight).repeat(1, 2) / 2  # the mean of halves
    bias = _array(source.votes.bias + head.blend * source.labels.bias) + np.array(head.shift, np.float32)
    last = tf.keras.layers.Conv2D(len(bias), 1, name="logits")
    x = tf.keras.layers.Reshape((len(bias),))(last(x))
    last.set_weights([_array(kernel.T)[None, None], bias])
    return tf.keras.Model(start, x)


def _conv(
    x: Any, name: str, kernel: np.ndarray, bias: np.ndarray, stride: tuple[int, ...] = (1, 1), *, relu: bool
) -> Any:
    layer = tf.keras.layers.Conv2D(
        len(bias), kernel.shape[:2], stride, "same", activation="relu" if relu else None, name=name
    )
    x = layer(x)
    layer.set_weights([kernel, bias])
    return x
