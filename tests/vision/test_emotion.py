"""The emotion network and its card, by the files that are shipped."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.errors import ModelError
from appliance.protocol.emotions import EMOTIONS
from appliance.vision.emotion import Classifier, _tensor_index, located, read_card

SHIPPED = Path(__file__).resolve().parents[2] / "models"
FACE = np.random.default_rng(5).integers(0, 256, (48, 48)).astype(np.uint8)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(SHIPPED / "emotion.tflite")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A copy of what is shipped, to be damaged."""
    for name in ("emotion.tflite", "emotion.json"):
        shutil.copy(SHIPPED / name, tmp_path / name)
    return tmp_path / "emotion.tflite"


def change_card(model: Path, change: Callable[[dict[str, Any]], object]) -> None:
    card = json.loads(model.with_suffix(".json").read_text())
    change(card)
    model.with_suffix(".json").write_text(json.dumps(card))


def test_seven_probabilities_sum_to_one(classifier: Classifier) -> None:
    probabilities = classifier.probabilities(FACE)
    assert len(probabilities) == len(EMOTIONS)
    assert all(isinstance(share, float) and 0 <= share <= 1 for share in probabilities)
    assert sum(probabilities) == pytest.approx(1)


def test_the_same_face_is_read_the_same_every_time(classifier: Classifier) -> None:
    first = classifier.probabilities(FACE)
    classifier.probabilities(255 - FACE)
    assert classifier.probabilities(FACE) == first


def test_logits_are_steps_of_the_outputs_scale(classifier: Classifier) -> None:
    logits, output = classifier.logits(FACE), classifier.card.output
    steps = logits / output.scale + output.zero_point
    assert logits.shape == (7,)
    assert np.abs(steps - np.rint(steps)).max() < 1e-6
    assert steps.min() >= -128
    assert steps.max() <= 127


def test_the_temperature_decides_how_sure_it_is_not_what_it_sees(model: Path) -> None:
    def sharpen(card: dict[str, Any]) -> None:
        card["temperature"] /= 2

    before = Classifier(model).probabilities(FACE)
    change_card(model, sharpen)
    after = Classifier(model).probabilities(FACE)
    assert max(after) > max(before)
    assert np.argsort(after).tolist() == np.argsort(before).tolist()


def test_sensitivity_takes_the_training_datas_shares_out_again(model: Path) -> None:
    trusting, fair = Classifier(model), Classifier(model, sensitivity=1.0)
    prior = np.exp(trusting.card.log_prior)
    expected = np.array(trusting.probabilities(FACE)) / prior
    assert fair.probabilities(FACE) == pytest.approx((expected / expected.sum()).tolist())


def test_calibrating_many_rows_is_calibrating_each(classifier: Classifier) -> None:
    rows = np.array([[9.0, 0, 0, 0, 0, 0, 0], [-1000.0, 1000, 0, 0, 0, 0, 0]])
    shares = classifier.calibrate(rows)
    assert shares.shape == (2, 7)
    assert shares[0].tolist() == classifier.calibrate(rows[0]).tolist()
    assert shares[1, 1] == 1


