"""Anybody's own Keras model to a file that the box can run, and what cannot be converted, said clearly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tensorflow as tf

from appliance.protocol.emotions import EMOTIONS
from converter.errors import BadInput
from converter.measuring import faces_file
from converter.training import quantize, recipe
from converter.training.finish import finish

SIDE = 48
PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".pgm")
FEW_FACES = 50
"""With fewer to calibrate on, ranges are guesswork."""
MOST_FACES = 600


@dataclass(frozen=True)
class Own:
    """Somebody's own network, to be converted for the box."""

    path: Path
    """A .keras or .h5 file, or the folder of a SavedModel."""
    labels: tuple[str, ...] = EMOTIONS
    """The classes that the network tells apart, in the order of its answers."""
    low: float = 0.0
    """The value that the network was trained to see for black."""
    high: float = 1.0
    """The value that the network was trained to see for white."""


def convert_own(
    own: Own,
    faces: Path | None,
    data: Path | None,
    valid: Path | None,
    to: Path,
    version: str,
    say: Callable[[str], None],
) -> None:
    """Quantize `own` into `to` and write its card.

    faces: folder of face pictures to calibrate on. data: an .npz with votes, to fit the temperature on;
    without one the card says 1. valid: an .npz for the card's accuracy, or None.
    Raises BadInput when something cannot be used or converted.
    """
    if sorted(own.labels) != sorted(EMOTIONS):
        raise BadInput(
            f"--labels: the box needs each of {', '.join(EMOTIONS)} once; a model without one is no use"
        )
    if faces is None:
        raise BadInput("--faces: name a folder of face pictures to calibrate on; a hundred or more, any size")
    shown = pictures(faces)
    if len(shown) < FEW_FACES:
        say(f"{faces}: only {len(shown)} pictures; ranges taken from so few cost accuracy")
    model = wrap(own, load(own.path))
    with quantize.export(model) as folder:
        content = quantize.quantize(Path(folder), shown, str(own.path))
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(content)
    flat = np.full(len(EMOTIONS), -np.log(len(EMOTIONS)))
    learnt = held_out = None
    if data is not None:
        learnt, held_out = faces_file.split(faces_file.load(data), data)
    prior = flat if learnt is None or learnt.votes is None else recipe.log_prior(learnt)
    training = {"source": own.path.name, "labels": list(own.labels), "black": own.low, "white": own.high}
    finish(to, version, held_out, prior, valid, training, say)


def pictures(folder: Path) -> np.ndarray:
    """The pictures below a folder, grey: uint8 (n, 48, 48). Raises BadInput when there is none."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
    read = [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in paths[:MOST_FACES]]
    found = [
        cv2.resize(face, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for face in read if face is not None
    ]
    if not found:
        raise BadInput(
            f"{folder}: no picture there ({', '.join(PICTURES)}); it must hold faces to calibrate on"
        )
    return np.stack(found)


def load(path: Path) -> Any:
    """The Keras model in a file or folder. Raises BadInput when TensorFlow cannot read it."""
    if not path.exists():
        raise BadInput(f"{path}: no such file or folder; name a .keras or .h5 file, or a SavedModel's folder")
    try:
        if path.is_dir():
            return _layer_of(path)
        return tf.keras.models.load_model(path, compile=False)
    except Exception as error:  # Keras raises whatever its layers raise
        reason = " ".join(str(error).split())[:200]
        raise BadInput(
            f"{path}: Keras cannot read it ({reason}); save it whole, without layers of your own, as .keras"
        ) from error


class _Saved(tf.keras.layers.Layer):  # type: ignore[misc]  # TensorFlow is not there when types are checked
    """A SavedModel's own default signature, as a layer; old and new Keras have no such layer in common."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._loaded = tf.saved_model.load(str(folder))  # kept: its weights go when it goes
        self._signature = self._loaded.signatures["serving_default"]
        ((self._argument, self.takes),) = self._signature.structured_input_signature[1].items()

    def call(self, x: Any) -> Any:
        """x: as the SavedModel takes it. Returns its first output."""
        return next(iter(self._signature(**{self._argument: x}).values()))


def _layer_of(folder: Path) -> Any:
    """A SavedModel as a model of one layer."""
    layer = _Saved(folder)
    start = tf.keras.Input(layer.takes.shape[1:], batch_size=layer.takes.shape[0])
    return tf.keras.Model(start, layer(start))


def wrap(own: Own, model: Any) -> Any:
    """The model made to take float (1, 48, 48, 1), 0 to 1, and to give logits in the order of `EMOTIONS`.

    Raises BadInput when its input is not one square picture, grey or colour, or its output not seven numbers.
    """
    side, channels = _ends(own.path, model)
    inner = without_softmax(model)
    start = x = tf.keras.Input((SIDE, SIDE, 1), batch_size=1)
    # Resizing last: before the multiplication it would be given that one's scale, and the input too.
    if (own.low, own.high) != (0.0, 1.0):
        x = tf.keras.layers.Rescaling(own.high - own.low, own.low)(x)
    if side != SIDE:
        x = tf.keras.layers.Resizing(side, side)(x)
    if channels == 3:
        x = tf.keras.layers.Concatenate()([x, x, x])
    x = inner(x)
    if own.labels != EMOTIONS:
        order = tf.keras.layers.Dense(len(EMOTIONS), use_bias=False)
        x = order(x)
        order.set_weights(
            [np.array([[one == other for other in EMOTIONS] for one in own.labels], np.float32)]
        )
    wrapped = tf.keras.Model(start, x)
    _refuse_probabilities(own.path, wrapped)
    return wrapped


def _ends(path: Path, model: Any) -> tuple[int, int]:
    """Side in pixels and number of channels of its input."""
    shapes = model.input_shape, model.output_shape
    if any(isinstance(shape, list) for shape in shapes):
        raise BadInput(f"{path}: has several inputs or outputs; the box has one picture and wants one answer")
    into, out = shapes
    if len(into) != 4 or into[1] is None or into[1] != into[2] or into[3] not in (1, 3):
        raise BadInput(f"{path}: takes {into}; wanted one square picture (n, side, side, 1 or 3)")
    if tuple(out[1:]) != (len(EMOTIONS),):
        raise BadInput(f"{path}: gives {out}; wanted seven numbers (n, 7), one for each emotion")
    return int(into[1]), int(into[3])


def without_softmax(model: Any) -> Any:
    """The same model up to its logits, if it ends in a softmax that Keras knows of."""
    last = model.layers[-1]
    if isinstance(last, tf.keras.layers.Softmax):
        return tf.keras.Model(model.inputs, last.input)
    if getattr(last, "activation", None) is tf.keras.activations.softmax:
        if isinstance(last, tf.keras.layers.Activation):
            return tf.keras.Model(model.inputs, last.input)
        last.activation = tf.keras.activations.linear
    return model


def _refuse_probabilities(path: Path, model: Any) -> None:
    noise = np.random.default_rng(1).random((4, 1, SIDE, SIDE, 1), np.float32)
    answers = np.concatenate([np.asarray(model(face)) for face in noise])
    if (answers >= 0).all() and np.allclose(answers.sum(axis=1), 1, atol=1e-3):
        raise BadInput(
            f"{path}: gives probabilities, and its softmax cannot be taken off here; "
            "save it as .keras, or without its last softmax: the box needs logits"
        )
