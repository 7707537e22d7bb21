"""The card beside a model file, NAME.json: what the appliance needs to run it, and how good it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from appliance.files.whole import write_whole
from appliance.protocol.emotions import EMOTIONS
from converter.errors import BadInput
from converter.measuring import metrics, operating, protocol, tflite_file

TRAINING_DATA = (
    "FER-2013 'Training' faces without those that are byte-identical to a validation or test face, "
    "FER+ vote shares and the original labels; rows divisible by ten held out for every choice"
)

RENDERED = "; faces drawn from ICT-FaceKit's morphable head in each batch"
ALL_ROWS = "; these, too, in the last run, after every choice"


def _data(training: dict[str, Any]) -> str:
    if "recipe" not in training:
        return "not known: converted from another model"
    all_rows = ALL_ROWS if training["recipe"].get("all_rows") else ""
    return TRAINING_DATA + all_rows + (RENDERED if training.get("rendered") else "")


def make(
    name: str,
    version: str,
    summary: tflite_file.Summary,
    temperature: float,
    log_prior: np.ndarray,
    training: dict[str, Any],
) -> dict[str, Any]:
    """The card of a file, its accuracy not yet measured."""
    return {
        "name": name,
        "version": version,
        "labels": list(EMOTIONS),
        "input": _end(summary.input),
        "output": _end(summary.output) | {"meaning": "logits"},
        "temperature": temperature,
        "log_prior": [round(float(value), 6) for value in log_prior],
        "sha256": summary.sha256,
        "bytes": summary.bytes,
        "macs": summary.macs,
        "parameters": summary.parameters,
        "training_data": _data(training),
        "training": training,
        "held_out": {},
        "accuracy": {},
    }


def held_out(
    logits: np.ndarray, floats: np.ndarray | None, votes: np.ndarray, temperature: float
) -> dict[str, Any]:
    """The figures of the held-out rows: those on which everything was chosen, hence not a test.

    logits: of the int8 file, floats: of the float network, float (n, 7). votes: uint8 (n, 10).
    """
    truth = protocol.maj7(votes)
    found = {
        "faces": int((truth != protocol.LEFT_OUT).sum()),
        "maj7": metrics.accuracy(logits.argmax(1), truth),
        "macro_recall": metrics.macro_recall(logits.argmax(1), truth),
        "ece": metrics.ece(operating.softmax(logits / temperature), truth),
    }
    if floats is not None:
        found["maj7_float"] = metrics.accuracy(floats.argmax(1), truth)
    return {key: round(value, 4) for key, value in found.items()}


def read(model: Path) -> dict[str, Any]:
    """The card beside a model file of ours. Raises BadInput when there is none."""
    try:
        card: dict[str, Any] = json.loads(model.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{model}: there is no card beside it that can be read ({error})") from error
    return card


def write(path: Path, card: dict[str, Any]) -> None:
    """Write a card, or leave the old one whole."""
    write_whole(path, (json.dumps(card, indent=1, allow_nan=False) + "\n").encode(), 0o644)


def _end(tensor: tflite_file.Tensor) -> dict[str, Any]:
    return {
        "shape": list(tensor.shape),
        "dtype": tensor.dtype,
        "scale": tensor.scales[0],
        "zero_point": tensor.zero_points[0],
    }
