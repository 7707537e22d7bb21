"""What the adaptive pace saves, and what it must not cost, beside full pace on the very same frames.

    OPENBLAS_NUM_THREADS=1 python tests/bench/pace.py [--changes 120] [--mesh HEAD.npz --sitters 24]

Listeners that the demo draws sit still (a third of a pixel, blinks, a sensor's noise) and change face 120
times; one sways; a room is empty. HEAD.npz (docs/decisions/training.md): those of `recordings.py`, who sway
and pose. Figures are ratios of processor time, each frame looked at by both in turns.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from appliance.brain.mood import REACTIONS, MoodTracker  # noqa: E402
from appliance.camera import Shape, to_frame  # noqa: E402
from appliance.demo.face import recording  # noqa: E402
from appliance.demo.face.drawing import EXPRESSIONS, PEOPLE, Listener, Pose, blend, scene  # noqa: E402
from appliance.protocol.emotions import EMOTIONS  # noqa: E402
from appliance.protocol.looks import Box, Frame, Look, Reading  # noqa: E402
from appliance.vision import Eyes, FullPace, Pace  # noqa: E402
from appliance.vision.emotion import Classifier  # noqa: E402
from appliance.vision.faces import BlazeFace  # noqa: E402
from appliance.vision.view import View  # noqa: E402

FPS = 10.0
FACES = ("happy", "surprise", "neutral", "angry", "sad")
"""One after the other: those that the network reads without doubt."""
HELD_S, BLEND_S = 3.0, 0.5
"""How long each face is shown, the way to it included."""
STILL_PX, BLINK_EVERY_S, BLINK_S = 0.33, 4.0, 0.2
AWAY_AFTER_S = 20.0
SETTLED_S = 1.5
OVERLAP = 0.5
FELT = tuple(name for name in EMOTIONS if name != "neutral")


class Shown(NamedTuple):
    """A frame and its truth."""

    grey: np.ndarray
    box: Box | None = None


@dataclass
class Watcher:
    """The box's eyes at one pace, and what they saw."""

    eyes: Eyes
    spent_s: float = 0.0
    looks: list[Look | None] = field(default_factory=list)

    def look(self, frame: Frame, view: View) -> None:
        began = time.thread_time()
        look = self.eyes.look(frame)
        if not self.eyes.is_resting:
            view.judge(frame, self.eyes.detector)
        self.spent_s += time.thread_time() - began
        self.looks.append(look)

    def changes(self, reaction: str) -> list[tuple[float, str]]:
        """The moods that begin, and when."""
        tracker = MoodTracker(REACTIONS[reaction], AWAY_AFTER_S, 0.0)
        named = [(number / FPS, tracker.see(look).name) for number, look in enumerate(self.looks) if look]
        return [now for before, now in pairwise([(0.0, ""), *named]) if now[1] != before[1]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--changes", type=int, default=120, help="of face, of still listeners (default: 120)")
    parser.add_argument("--mesh", type=Path, help="ICT-FaceKit's head, .npz")
    parser.add_argument(
        "--sitters", type=int, default=24, help="drawn from it, half of them pose (default: 24)"
    )
    options = parser.parse_args()
    say("an empty room", [both(empty(20.0))])
    say("still listeners", [both(still(seed, ("neutral",), 30.0)) for seed in range(3)])
    say("a swaying listener", [both(swaying())])
    each = len(FACES) * HELD_S
    some = [both(still(seed, FACES, each)) for seed in range(options.changes // (len(FACES) - 1))]
    say("still listeners who change face", some)
    say_changes(some)
    if options.mesh:
        sitting = [both(sitter) for sitter in sitters(options.mesh, options.sitters)]
        say("sitters of recordings.py", sitting)
        for reaction in REACTIONS:
            begun = [
                [sum(name in FELT for _, name in one.changes(reaction)) for one in pair]
                for pair, _ in sitting
            ]
            print(f"  {reaction}: moods begun {sum(full for full, _ in begun)} at full pace,", end=" ")
            print(f"{sum(adaptive for _, adaptive in begun)} at the adaptive one")
    return 0


class Seen(NamedTuple):
    """One recording, as seen at full pace and at the adaptive one, and its truth."""

    pair: tuple[Watcher, Watcher]
    truth: list[Box | None]


def both(shown: Iterator[Shown]) -> Seen:
    """Look at each frame at full pace and at the adaptive one, in turns."""
    pair = tuple(_watcher(pace) for pace in (FullPace(), Pace()))
    views = tuple(View() for _ in pair)
    truth = []
    for number, (grey, box) in enumerate(shown):
        picture = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR) if grey.ndim == 2 else grey
        frame = to_frame(picture, Shape(), number / FPS)
        for which in (0, 1) if number % 2 else (1, 0):
            pair[which].look(frame, views[which])
        truth.append(box)
    return Seen((pair[0], pair[1]), truth)


def _watcher(pace: Pace) -> Watcher:
    detector = BlazeFace(ROOT / "models" / "face_detector.tflite")
    return Watcher(Eyes(detector, Classifier(ROOT / "models" / "emotion.tflite"), lambda: 0.0, pace))


def empty(seconds: float) -> Iterator[Shown]:
    random = np.random.default_rng(1)
    clean = scene([])
    for _ in range(round(seconds * FPS)):
        yield Shown(_noisy(clean, 2.0, random))


def still(seed: int, faces: tuple[str, ...], seconds: float) -> Iterator[Shown]:
    """Somebody who sits still and shows one face after the other."""
    random = np.random.default_rng(seed)
    width, noise = float(np.exp(random.uniform(*np.log((70, 220))))), float(random.uniform(1, 4))
    pose = Pose(float(random.uniform(200, 440)), float(random.uniform(200, 280)), width / 1.9)
    blinks = np.cumsum(random.exponential(BLINK_EVERY_S, 100)) + 1.0
    phase, speed = random.uniform(0, 6, 2), random.uniform(1, 3, 2)
    drawn: dict[tuple[str, float, bool], np.ndarray] = {}
    for number in range(round(seconds * FPS)):
        at_s = number / FPS
        index, since_s = divmod(at_s, HELD_S)
        now = faces[min(int(index), len(faces) - 1)]
        way = min(1.0, since_s / BLEND_S) if index else 1.0
        shut = bool(np.any((blinks <= at_s) & (at_s < blinks + BLINK_S)))
        if (now, round(way, 2), shut) not in drawn:
            before = faces[max(0, min(int(index), len(faces) - 1) - 1)]
            shown = blend(EXPRESSIONS[before], EXPRESSIONS[now], way)
            shown = replace(shown, eyes_close=1.0) if shut else shown
            drawn[now, round(way, 2), shut] = scene([Listener(shown, pose, PEOPLE[seed % len(PEOPLE)])])
        x, y = STILL_PX * np.sin(phase + speed * at_s)
        moved = cv2.warpAffine(
            drawn[now, round(way, 2), shut],
            np.array([[1, 0, x], [0, 1, y]], np.float32),
            (640, 480),
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        yield Shown(_noisy(moved, noise, random))


def swaying() -> Iterator[Shown]:
    """The demo's recording without its end."""
    random = np.random.default_rng(2)
    for _, picture in recording.frames(len(recording.ORDER) * recording.SHOWN_S):
        yield Shown(_noisy(picture, 1.5, random))


def sitters(mesh: Path, count: int) -> Iterator[Iterator[Shown]]:
    from converter.render.mesh import load
    from converter.render.recording import Act, Sitter

    head = load(mesh)
    for number in range(count):
        act = Act(FELT[number // 2 % len(FELT)], 2.0, 5.0) if number % 2 else None
        yield (Shown(shot.grey, shot.box) for shot in Sitter(head, number, act).shots(8.0, FPS, 1))


def _noisy(picture: np.ndarray, sigma: float, random: np.random.Generator) -> np.ndarray:
    noise = random.normal(0, sigma, picture.shape[:2])
    shaped = noise[..., np.newaxis] if picture.ndim == 3 else noise
    return np.clip(picture + shaped, 0, 255).astype(np.uint8)


def say(what: str, seen: list[Seen]) -> None:
    spent = [sum(pair[which].spent_s for pair, _ in seen) for which in (0, 1)]
    frames = sum(len(pair[0].looks) for pair, _ in seen)
    print(f"{what}: {spent[0] / spent[1]:.2f} times less time,", end=" ")
    print(f"{1000 * spent[0] / frames:.2f} to {1000 * spent[1] / frames:.2f} ms a frame;", end=" ")
    for which, name in enumerate(("full", "adaptive")):
        found = [
            isinstance(look, Reading)
            for pair, _ in seen
            for look in pair[which].looks[round(SETTLED_S * FPS) :]
        ]
        right = [
            overlap(look.box, box)
            for pair, truth in seen
            for look, box in zip(pair[which].looks, truth, strict=True)
            if box is not None and isinstance(look, Reading)
        ]
        where = f", overlap {median(right):.2f}" if right else ""
        print(
            f"{name}: somebody in {sum(found) / len(found):.1%} of looks{where}",
            end="; " if not which else "\n",
        )


def say_changes(seen: list[Seen]) -> None:
    """When the mood follows each change of face, at both paces."""
    for reaction in ("instant", "steady"):
        delays, false = [], [0, 0]
        for pair, _ in seen:
            moods = [one.changes(reaction) for one in pair]
            for number, face in enumerate(FACES[1:], 1):
                began, ended = number * HELD_S, (number + 1) * HELD_S
                delays.append([_first(some, face, began, ended) for some in moods])
            for which, some in enumerate(moods):
                false[which] += sum(name in FELT and name not in _shown(at) for at, name in some)
        later = [adaptive - full for full, adaptive in delays if full is not None and adaptive is not None]
        told = [sum(delay[which] is not None for delay in delays) for which in (0, 1)]
        mean_ms = 1000 * sum(later) / max(1, len(later))
        print(
            f"  {reaction}: of {len(delays)} changes {told[0]} told at full pace, {told[1]} at the", end=" "
        )
        print(f"adaptive one, {sum(late > 0.01 for late in later)} later,", end=" ")
        print(f"{sum(late < -0.01 for late in later)} sooner, {mean_ms:+.0f} ms on average;", end=" ")
        print(f"false moods {false[0]} and {false[1]}")


def _first(changes: list[tuple[float, str]], name: str, after: float, before: float) -> float | None:
    return next((at - after for at, mood in changes if mood == name and after <= at < before), None)


def _shown(at_s: float) -> tuple[str, ...]:
    """What may be told at that time: what is shown, and what was before."""
    index = min(int(at_s / HELD_S), len(FACES) - 1)
    return FACES[max(0, index - 1) : index + 1]


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    wide = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    high = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    both = max(0.0, wide) * max(0.0, high)
    return both / (one.area + other.area - both)


if __name__ == "__main__":
    sys.exit(main())
