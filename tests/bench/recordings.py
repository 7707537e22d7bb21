"""The whole chain on drawn recordings, whose truth is known: face, place, emotion, delay, and faces at rest.

    OPENBLAS_NUM_THREADS=1 python tests/bench/recordings.py --mesh HEAD.npz

HEAD.npz is ICT-FaceKit's head, see docs/decisions/training.md. A listener, another one in each recording,
rests, poses an emotion that nearly everybody would see for three seconds, and rests again; others only rest.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from appliance.brain.mood import REACTIONS, MoodTracker  # noqa: E402
from appliance.camera import Shape, to_frame  # noqa: E402
from appliance.protocol.emotions import EMOTIONS  # noqa: E402
from appliance.protocol.looks import Box, Reading  # noqa: E402
from appliance.vision import Eyes  # noqa: E402
from appliance.vision.emotion import Classifier  # noqa: E402
from appliance.vision.faces import BlazeFace  # noqa: E402
from converter.render.mesh import Mesh, load  # noqa: E402
from converter.render.recording import SIZE, Act, Shot, Sitter  # noqa: E402

FPS = 10.0
"""Looks a second, as the service's."""
POSED_EVERY, RESTING_EVERY = 2, 5
"""Looks at one drawing: at rest less happens."""
ACT_S, POSED_S = (2.0, 5.0), 7.0
"""When a pose begins and ends, and how long such a recording takes."""
SETTLED_S = 1.5
"""The box has swept the frame by then, and a mood can have begun."""
AWAY_AFTER_S = 20.0
FELT = tuple(name for name in EMOTIONS if name != "neutral")
OVERLAP = 0.5
"""Intersection over union from which a box is the face's."""


@dataclass
class Watched:
    """What the chain made of one recording, look by look, from `SETTLED_S` on."""

    emotion: str
    shots: list[Shot] = field(default_factory=list)
    boxes: list[Box | None] = field(default_factory=list)
    read: list[np.ndarray | None] = field(default_factory=list)
    """Probabilities at sensitivity 0, float (7,)."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--mesh", type=Path, required=True, help="ICT-FaceKit's head, .npz")
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "emotion.tflite")
    parser.add_argument("--posed", type=int, default=30, help="recordings with a pose (default: 30)")
    parser.add_argument("--resting", type=int, default=100, help="recordings at rest (default: 100)")
    parser.add_argument("--seconds", type=float, default=10.0, help="of a recording at rest (default: 10)")
    parser.add_argument("--reaction", choices=list(REACTIONS), default="steady")
    parser.add_argument("--sensitivity", type=float, nargs="+", default=[0.0, 0.25, 0.5])
    parser.add_argument("--json", action="store_true", help="the figures as JSON, on the last line")
    options = parser.parse_args()
    head, classifier = load(options.mesh), Classifier(options.model)
    posed = [
        watch(head, number, FELT[number % len(FELT)], POSED_S, classifier) for number in range(options.posed)
    ]
    rest = [watch(head, 10_000 + n, "neutral", options.seconds, classifier) for n in range(options.resting)]
    figures: dict[str, object] = seen([*posed, *rest])
    prior = np.array(classifier.card.log_prior)
    for sensitivity in options.sensitivity:
        figures[f"sensitivity {sensitivity:g}"] = over_time(
            posed, options.reaction, sensitivity * prior
        ) | at_rest(rest, options.reaction, sensitivity * prior)
    for name, value in figures.items():
        print(f"{name}: {value}")
    if options.json:
        print(json.dumps(figures))
    return 0


def watch(head: Mesh, seed: int, emotion: str, seconds: float, classifier: Classifier) -> Watched:
    """Draw a recording and look at it with the box's own eyes."""
    now = 0.0
    eyes = Eyes(BlazeFace(ROOT / "models" / "face_detector.tflite"), classifier, lambda: now)
    act = None if emotion == "neutral" else Act(emotion, *ACT_S)
    found = Watched(emotion)
    for shot in Sitter(head, seed, act).shots(seconds, FPS, POSED_EVERY if act else RESTING_EVERY):
        now = shot.at_s
        picture = cv2.cvtColor(shot.grey, cv2.COLOR_GRAY2BGR)
        look = eyes.look(to_frame(picture, Shape(SIZE[1], SIZE[0]), shot.at_s))
        reading = look if isinstance(look, Reading) else None
        found.shots.append(shot)
        found.boxes.append(reading.box if reading else None)
        found.read.append(np.array(reading.probabilities) if reading else None)
    return found


