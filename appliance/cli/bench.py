"""How long a look takes on this machine: a frame of 640x480 with one face, to seven probabilities."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

from appliance import tflite
from appliance.camera import Shape, to_frame
from appliance.cli import boards
from appliance.demo.face.drawing import portrait
from appliance.errors import MoodboxError
from appliance.protocol.looks import Reading
from appliance.vision import Eyes, FullPace, Pace
from appliance.vision.emotion import Classifier
from appliance.vision.faces import BlazeFace

ROUNDS, WARM_UP = 200, 20

Work = Callable[[], object]

ROWS = {
    "detector_ms": "the face detector alone",
    "emotion_ms": "the emotion network alone",
    "followed_ms": "a followed face, frame to probabilities",
    "first_ms": "a new face, frame to probabilities",
    "rest_ms": "a face at rest, frame to what holds of it",
    "picture_ms": "colour picture to frame (not with picamera2)",
}


def run(as_json: bool = False, models: Path = tflite.MODELS) -> int:
    """Print the figures. Raises ModelError when a network is missing. Returns the exit status."""
    figures = measure(models)
    print(f"A frame of 640x480 with one face, one thread, processor time, medians of {ROUNDS}:")
    for name, what in ROWS.items():
        print(f"  {what:<46} {figures[name]:6.2f} ms")
    print(f"  {'a followed face over the two networks alone':<46} {figures['over_bare']:6.2f} times")
    print("\nBeside what is expected of a Raspberry Pi, by counted arm64 instructions (docs/pi.md):")
    print("\n".join(boards.table(ROWS, figures)))
    if as_json:
        print(json.dumps(figures))
    return 0


def measure(models: Path = tflite.MODELS) -> dict[str, float]:
    """Medians in milliseconds by the names in `ROWS`, and `over_bare`. The kinds of work take turns."""
    detector, classifier = models / "face_detector.tflite", models / "emotion.tflite"
    finds, reads = BlazeFace(detector), Classifier(classifier)
    picture = portrait("happy")
    work: dict[str, Work] = {
        "detector_ms": bare_invoke(detector),
        "emotion_ms": bare_invoke(classifier),
        "followed_ms": look(finds, reads),
        "first_ms": look(finds, reads, anew=True),
        "rest_ms": look(finds, reads, pace=Pace),
        "picture_ms": lambda: to_frame(picture, Shape(), 0.0),
    }
    figures = {name: 1000 * seconds for name, seconds in take_turns(work, ROUNDS, WARM_UP).items()}
    return figures | {"over_bare": figures["followed_ms"] / (figures["detector_ms"] + figures["emotion_ms"])}


def take_turns(work: dict[str, Work], rounds: int, warm_up: int) -> dict[str, float]:
    """Median processor seconds of each kind of work; a busy machine distorts the clock's far more."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(warm_up + rounds):
        for name, do in work.items():
            started = time.process_time()
            do()
            taken[name].append(time.process_time() - started)
    return {name: median(seconds[warm_up:]) for name, seconds in taken.items()}


def bare_invoke(model: Path) -> Work:
    """Work that runs the network once, with nothing around it."""
    remedy = "see models/README.md"
    return tflite.load(model, tflite.read(model, remedy), remedy).invoke


def look(
    finds: BlazeFace, reads: Classifier, anew: bool = False, pace: Callable[[], Pace] = FullPace
) -> Work:
    """Work that makes a Reading of one frame, by the service's own path.

    anew: as if the face had never been seen: found in the whole frame. Otherwise it is followed.
    pace: says which frames are looked at; each, unless it is told otherwise.
    """
    frame = to_frame(portrait("happy"), Shape(), time.monotonic())
    eyes = Eyes(finds, reads, time.monotonic, pace())

    def once() -> None:
        nonlocal eyes
        if anew:
            eyes = Eyes(finds, reads, time.monotonic, pace())
        if not isinstance(eyes.look(replace(frame, taken_at=time.monotonic())), Reading):
            raise MoodboxError("the detector does not find the face that moodbox draws")

    return once
