"""Face crop -> seven calibrated probabilities: the int8 network and the card that describes it."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from appliance import tflite
from appliance.errors import ModelError
from appliance.machine.machine import ways
from appliance.protocol.emotions import EMOTIONS
from appliance.vision.preprocess import SIZE, to_input

SHIPPED = {"main": "emotion.tflite", "tiny": "emotion-tiny.tflite"}
"""The networks that come with the box; `tiny` takes a fifth of the work, and is right less often."""
BOARD = Path("/proc/device-tree/model")
"""Where Linux says what board it runs on; missing on other machines than a Pi."""
REMEDY = f"put the shipped file back: {ways().models}"


@dataclass(frozen=True)
class Tensor:
    """How one end of the network is quantized: real = scale * (value - zero_point)."""

    shape: tuple[int, ...]
    scale: float
    zero_point: int


@dataclass(frozen=True)
class Card:
    """A model's card, `NAME.json`, as far as the appliance reads it."""

    name: str
    version: str
    input: Tensor
    output: Tensor
    temperature: float
    """Logits are divided by it, so that 0.8 means right four times in five."""
    log_prior: tuple[float, ...]
    """Logarithm of each class's share in the training data."""
    sha256: str
    """Of the `.tflite` file that the card describes."""


class Classifier:
    """The emotion network. Not for use by two threads at once."""

    def __init__(self, model: Path, sensitivity: float = 0.0) -> None:
        """Load `model` and the card beside it.

        sensitivity: 0 trusts the network; 1 takes the training data's class shares wholly out again, which
        makes rare emotions (disgust, fear) as likely as the common ones.
        Raises ModelError, naming the file and the remedy.
        """
        content = tflite.read(model, REMEDY)
        self.card = read_card(model.with_suffix(".json"))
        if hashlib.sha256(content).hexdigest() != self.card.sha256:
            raise ModelError(f"{model}: this is not the file that {model.stem}.json describes; {REMEDY}")
        self._interpreter = tflite.load(model, content, REMEDY)
        self._input = _tensor_index(model, self._interpreter.get_input_details(), self.card.input)
        self._output = _tensor_index(model, self._interpreter.get_output_details(), self.card.output)
        self._offset = sensitivity * np.array(self.card.log_prior)

    def probabilities(self, face: np.ndarray) -> tuple[float, ...]:
        """Read one face.

        face: uint8 (48, 48), as `preprocess.crop` cuts it.
        Returns one probability per `EMOTIONS`, in that order; they sum to 1.
        """
        return tuple(self.calibrate(self.logits(face)).tolist())

    def logits(self, face: np.ndarray) -> np.ndarray:
        """The network's own answer. face: uint8 (48, 48). Returns float64 (7,)."""
        ends, interpreter = self.card, self._interpreter
        interpreter.set_tensor(self._input, to_input(face, ends.input.scale, ends.input.zero_point))
        interpreter.invoke()
        steps = interpreter.get_tensor(self._output)[0].astype(np.float64)
        return ends.output.scale * (steps - ends.output.zero_point)

    def calibrate(self, logits: np.ndarray) -> np.ndarray:
        """Logits, float (..., 7), to probabilities of the same shape."""
        scaled = logits / self.card.temperature - self._offset
        # Less the largest: the shares stay the same, and nothing overflows.
        shares = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
        return shares / shares.sum(axis=-1, keepdims=True)


def located(setting: str, board: Path = BOARD) -> Path:
    """The network's file that the setting `vision.model` means: a name of `SHIPPED`, a path, or `auto`.

    `auto` is the tiny one on a Pi Zero, which has 512 MB and slow cores to share with the music.
    """
    if setting == "auto":
        try:
            setting = "tiny" if "Pi Zero" in board.read_text(errors="replace") else "main"
        except OSError:
            setting = "main"
    return tflite.MODELS / SHIPPED[setting] if setting in SHIPPED else Path(setting)


def read_card(path: Path) -> Card:
    """Read and check a card. Raises ModelError, naming the file, what is wrong in it and the remedy."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return _card(raw)
    except FileNotFoundError:
        raise ModelError(f"{path}: there is no such file; {REMEDY}") from None
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}; {REMEDY}") from error
    except KeyError as error:
        raise ModelError(f"{path}: {error} is missing; {REMEDY}") from error
    except (ValueError, TypeError) as error:  # json's and unicode's errors are ValueErrors too
        raise ModelError(f"{path}: {error}; {REMEDY}") from error


def _card(raw: dict[str, Any]) -> Card:
    if tuple(raw["labels"]) != EMOTIONS:
        raise ValueError(f"the labels are not {', '.join(EMOTIONS)}")
    temperature = float(raw["temperature"])
    log_prior = tuple(float(share) for share in raw["log_prior"])
    if not (math.isfinite(temperature) and temperature > 0):
        raise ValueError("the temperature is not above zero")
    if len(log_prior) != len(EMOTIONS) or not all(map(math.isfinite, log_prior)):
        raise ValueError(f"log_prior is not {len(EMOTIONS)} finite numbers")
    return Card(
        name=str(raw["name"]),
        version=str(raw["version"]),
        input=_tensor(raw["input"], (1, SIZE, SIZE, 1)),
        output=_tensor(raw["output"], (1, len(EMOTIONS))),
        temperature=temperature,
        log_prior=log_prior,
        sha256=str(raw["sha256"]).lower(),
    )


def _tensor(raw: dict[str, Any], shape: tuple[int, ...]) -> Tensor:
    if tuple(raw["shape"]) != shape or raw["dtype"] != "int8":
        raise ValueError(f"a tensor of int8 {shape} was expected, not {raw['dtype']} {raw['shape']}")
    if raw.get("meaning", "logits") != "logits":
        raise ValueError(f"the output means {raw['meaning']!r}, not 'logits'")
    scale = float(raw["scale"])
    if not (math.isfinite(scale) and scale > 0):
        raise ValueError("a tensor's scale is not above zero")
    return Tensor(shape, scale, int(raw["zero_point"]))


def _tensor_index(model: Path, details: list[dict[str, Any]], described: Tensor) -> int:
    """The only tensor at one end of the network, if it is the one that the card describes."""
    found = details[0]
    scale, zero_point = found["quantization"]
    same = (
        len(details) == 1
        and tuple(found["shape"].tolist()) == described.shape
        and found["dtype"] == np.int8
        and math.isclose(scale, described.scale, rel_tol=1e-4)
        and zero_point == described.zero_point
    )
    if not same:
        raise ModelError(f"{model}: its tensor {found['name']!r} is not what its card says; {REMEDY}")
    return int(found["index"])
