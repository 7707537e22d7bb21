"""What a measured face at rest gives, and what it costs: the tables of docs/face-at-rest.md.

    python tests/bench/rest.py fer_train.npz fer_valid.npz rendered.npz [--mesh HEAD.npz --people 30]

Photographs: a made-up bias is laid on all faces of a made-up person. A rest of one photograph is hardest:
somebody else's face is taken for the person's, and all other faces are judged by it. Constants are compared
on held-out training rows alone (`--constants`). rendered.npz has people who were drawn at rest; with --mesh
people are drawn who rest and pose in several rooms.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from rest_people import MEASURED, drawn  # noqa: E402

from appliance.protocol import rest  # noqa: E402
from appliance.protocol.emotions import EMOTIONS  # noqa: E402
from appliance.vision.emotion import Classifier  # noqa: E402
from converter.measuring import faces_file, protocol  # noqa: E402
from converter.measuring.evaluate import logits_of  # noqa: E402

NEUTRAL = EMOTIONS.index("neutral")
PERSONS = 300
BIASES = (0.0, 2.0, 4.0)
"""Nats that a person's face shows more of one emotion, whatever it does."""
CONSTANTS = ((0.5, 3.0), (1.0, 3.0), (1.25, 2.0), (1.25, 3.0), (1.25, 4.0), (1.5, 3.0), (2.0, 3.0))
"""`CLEAR` and `MOST`."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("train", type=Path)
    parser.add_argument("valid", type=Path)
    parser.add_argument("rendered", type=Path)
    parser.add_argument("--mesh", type=Path, help="ICT-FaceKit's head, .npz")
    parser.add_argument("--people", type=int, default=30, help="how many are drawn (default: 30)")
    parser.add_argument("--constants", action="store_true", help="compare them, on held-out rows")
    options = parser.parse_args()
    classifier = Classifier(ROOT / "models" / "emotion.tflite")
    held_out = faces_file.split(faces_file.load(options.train), options.train)[1]
    for name, faces in {"held out": held_out, "validation": faces_file.load(options.valid)}.items():
        assert faces.votes is not None
        truth = protocol.maj7(faces.votes)
        read = logs(classifier, faces.faces)[truth >= 0]
        print(f"{name}, {len(read)} photographs")
        told(read, truth[truth >= 0], options.constants and name == "held out")
    rendered(classifier, faces_file.load(options.rendered))
    if options.mesh:
        people(classifier, options.mesh, options.people)
    return 0


def logs(classifier: Classifier, faces: np.ndarray) -> np.ndarray:
    """What is read of faces, uint8 (n, 48, 48): logarithms of the probabilities, float (n, 7)."""
    read: np.ndarray = np.log(
        np.maximum(classifier.calibrate(logits_of(classifier, faces)), rest.LEAST_SHARE)
    )
    return read


def off(looks: np.ndarray) -> np.ndarray:
    """What is taken off each class, float (7,), for a face that was read so at rest: float (n, 7)."""
    margins = np.median(looks[:, :NEUTRAL] - looks[:, NEUTRAL:], axis=0)
    return np.array([*rest.taken_off(tuple(margins.tolist())), 0.0])


# --- photographs -------------------------------------------------------------------------------------------


def told(read: np.ndarray, truth: np.ndarray, with_constants: bool) -> None:
    shipped = rest.CLEAR, rest.MOST
    for constants in CONSTANTS if with_constants else (shipped,):
        rest.CLEAR, rest.MOST = constants
        print(f"  clear {rest.CLEAR:g}, most {rest.MOST:g}")
        for looks in (8, 1):
            for bias in BIASES:
                gains = 100 * np.array([*trials(read, truth, looks, bias)])
                print(f"    rest of {looks} photographs, bias {bias:g}: {summed(gains)}")
    rest.CLEAR, rest.MOST = shipped


def summed(gains: np.ndarray) -> str:
    """gains: percentage points, float (persons, 3), as `trials` gives them."""
    every, neutral, six = gains.mean(axis=0)
    low, high = np.quantile(gains[:, 0], (0.05, 0.95))
    losers = 100 * (gains[:, 0] < -0.5).mean()
    return (
        f"maj7 {every:+.2f} (of twenty persons all but two {low:+.1f} to {high:+.1f}, least "
        f"{gains[:, 0].min():+.1f}), neutral {neutral:+.2f}, the six {six:+.2f}; "
        f"{losers:.0f} % lose more than half a point"
    )


def trials(
    read: np.ndarray, truth: np.ndarray, looks: int, bias: float
) -> Iterator[tuple[float, float, float]]:
    """For each made-up person, what the measurement changes: all faces, neutral ones, those of the six."""
    random, neutral = np.random.default_rng(5), np.flatnonzero(truth == NEUTRAL)
    for person in range(PERSONS):
        shift = np.zeros(len(EMOTIONS))
        shift[person % NEUTRAL] = bias
        at_rest = random.choice(neutral, looks, replace=False)
        judged = np.delete(np.arange(len(read)), at_rest)
        less = off(read[at_rest] + shift)
        before = (read[judged] + shift).argmax(1) == truth[judged]
        after = (read[judged] + shift - less).argmax(1) == truth[judged]
        change = after.astype(float) - before
        shows = truth[judged] != NEUTRAL
        yield change.mean(), change[~shows].mean(), change[shows].mean()


# --- drawn faces -------------------------------------------------------------------------------------------


def rendered(classifier: Classifier, faces: faces_file.Faces) -> None:
    """People drawn once, at rest: measured in one light, judged in another; and what poses lose by it."""
    assert faces.label is not None
    first = logs(classifier, faces.faces)
    is_rest = faces.label == NEUTRAL
    again = logs(classifier, other_light(faces.faces[is_rest]))
    less = np.array([off(look[None]) for look in first[is_rest]])
    before, after = again.argmax(1) == NEUTRAL, (again - less).argmax(1) == NEUTRAL
    posed, truth = first[~is_rest], faces.label[~is_rest].astype(int)
    was = posed.argmax(1) == truth
    costs = np.array([((posed - each).argmax(1) == truth).mean() - was.mean() for each in less])
    touched = less.any(axis=1)
    print(f"rendered, {is_rest.sum()} people at rest, of whom {touched.sum()} are corrected")
    print(f"  read as neutral in another light: {per_cent(before)}, then {per_cent(after)}")
    print(f"  of those corrected: {per_cent(before[touched])}, then {per_cent(after[touched])}")
    print(f"  poses read right: {per_cent(was)}; change {100 * costs.mean():+.2f}, of those corrected "
          f"{100 * costs[touched].mean():+.2f}")  # fmt: skip


def other_light(faces: np.ndarray) -> np.ndarray:
    """The same faces a pixel aside, darker, and with noise."""
    random = np.random.default_rng(7)
    moved = np.roll(faces, 1, axis=2).astype(float) / 255
    noisy = 255 * moved**1.5 + random.normal(0, 4, moved.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def people(classifier: Classifier, mesh: Path, count: int) -> None:
    """People who were measured in one room, and rest and pose in others."""
    for is_marked, name in ((False, "as people rest"), (True, "with a marked resting look")):
        changes: list[np.ndarray] = []
        for seed in range(count):
            faces, shows = drawn(mesh, seed, is_marked)
            changes.append(person(logs(classifier, faces), shows))
        print(f"{count} people drawn {name}")
        tell_people(np.array(changes))


def person(read: np.ndarray, shows: np.ndarray) -> np.ndarray:
    """Right at rest and right in poses, before and after; and whether anything is taken off. float (5,)."""
    less = off(read[:MEASURED])
    judged, truth = read[MEASURED:], shows[MEASURED:]
    before, after = judged.argmax(1) == truth, (judged - less).argmax(1) == truth
    at_rest = truth == NEUTRAL
    shares = before[at_rest].mean(), after[at_rest].mean(), before[~at_rest].mean(), after[~at_rest].mean()
    return np.array([*shares, less.any()])


def tell_people(changes: np.ndarray) -> None:
    corrected = changes[:, 4] > 0
    for name, rows in (("all", changes), ("those corrected", changes[corrected])):
        if len(rows):
            rest_before, rest_after, posed_before, posed_after, _ = 100 * rows.mean(axis=0)
            print(f"  {name} ({len(rows)}): at rest {rest_before:.1f}, then {rest_after:.1f}; "
                  f"poses {posed_before:.1f}, then {posed_after:.1f}")  # fmt: skip


def per_cent(right: np.ndarray) -> str:
    return f"{100 * right.mean():.1f}"


if __name__ == "__main__":
    sys.exit(main())
