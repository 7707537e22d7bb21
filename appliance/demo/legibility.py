"""Whether the emotion network reads the drawn listener as it was meant: the recording, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from appliance.demo.face.recording import ORDER, RATE, frames
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Frame
from appliance.vision import Detector, emotion, faces
from appliance.vision.preprocess import crop

CLEAR = 0.6
"""A probability above which an emotion is read clearly."""


@dataclass(frozen=True)
class Legibility:
    """How one expression of the recording is read, over the frames that show it settled."""

    shown: str
    frames: int
    found: float
    """Share of frames in which a face is found."""
    clear: float
    """Share of frames read as what is shown, with a probability above `CLEAR`."""
    probability: float
    """Mean probability of what is shown."""
    rival: str
    """The likeliest of the other emotions, by mean probability."""
    rival_probability: float

    @property
    def read(self) -> bool:
        """Whether the expression is read clearly for most of the time."""
        return self.clear >= 0.75


def measure(models: Path, rate: float = RATE) -> list[Legibility]:
    """Read the recording with the networks in `models`; one result for each expression, in order.

    rate: how many frames a second to look at.
    """
    detector = faces.open_detector(models / "face_detector.tflite")
    classifier = emotion.Classifier(models / "emotion.tflite")
    seen: dict[str, list[tuple[float, ...] | None]] = {shown: [] for shown in ORDER}
    for now, picture in frames(rate=rate):
        if now.settled:
            seen[now.settled].append(_read(picture, detector, classifier))
    return [_summary(shown, looks) for shown, looks in seen.items() if looks]


def _read(
    picture: np.ndarray, detector: Detector, classifier: emotion.Classifier
) -> tuple[float, ...] | None:
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    small = np.asarray(cv2.resize(grey, (320, 240), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    found = detector.find(Frame(grey, small, lambda: picture, 0.0))
    if not found:
        return None
    return classifier.probabilities(crop(grey, found[0].box))


def _summary(shown: str, looks: list[tuple[float, ...] | None]) -> Legibility:
    read = np.array([look for look in looks if look is not None]).reshape(-1, len(EMOTIONS))
    own = EMOTIONS.index(shown)
    mean = read.mean(axis=0) if len(read) else np.zeros(len(EMOTIONS))
    rival = int(np.argmax(np.where(np.arange(len(EMOTIONS)) == own, -1.0, mean)))
    return Legibility(
        shown=shown,
        frames=len(looks),
        found=len(read) / len(looks),
        clear=float((read[:, own] > CLEAR).sum()) / len(looks),
        probability=float(mean[own]),
        rival=EMOTIONS[rival],
        rival_probability=float(mean[rival]),
    )


def print_table(models: Path) -> int:
    """Print how each expression is read; 0 when at least four are read clearly, else 1."""
    results = measure(models)
    print(f"{'shown':10} {'face':>5} {'clear':>6} {'mean':>5}   next")
    for row in results:
        print(
            f"{row.shown:10} {row.found:5.0%} {row.clear:6.0%} {row.probability:5.2f}   "
            f"{row.rival} {row.rival_probability:.2f}{'' if row.read else '   <- not read'}"
        )
    good = sum(row.read for row in results)
    print(f"{good} of {len(results)} are read (probability above {CLEAR} in three frames of four)")
    return 0 if good >= 4 else 1