def damaged(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda model: (model.parent / name).write_bytes(content)


def folder_instead(model: Path) -> None:
    model.unlink()
    model.mkdir()


def card_with(**fields: Any) -> Callable[[Path], object]:
    return lambda model: change_card(model, lambda card: card.update(fields))


def card_with_input(**fields: Any) -> Callable[[Path], object]:
    return lambda model: change_card(model, lambda card: card["input"].update(fields))


def card_with_output(**fields: Any) -> Callable[[Path], object]:
    return lambda model: change_card(model, lambda card: card["output"].update(fields))


TFLITE = (SHIPPED / "emotion.tflite").read_bytes()

DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a model that is not there": (Path.unlink, r"emotion\.tflite: there is no such file"),
    "a model of zero bytes": (damaged("emotion.tflite", b""), r"emotion\.tflite: the file is empty"),
    "a model cut short": (
        damaged("emotion.tflite", TFLITE[:9000]),
        r"emotion\.tflite: this is not the file that",
    ),
    "a model with one wrong byte": (
        damaged("emotion.tflite", TFLITE[:-9] + bytes([TFLITE[-9] ^ 1]) + TFLITE[-8:]),
        r"emotion\.tflite: this is not the file that emotion\.json describes",
    ),
    "a file of another kind": (
        damaged("emotion.tflite", b"\x89PNG and more"),
        r"emotion\.tflite: this is not a TFLite",
    ),
    "a folder in its place": (
        folder_instead,
        r"emotion\.tflite: Is a directory",
    ),
    "no card": (lambda model: model.with_suffix(".json").unlink(), r"emotion\.json: there is no such file"),
    "a card that is no JSON": (damaged("emotion.json", b"{"), r"emotion\.json: Expecting"),
    "a card that is no text": (damaged("emotion.json", b"\xff\xfe\x00"), r"emotion\.json: 'utf-8'"),
    "a card that is a list": (damaged("emotion.json", b"[]"), r"emotion\.json: "),
    "a card without labels": (
        lambda m: change_card(m, lambda c: c.pop("labels")),
        r"emotion\.json: 'labels' is missing",
    ),
    "labels in another order": (
        card_with(labels=list(reversed(EMOTIONS))),
        r"emotion\.json: the labels are not angry",
    ),
    "a temperature of zero": (card_with(temperature=0), r"emotion\.json: the temperature"),
    "a temperature that is no number": (card_with(temperature=None), r"emotion\.json: "),
    "six priors": (card_with(log_prior=[0.0] * 6), r"emotion\.json: log_prior is not 7 finite numbers"),
    "an infinite prior": (card_with(log_prior=[float("-inf")] * 7), r"emotion\.json: log_prior"),
    "a larger input": (
        card_with_input(shape=[1, 64, 64, 1]),
        r"emotion\.json: .*int8 \(1, 48, 48, 1\) was expected",
    ),
    "an input of floats": (card_with_input(dtype="float32"), r"emotion\.json: .*not float32"),
    "another scale than the file's": (
        card_with_input(scale=0.5),
        r"emotion\.tflite: its tensor .* its card says",
    ),
    "another zero point": (card_with_output(zero_point=77), r"emotion\.tflite: its tensor .* its card says"),
    "an output that is softmax already": (
        card_with_output(meaning="probabilities"),
        r"emotion\.json: the output means",
    ),
    "another file's hash": (card_with(sha256="0" * 64), r"emotion\.tflite: this is not the file"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_model_or_card_names_the_file_and_the_remedy(model: Path, kind: str) -> None:
    damage, says = DAMAGE[kind]
    damage(model)
    with pytest.raises(ModelError, match=f"{model.parent}/{says}.*; put the shipped file back"):
        Classifier(model)


def test_a_card_whose_file_the_runtime_refuses_is_a_model_error(model: Path) -> None:
    """The hash fits, and the file is still no network."""
    import hashlib

    nonsense = b"\0\0\0\0TFL3" + bytes(200)
    model.write_bytes(nonsense)
    card_with(sha256=hashlib.sha256(nonsense).hexdigest())(model)
    with pytest.raises(ModelError, match=r"emotion\.tflite: the TFLite runtime refuses it"):
        Classifier(model)


@pytest.mark.parametrize(
    ("shape", "is_it"), [((1, 48, 48, 1), True), ((1, 32, 32, 1), False), ((1, 64), False)]
)
def test_a_network_takes_pictures_as_large_as_its_card_says(shape: tuple[int, ...], is_it: bool) -> None:
    """And has one input: the card knows of no other."""
    model, card = SHIPPED / "emotion.tflite", read_card(SHIPPED / "emotion.json").input
    end = {"name": "in", "index": 7, "dtype": np.int8, "quantization": (card.scale, card.zero_point)}
    end["shape"] = np.array(shape)
    for ends in ([end], [end, end]):
        if is_it and len(ends) == 1:
            assert _tensor_index(model, ends, card) == 7
        else:
            with pytest.raises(
                ModelError, match=r"emotion\.tflite: its tensor 'in' is not what its card says"
            ):
                _tensor_index(model, ends, card)


def test_the_shipped_card_is_good() -> None:
    card = read_card(SHIPPED / "emotion.json")
    assert card.input.shape == (1, 48, 48, 1)
    assert np.exp(card.log_prior).sum() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("board", "name"),
    [
        ("Raspberry Pi Zero 2 W Rev 1.0\0", "emotion-tiny.tflite"),
        ("Raspberry Pi 5 Model B Rev 1.0\0", "emotion.tflite"),
        (None, "emotion.tflite"),
    ],
)
def test_the_board_chooses_the_network(tmp_path: Path, board: str | None, name: str) -> None:
    model = tmp_path / "model"
    if board is not None:
        model.write_text(board)
    assert located("auto", model) == SHIPPED / name


def test_the_settings_choose_the_network(tmp_path: Path) -> None:
    assert located("tiny") == SHIPPED / "emotion-tiny.tflite"
    assert located("main") == SHIPPED / "emotion.tflite"
    assert located(str(tmp_path / "own.tflite")) == tmp_path / "own.tflite"
