"""A checkpoint of ours to the shipped pair: NAME.tflite and the card beside it, NAME.json."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from converter.errors import BadInput
from converter.measuring import faces_file, operating
from converter.training import quantize, recipe, twin
from converter.training.checkpoint import averaged, load, predict, story
from converter.training.finish import finish

CALIBRATION_FACES = 600
AGREEMENT = 1e-3
"""How far the logits of the Keras twin may be from PyTorch's: rounding, not mistakes."""


def convert(
    checkpoint: Path, data: Path, valid: Path | None, to: Path, version: str, say: Callable[[str], None]
) -> None:
    """Choose the operating point on held-out rows, quantize, calibrate, and write `to` and its card.

    data: the training faces, of which the held-out rows are used to choose and the others to calibrate on.
    valid: faces for the card's accuracy; None leaves it empty.
    to: the .tflite file to write.
    Raises BadInput when a file cannot be used.
    """
    state = load(checkpoint)
    source = averaged(state)
    learnt, held_out = faces_file.split(faces_file.load(data), data)
    if held_out.votes is None:
        raise BadInput(
            f"{data}: has no array 'votes' to choose the operating point by; use a file of 'converter data'"
        )
    log_prior = recipe.log_prior(learnt)
    by_votes, by_labels = predict(source, held_out.faces)
    point = operating.choose(by_votes, by_labels, held_out.votes, log_prior)
    say(f"chosen on {len(held_out)} held-out faces: {point}")
    head = twin.Head(point.blend, tuple((-point.shift * log_prior).tolist()))
    model = twin.make(source, head)
    _compare(source, head, model, held_out.faces[:32])
    picked = np.random.default_rng(1).choice(len(learnt), min(CALIBRATION_FACES, len(learnt)), replace=False)
    with quantize.export(model) as folder:
        content = quantize.quantize(Path(folder), learnt.faces[np.sort(picked)], str(checkpoint))
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(content)
    floats = by_votes + point.blend * by_labels - point.shift * log_prior
    made = story(state) | {"blend": point.blend, "shift": point.shift}
    finish(to, version, held_out, log_prior, valid, made, say, floats)


def _compare(source: Any, head: twin.Head, model: Any, faces: np.ndarray) -> None:
    """Raise BadInput when the Keras twin does not compute what the PyTorch network does."""
    by_votes, by_labels = predict(source, faces)
    wanted = by_votes + head.blend * by_labels + np.array(head.shift)
    pixels = (faces.astype(np.float32) / 255)[..., None]
    got = np.concatenate([np.asarray(model(pixel[None])) for pixel in pixels])
    furthest = float(np.abs(got - wanted).max())
    if furthest > AGREEMENT * max(1.0, float(np.abs(wanted).max())):
        raise BadInput(
            f"the Keras twin's logits are off by {furthest:.2g}; TensorFlow {_version()} computes otherwise"
        )


def _version() -> str:
    import tensorflow as tf

    return f"{tf.__version__} beside PyTorch {torch.__version__}"
