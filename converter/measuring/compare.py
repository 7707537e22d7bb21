"""Whether a network is worth more than another, on the held-out faces, on which every choice is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from converter.errors import BadInput
from converter.measuring import evaluate, faces_file, metrics, operating, protocol

ROUNDS = 2000


@dataclass(frozen=True)
class Gain:
    """By how much the second of two networks is worth more than the first, and how sure that is."""

    worth: float
    """As a share, by `operating.worth`; below zero when the first is better."""
    error: float
    """Standard error of `worth`."""
    won: int
    """Faces that only the second reads right."""
    lost: int
    """Faces that only the first reads right."""


def gain(first: np.ndarray, second: np.ndarray, truth: np.ndarray) -> Gain:
    """Compare two networks by their answers for the same faces, and the truth.

    first, second, truth: int64 (n,) each, `LEFT_OUT` as in `protocol`.

    The error is that of the difference, by bootstrap over the faces (Efron, 1979). It is smaller than that of
    either network, since most faces are as easy, or as hard, for both.
    Raises ValueError when no face counts.
    """
    counts = np.flatnonzero(truth != protocol.LEFT_OUT)
    if not len(counts):
        raise ValueError("no face counts")
    random = np.random.default_rng(1)
    drawn = (counts[random.integers(0, len(counts), len(counts))] for _ in range(ROUNDS))
    differences = [_difference(first[faces], second[faces], truth[faces]) for faces in drawn]
    right = (first == truth)[counts], (second == truth)[counts]
    return Gain(
        _difference(first, second, truth),
        float(np.std(differences)),
        won=int((right[1] & ~right[0]).sum()),
        lost=int((right[0] & ~right[1]).sum()),
    )


def compare(first: Path, second: Path, data: Path) -> str:
    """Both .tflite files on the held-out rows of `data`, the training faces, in words.

    Raises BadInput when a file cannot be used.
    """
    _, held_out = faces_file.split(faces_file.load(data), data)
    truth = None if held_out.votes is None else protocol.maj7(held_out.votes)
    if truth is None or (truth == protocol.LEFT_OUT).all():
        raise BadInput(f"{data}: no held-out face has a majority; use a file made by 'converter data'")
    models = [evaluate.classifier(path) for path in (first, second)]
    answers = [evaluate.logits_of(model, held_out.faces).argmax(axis=1) for model in models]
    found = gain(answers[0], answers[1], truth)
    lines = [
        f"{path}: maj7 {100 * metrics.accuracy(answer, truth):.1f}, "
        f"mean recall {100 * metrics.macro_recall(answer, truth):.1f}"
        for path, answer in zip((first, second), answers, strict=True)
    ]
    faces = (truth != protocol.LEFT_OUT).sum()
    lines.append(f"right alone: the first {found.lost}, the second {found.won}, of {faces} faces")
    verdict = "more" if found.worth > found.error else "no more"
    gained, error = 100 * found.worth, 100 * found.error
    lines.append(f"the second is worth {gained:+.2f} points, {verdict} than its standard error, {error:.2f}")
    return "\n".join(lines)


def _difference(first: np.ndarray, second: np.ndarray, truth: np.ndarray) -> float:
    worths = [
        operating.worth(metrics.accuracy(answer, truth), metrics.macro_recall(answer, truth))
        for answer in (first, second)
    ]
    return worths[1] - worths[0]
