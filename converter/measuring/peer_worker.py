"""Runs inside the peer's environment: python peer_worker.py faces|frames INPUT OUTPUT.npy. See `peer`."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

ORDER = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The package's own order, which is also ours."""


def faces(given: Path) -> np.ndarray:
    """Whole crops through the peer's own scaling: float (n, 7)."""
    from fer.fer import FER

    reads = FER()
    answers = []
    for face in np.load(given):
        # The lines of FER.detect_emotions after its cropping: 64x64, -1 to 1.
        large = cv2.resize(face, (64, 64)).astype("float32")
        answers.append(reads._classify_emotions(((large / 255.0 - 0.5) * 2.0)[None])[0])
    return np.array(answers)


def frames(given: Path) -> np.ndarray:
    """Whole pictures through the peer's detector, largest face: float (n, 7), zeros where it finds none."""
    from fer.fer import FER

    reads = FER()
    answers = np.zeros((0, len(ORDER)))
    for path in given.read_text().splitlines():
        found = reads.detect_emotions(cv2.imread(path))
        best = max(found, key=lambda face: int(face["box"][2]) * int(face["box"][3]), default=None)
        answer = [best["emotions"][name] for name in ORDER] if best else [0.0] * len(ORDER)
        answers = np.vstack([answers, answer])
    return answers


if __name__ == "__main__":
    kind, source, target = sys.argv[1:4]
    np.save(target, {"faces": faces, "frames": frames}[kind](Path(source)))
