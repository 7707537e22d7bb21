"""Do each kind of work a few times, with a mark before and after each time for count.c to count between.

Prints the kinds in order, as `moodbox bench` names them; the plugin says on standard error what it counted.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from appliance import tflite
from appliance.cli.bench import bare_invoke, look
from appliance.vision.emotion import Classifier
from appliance.vision.faces import BlazeFace

DETECTOR, EMOTION = tflite.MODELS / "face_detector.tflite", tflite.MODELS / "emotion.tflite"
TIMES = 3
"""The first time fills caches, and is not counted."""


def main() -> None:
    finds, reads = BlazeFace(DETECTOR), Classifier(EMOTION)
    for kind, work in {
        "detector_ms": bare_invoke(DETECTOR),
        "emotion_ms": bare_invoke(EMOTION),
        "followed_ms": look(finds, reads),
        "first_ms": look(finds, reads, anew=True),
    }.items():
        work()
        for _ in range(TIMES):
            os.getppid()
            work()
            os.getppid()
        print(kind, flush=True)


if __name__ == "__main__":
    main()