def seen(all_of_them: list[Watched]) -> dict[str, object]:
    """Whether and where the face is found."""
    overlaps = [
        overlap(box, shot.box) if box else 0.0
        for one in all_of_them
        for box, shot in zip(one.boxes, one.shots, strict=True)
        if shot.at_s >= SETTLED_S
    ]
    right = [value for value in overlaps if value >= OVERLAP]
    return {
        "recordings": len(all_of_them),
        "looks": len(overlaps),
        "found": round(len(right) / len(overlaps), 3),
        "median overlap": round(median(right), 2) if right else 0.0,
    }


def over_time(posed: list[Watched], reaction: str, offset: np.ndarray) -> dict[str, object]:
    """What is made of poses: looks and moods right while they are held, and how soon the mood follows."""
    looks, delays_s = [], []
    by_emotion: dict[str, list[bool]] = {}
    for one in posed:
        target = EMOTIONS.index(one.emotion)
        for shot, read in zip(one.shots, one.read, strict=True):
            if shot.strength == 1:
                looks.append(read is not None and int(shifted(read, offset).argmax()) == target)
        changed = [at for at, name in moods(one, reaction, offset) if name == one.emotion and at >= ACT_S[0]]
        by_emotion.setdefault(one.emotion, []).append(bool(changed))
        if changed:
            delays_s.append(changed[0] - ACT_S[0])
    return {
        "looks right while a pose is held": share(looks),
        "poses that became the mood": share([was for many in by_emotion.values() for was in many]),
        "by emotion": {name: share(many) for name, many in by_emotion.items()},
        "median delay s": round(median(delays_s), 1) if delays_s else None,
    }


def at_rest(rest: list[Watched], reaction: str, offset: np.ndarray) -> dict[str, object]:
    """What is made of faces that show nothing: how often a mood begins, and in how many people."""
    changes, looks, hours = [0] * len(rest), [], 0.0
    for number, one in enumerate(rest):
        hours += len(one.shots) / FPS / 3600
        begun = [name for _, name in moods(one, reaction, offset)]
        changes[number] = sum(name in FELT for name in begun)
        looks += [shifted(read, offset).argmax() for read in one.read if read is not None]
    return {
        "looks at rest read as an emotion": share([EMOTIONS[at] in FELT for at in looks]),
        "people at rest whose mood became an emotion": share([count > 0 for count in changes]),
        "false changes": sum(changes),
        "an hour": round(sum(changes) / hours, 1) if hours else None,
    }


def moods(one: Watched, reaction: str, offset: np.ndarray) -> Iterator[tuple[float, str]]:
    """The moods that begin in a recording, and when."""
    tracker = MoodTracker(REACTIONS[reaction], AWAY_AFTER_S, 0.0)
    before = tracker.mood.name
    for shot, box, read in zip(one.shots, one.boxes, one.read, strict=True):
        if read is None or box is None:
            continue
        now = tracker.see(Reading(tuple(shifted(read, offset).tolist()), box, shot.at_s, 1, {})).name
        if now != before:
            yield shot.at_s, now
        before = now


def shifted(read: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Probabilities as the box's `sensitivity` changes them. offset: that times the log prior."""
    wanted = read * np.exp(-offset)
    result: np.ndarray = wanted / wanted.sum()
    return result


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    wide = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    high = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    both = max(0.0, wide) * max(0.0, high)
    return both / (one.area + other.area - both)


def share(of: list[bool]) -> float | None:
    return round(sum(of) / len(of), 3) if of else None


if __name__ == "__main__":
    sys.exit(main())
