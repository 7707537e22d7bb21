"""How good a model file is, through the appliance's own rooms. Needs the appliance's dependencies only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from appliance.errors import ModelError
from appliance.protocol.emotions import EMOTIONS
from appliance.vision.emotion import Classifier
from converter.errors import BadInput
from converter.measuring import metrics, protocol
from converter.measuring.faces_file import Faces
from converter.measuring.protocol import LEFT_OUT


def classifier(model: Path, sensitivity: float = 0.0) -> Classifier:
    """The appliance's own. Raises BadInput when the file or its card cannot be used."""
    try:
        return Classifier(model, sensitivity)
    except ModelError as error:
        raise BadInput(str(error)) from error


def logits_of(reads: Classifier, faces: np.ndarray) -> np.ndarray:
    """The network's answers for uint8 (n, 48, 48): float64 (n, 7)."""
    return np.stack([reads.logits(face) for face in faces])


def report(reads: Classifier, faces: Faces, only: Sequence[str] | None) -> dict[str, Any]:
    """Every number of the data's protocol, as `--json` prints it; shares, not per cent.

    only: the classes that may be answered; faces of the other classes do not count then.
    """
    return score(reads.calibrate(logits_of(reads, faces.faces)), faces, only)


def score(probabilities: np.ndarray, faces: Faces, only: Sequence[str] | None) -> dict[str, Any]:
    """Measure any classifier as `report` does. probabilities: its answers, float (n, 7)."""
    answers = _restrict(probabilities, only)
    truths = protocol.truths(faces.votes, faces.label)
    if only is not None:
        truths = {name: None if truth is None else _leave_out(truth, only) for name, truth in truths.items()}
    found = _numbers(answers, truths)
    without: dict[str, Any] | None = None
    if faces.repeated is not None:
        fresh = ~faces.repeated
        kept = {name: None if truth is None else truth[fresh] for name, truth in truths.items()}
        without = _numbers(answers[fresh], kept)
    return found | {"without_repeated": without}


def _numbers(probabilities: np.ndarray, truths: dict[str, np.ndarray | None]) -> dict[str, Any]:
    guess = probabilities.argmax(axis=1)
    headline = next((name for name in ("maj7", "orig") if truths[name] is not None), None)
    found: dict[str, Any] = {
        name: None if truth is None else _rounded(metrics.accuracy(guess, truth))
        for name, truth in truths.items()
    }
    found["counts"] = {
        name: None if truth is None else int((truth != LEFT_OUT).sum()) for name, truth in truths.items()
    }
    truth = truths[headline] if headline else None
    if truth is None:
        return found | dict.fromkeys(("macro_recall", "macro_f1", "ece", "selective", "classes", "confusion"))
    table = metrics.confusion(guess, truth)
    return found | {
        "measured_on": headline,
        "macro_recall": _rounded(metrics.macro_recall(guess, truth)),
        "macro_f1": _rounded(metrics.macro_f1(guess, truth)),
        "ece": _rounded(metrics.ece(probabilities, truth)),
        "selective": _rounded(metrics.selective(probabilities, truth)),
        "classes": {
            emotion: _class(row, at) for at, (emotion, row) in enumerate(zip(EMOTIONS, table, strict=True))
        },
        "confusion": table.tolist(),
    }


def _class(row: np.ndarray, at: int) -> dict[str, Any]:
    """Recall of one class, with its 95 % interval. row: int64 (7,), how its faces were answered."""
    right, faces = int(row[at]), int(row.sum())
    low, high = metrics.interval(right, faces)
    recall = _rounded(right / faces) if faces else None
    return {"faces": faces, "recall": recall, "low": _rounded(low), "high": _rounded(high)}


def _restrict(probabilities: np.ndarray, only: Sequence[str] | None) -> np.ndarray:
    """Probabilities with the classes not in `only` taken out, summing to 1 again."""
    if only is None:
        return probabilities
    allowed = probabilities * np.array([emotion in only for emotion in EMOTIONS])
    return allowed / np.maximum(allowed.sum(axis=1, keepdims=True), 1e-30)


def _leave_out(truth: np.ndarray, only: Sequence[str]) -> np.ndarray:
    kept = np.array([at for at, emotion in enumerate(EMOTIONS) if emotion in only])
    return np.where(np.isin(truth, kept), truth, LEFT_OUT)


def _rounded(share: float) -> float | None:
    return round(share, 5) if math.isfinite(share) else None
