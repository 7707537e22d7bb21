"""A Keras model to an int8 .tflite file, through TensorFlow's converter."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from converter.errors import BadInput
from converter.measuring import tflite_file

INPUT_SCALE = 1 / 255
INPUT_ZERO_POINT = -128
"""A pixel p enters as p - 128: nothing is lost, and nothing needs a multiplication."""


def quantize(saved: Path, faces: np.ndarray, name: str) -> bytes:
    """Quantize a SavedModel with scales per channel, int8 in and out.

    saved: folder of a SavedModel, float32 (1, 48, 48, 1), 0 to 1, in; logits (1, 7) out.
    faces: uint8 (n, 48, 48), a few hundred from which the ranges of all tensors are taken.
    name: of the model, for messages.
    Raises BadInput when TensorFlow cannot convert it.
    """

    def calibration() -> Iterator[list[np.ndarray]]:
        # Black and white are shown too, so that the input's range is exactly 0 to 1.
        for value in (np.zeros((48, 48), np.uint8), np.full((48, 48), 255, np.uint8), *faces):
            yield [(value.astype(np.float32) / 255).reshape(1, 48, 48, 1)]

    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = calibration
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    # Dense layers with a scale per channel need FULLY_CONNECTED 12, which tflite-runtime 2.14 refuses.
    converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    try:
        return bytes(converter.convert())
    except Exception as error:  # TensorFlow raises ConverterError, RuntimeError, ValueError and more
        reason = " ".join(str(error).split())[:300]
        raise BadInput(f"{name}: TensorFlow cannot make it int8 ({reason}); use plain layers") from error


def export(model: Any) -> tempfile.TemporaryDirectory:
    """A Keras model as a SavedModel in a temporary folder, which vanishes when the result is closed."""
    folder = tempfile.TemporaryDirectory(prefix="moodbox-convert-")
    model.export(folder.name)
    return folder


def check(path: Path) -> tflite_file.Summary:
    """Describe a converted file. Raises BadInput when it is not what the appliance can run."""
    found = tflite_file.read(path)
    ends = (found.input.shape, found.input.dtype, found.output.shape, found.output.dtype)
    if ends != ((1, 48, 48, 1), "int8", (1, 7), "int8"):
        raise BadInput(
            f"{path}: has {ends[1]} {ends[0]} in, {ends[3]} {ends[2]} out; wanted int8 (1, 48, 48, 1), (1, 7)"
        )
    if abs(found.input.scales[0] - INPUT_SCALE) > 1e-6 or found.input.zero_points[0] != INPUT_ZERO_POINT:
        raise BadInput(
            f"{path}: its input: scale {found.input.scales[0]:.5f}, zero point {found.input.zero_points[0]}, "
            "not 1/255 and -128; give faces from black to white to calibrate on"
        )
    return found
