"""Which crop suits the emotion network: margin and lift over labelled photographs, LABEL/NAME.jpg in a zip.

    python tests/bench/crop.py photos.zip [--faces fer_valid.npz]

With --faces it also says where BlazeFace sees the face in the training data's crops: docs/decisions/crop.md.
"""

from __future__ import annotations

import argparse
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from appliance.protocol.emotions import EMOTIONS  # noqa: E402
from appliance.protocol.looks import Box, Frame  # noqa: E402
from appliance.vision import preprocess  # noqa: E402
from appliance.vision.emotion import Classifier  # noqa: E402
from appliance.vision.faces import BlazeFace  # noqa: E402

MARGINS = (1.0, 1.05, 1.1, 1.17, 1.25, 1.35, 1.5)
LIFTS = (0.0, 0.04, 0.09, 0.14)


@dataclass(frozen=True)
class Photograph:
    grey: np.ndarray
    box: Box
    label: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("--faces", type=Path, help="the training data's crops (.npz with `faces`)")
    options = parser.parse_args()
    detector = BlazeFace(ROOT / "models" / "face_detector.tflite")
    if options.faces:
        print_geometry(detector, np.load(options.faces)["faces"][:1200])
    photographs = read(options.photos, detector)
    classifier = Classifier(ROOT / "models" / "emotion.tflite")
    print(
        f"{len(photographs)} photographs in which the face is found: accuracy, mean probability of the label"
    )
    print("margin  " + "".join(f"lift {lift:<12.2f}" for lift in LIFTS))
    for margin in MARGINS:
        cells = [score(classifier, photographs, margin, lift) for lift in LIFTS]
        print(f"{margin:<8.2f}" + "".join(f"{right:.3f} {sure:.3f}      " for right, sure in cells))
    return 0


def as_frame(grey: np.ndarray) -> Frame:
    return Frame(grey, grey, lambda: grey, 0.0)


def pad(grey: np.ndarray, by: int) -> np.ndarray:
    return cv2.copyMakeBorder(grey, by, by, by, by, cv2.BORDER_REPLICATE)


def read(photos: Path, detector: BlazeFace) -> list[Photograph]:
    """Each photograph in the middle of a larger frame, as in a room, if its face is found there."""
    found = []
    with zipfile.ZipFile(photos) as archive:
        for name in sorted(archive.namelist()):
            if not name.endswith(".jpg"):
                continue
            grey = cv2.imdecode(np.frombuffer(archive.read(name), np.uint8), cv2.IMREAD_GRAYSCALE)
            assert grey is not None
            framed = pad(grey, max(grey.shape) // 2)
            faces = detector.find(as_frame(framed))
            if faces:
                found.append(Photograph(framed, faces[0].box, EMOTIONS.index(name.split("/")[0])))
    return found


def score(
    classifier: Classifier, photographs: list[Photograph], margin: float, lift: float
) -> tuple[float, float]:
    """Share read right, and the mean probability that the label was given."""
    preprocess.MARGIN, preprocess.LIFT = margin, lift
    rows = [classifier.probabilities(preprocess.crop(each.grey, each.box)) for each in photographs]
    labels = np.array([each.label for each in photographs])
    read_as = np.array(rows)
    return float((read_as.argmax(1) == labels).mean()), float(read_as[np.arange(len(labels)), labels].mean())


def print_geometry(detector: BlazeFace, faces: np.ndarray, padding: int = 16) -> None:
    """Medians over the training data's crops, in pixels of their 48."""
    seen = []
    for face in faces:
        large = cv2.resize(pad(face, padding), None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
        found = detector.find(as_frame(large))
        if found:
            box = found[0].box
            centre = (box.left + box.width / 2, box.top + box.height / 2)
            places = [centre, *found[0].points[:4]]
            seen.append([box.width / 4, *(each / 4 - padding for place in places for each in place)])
    width, *places = np.median(np.array(seen), axis=0).tolist()
    print(
        f"BlazeFace finds {len(seen)} of {len(faces)} crops; its box is {width:.1f} of 48 pixels wide: ",
        end="",
    )
    print(f"margin {48 / width:.2f}, lift {(places[1] - 24) / width:.2f}")
    for index, name in enumerate(("box centre", "right eye", "left eye", "nose", "mouth")):
        print(f"  {name:<12} {places[2 * index]:5.1f} {places[2 * index + 1]:5.1f}")


if __name__ == "__main__":
    sys.exit(main())
