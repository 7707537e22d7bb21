"""What `sensitivity` gives and what it costs: the table of docs/decisions/operating-point.md.

    python tests/bench/operating_point.py fer_train.npz fer_valid.npz rendered.npz

rendered.npz is a file of `converter data --mesh`; those in it that were drawn to show nothing are at rest.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from appliance.brain.mood import REACTIONS  # noqa: E402
from appliance.protocol.emotions import EMOTIONS  # noqa: E402
from appliance.vision.emotion import Classifier  # noqa: E402
from converter.measuring import faces_file, protocol  # noqa: E402
from converter.measuring.evaluate import logits_of  # noqa: E402
from converter.render.build import meant  # noqa: E402

NEUTRAL = EMOTIONS.index("neutral")
SENSITIVITIES = (0.0, 0.25, 0.5, 0.75, 1.0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("train", type=Path)
    parser.add_argument("valid", type=Path)
    parser.add_argument("rendered", type=Path)
    parser.add_argument("--seed", type=int, default=1, help="of the rendered faces (default: 1)")
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "emotion.tflite")
    options = parser.parse_args()
    plain = Classifier(options.model)
    held_out = faces_file.split(faces_file.load(options.train), options.train)[1]
    photographs = {"held out": held_out, "validation": faces_file.load(options.valid)}
    rest = at_rest(faces_file.load(options.rendered).faces, options.seed)
    logits = {name: logits_of(plain, faces.faces) for name, faces in photographs.items()}
    resting = logits_of(plain, rest)
    for sensitivity in SENSITIVITIES:
        classifier = Classifier(options.model, sensitivity)
        print(f"sensitivity {sensitivity:g}")
        for name, faces in photographs.items():
            assert faces.votes is not None
            truth = protocol.maj7(faces.votes)
            print(f"  {name}: {told(classifier.calibrate(logits[name]).argmax(1), truth)}")
        print(f"  {len(rest)} at rest: {told_at_rest(classifier.calibrate(resting))}")
    return 0


def at_rest(faces: np.ndarray, seed: int) -> np.ndarray:
    """Those of a file's faces that were drawn to show nothing. faces: uint8 (n, 48, 48)."""
    shown = [meant(np.random.default_rng((seed, number))) for number in range(len(faces))]
    return faces[np.array(shown) == "neutral"]


def told(guess: np.ndarray, truth: np.ndarray) -> str:
    """guess: int (n,); truth: int (n,), below 0 where there is none."""
    recall = [float((guess == number)[truth == number].mean()) for number in range(len(EMOTIONS))]
    shows, known = (truth >= 0) & (truth != NEUTRAL), truth >= 0
    share = per_cent((guess == truth)[known].mean()), per_cent((guess == truth)[shows].mean())
    mean, six = per_cent(np.mean(recall)), per_cent(np.mean(recall[:NEUTRAL]))
    each = ", ".join(f"{name} {per_cent(value)}" for name, value in zip(EMOTIONS, recall, strict=True))
    return f"maj7 {share[0]}, mean recall {mean}; the six as they come {share[1]}, alike {six}; {each}"


def told_at_rest(probabilities: np.ndarray) -> str:
    """probabilities: float (n, 7)."""
    felt = probabilities.argmax(1) != NEUTRAL
    sure = probabilities.max(1) >= REACTIONS["steady"].enter
    return (
        f"neutral {per_cent(1 - felt.mean())}, an emotion that makes a mood {per_cent((felt & sure).mean())}"
    )


def per_cent(share: float | np.floating) -> str:
    return f"{100 * share:.1f}"


if __name__ == "__main__":
    sys.exit(main())
