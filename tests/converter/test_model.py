"""The shipped network: its file and its card say the same, and the appliance can run it."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.protocol.emotions import EMOTIONS
from appliance.vision.emotion import Classifier
from converter.errors import BadInput
from converter.measuring import tflite_file

MODELS = Path(__file__).resolve().parents[2] / "models"
SHIPPED = sorted(path for path in MODELS.glob("*.tflite") if path.with_suffix(".json").exists())
LIMITS = {"emotion": (80_000_000, 2_000_000), "emotion-tiny": (15_000_000, 400_000)}
"""Most multiply-accumulates and most bytes of each."""


@pytest.fixture(params=SHIPPED, ids=[path.stem for path in SHIPPED])
def model(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture
def card(model: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(model.with_suffix(".json").read_text(encoding="utf-8"))
    return found


def test_there_is_one_to_ship() -> None:
    assert "emotion" in [path.stem for path in SHIPPED]


def test_the_card_describes_the_file(model: Path, card: dict[str, Any]) -> None:
    found = tflite_file.read(model)
    assert card["sha256"] == found.sha256
    assert (card["bytes"], card["macs"], card["parameters"]) == (found.bytes, found.macs, found.parameters)
    for end, tensor in (("input", found.input), ("output", found.output)):
        assert tuple(card[end]["shape"]) == tensor.shape
        assert card[end]["dtype"] == tensor.dtype == "int8"
        assert (card[end]["scale"],) == pytest.approx(tensor.scales)
        assert (card[end]["zero_point"],) == tensor.zero_points


def test_a_pixel_enters_as_it_is(card: dict[str, Any]) -> None:
    assert card["input"]["scale"] == pytest.approx(1 / 255)
    assert card["input"]["zero_point"] == -128


def test_it_is_small_enough(model: Path, card: dict[str, Any]) -> None:
    macs, size = LIMITS[model.stem]
    assert card["macs"] <= macs
    assert card["bytes"] <= size


def test_each_channel_has_its_own_scale(model: Path) -> None:
    kernels = [weights for weights in tflite_file.read(model).weights if len(weights.shape) == 4]
    assert kernels
    assert all(len(weights.scales) == weights.shape[0] for weights in kernels)
    assert all(weights.dtype == "int8" for weights in kernels)


def test_the_card_says_what_was_measured(card: dict[str, Any]) -> None:
    assert card["labels"] == list(EMOTIONS)
    assert card["output"]["meaning"] == "logits"
    assert np.exp(card["log_prior"]).sum() == pytest.approx(1, abs=1e-3)
    accuracy = card["accuracy"]
    assert {"orig", "plur7", "maj7", "clear", "macro_recall", "ece", "without_repeated"} <= accuracy.keys()
    assert 0 < accuracy["maj7"] < accuracy["clear"] < 1


def test_the_appliance_reads_any_face_with_it(model: Path) -> None:
    reads = Classifier(model)
    for face in (np.zeros((48, 48), np.uint8), np.full((48, 48), 255, np.uint8)):
        answer = reads.probabilities(face)
        assert sum(answer) == pytest.approx(1)
        assert all(0 <= share <= 1 for share in answer)


def test_a_face_and_its_mirror_image_are_read_alike(model: Path) -> None:
    reads = Classifier(model)
    faces = np.random.default_rng(1).integers(0, 256, (20, 48, 48)).astype(np.uint8)
    for face in faces:
        assert reads.probabilities(face) == reads.probabilities(np.fliplr(face))


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"\0\0\0\0TFL3", b"x" * 100, struct.pack("<I4sI", 8, b"TFL3", 4)):
        (tmp_path / "bad.tflite").write_bytes(content)
        with pytest.raises(BadInput, match=r"bad\.tflite: not a \.tflite"):
            tflite_file.read(tmp_path / "bad.tflite")
    with pytest.raises(BadInput, match="no such file"):
        tflite_file.read(tmp_path / "none.tflite")
