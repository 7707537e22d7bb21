"""How long a look takes on this machine: one 640x480 frame with one face, to seven probabilities."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from appliance import tflite
from appliance.demo.drawing import portrait
from appliance.emotion import Classifier
from appliance.errors import MoodboxError
from appliance.faces import BlazeFace
from appliance.messages import Reading
from appliance.pictures import Shape, to_frame
from appliance.vision import Eyes

MODELS = Path(__file__).resolve().parent.parent / "models"
ROUNDS, WARM_UP = 200, 20

Work = Callable[[], object]


def run(as_json: bool = False, models: Path = MODELS) -> int:
    """Print the figures. Raises ModelError when a network is missing. Returns the exit status."""
    figures = measure(models)
    bare = figures["detector_ms"] + figures["emotion_ms"]
    print(f"One frame of 640x480 with one face, one thread, medians of {ROUNDS}:")
    for name, what in ROWS.items():
        print(f"  {what:<42} {figures[name]:7.2f} ms")
    print(f"  a followed face over the two networks alone {figures['followed_ms'] / bare:6.2f} times")
    if as_json:
        print(json.dumps({**figures, "over_bare": figures["followed_ms"] / bare}))
    return 0


ROWS = {
    "detector_ms": "the face detector alone",
    "emotion_ms": "the emotion network alone",
    "first_ms": "a face nobody knew, to probabilities",
    "followed_ms": "a followed face, to probabilities",
}


def measure(models: Path = MODELS) -> dict[str, float]:
    """Medians in milliseconds, by the names in `ROWS`; the kinds of work take turns."""
    detector, classifier = models / "face_detector.tflite", models / "emotion.tflite"
    work: dict[str, Work] = {
        "detector_ms": bare_invoke(detector),
        "emotion_ms": bare_invoke(classifier),
        "first_ms": look(detector, classifier, anew=True),
        "followed_ms": look(detector, classifier),
    }
    return {name: 1000 * seconds for name, seconds in take_turns(work, ROUNDS, WARM_UP).items()}


def take_turns(work: dict[str, Work], rounds: int, warm_up: int) -> dict[str, float]:
    """Median seconds of each kind of work."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(warm_up + rounds):
        for name, do in work.items():
            started = time.perf_counter()
            do()
            taken[name].append(time.perf_counter() - started)
    return {name: median(seconds[warm_up:]) for name, seconds in taken.items()}


def bare_invoke(model: Path) -> Work:
    """The network, and nothing around it."""
    remedy = "see models/README.md"
    return tflite.load(model, tflite.read(model, remedy), remedy).invoke


def look(detector: Path, classifier: Path, anew: bool = False) -> Work:
    """From the picture as a camera gives it to a Reading, by the service's own path.

    anew: as if the face had never been seen: found in the whole frame. Otherwise it is followed.
    """
    picture: np.ndarray = portrait("happy")
    finds, reads = BlazeFace(detector), Classifier(classifier)
    eyes = Eyes(finds, reads, time.monotonic)

    def once() -> None:
        nonlocal eyes
        if anew:
            eyes = Eyes(finds, reads, time.monotonic)
        frame = to_frame(picture, Shape(), time.monotonic())
        if not isinstance(eyes.look(frame), Reading):
            raise MoodboxError("the detector does not find the face that moodbox draws")

    return once
