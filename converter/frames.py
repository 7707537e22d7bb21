"""Photographs as the box would see them: detector, crop and network together."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from appliance.camera import Shape, to_frame
from appliance.emotion import Classifier
from appliance.errors import EmptyCrop, ModelError
from appliance.faces import open_detector
from appliance.messages import EMOTIONS
from appliance.preprocess import crop
from appliance.vision import Detector, Listener, sweep_length
from converter import metrics, peer
from converter.errors import BadInput

PICTURES = (".jpg", ".jpeg", ".png")
LOOK_S = 0.1
"""Between two looks at a still: a listener sits there while the box sweeps all tiles of the frame."""
Peer = Callable[[list[Path]], np.ndarray]


@contextmanager
def unpacked(source: Path) -> Iterator[Path]:
    """The folder of pictures: `source` itself, or what a .zip file holds, for as long as the context lasts.

    Raises BadInput when it is neither.
    """
    if source.is_dir():
        yield source
        return
    if not source.is_file():
        raise BadInput(f"{source}: no such folder or .zip file; it must hold LABEL/NNN.jpg")
    with tempfile.TemporaryDirectory(prefix="moodbox-frames-") as folder:
        try:
            with zipfile.ZipFile(source) as archive:
                archive.extractall(folder)
        except zipfile.BadZipFile as error:
            raise BadInput(
                f"{source}: neither a folder nor a .zip file ({error}); it must hold LABEL/NNN.jpg"
            ) from error
        yield Path(folder)


def listed(folder: Path) -> list[tuple[Path, int]]:
    """Every picture below `folder` whose own folder is named as an emotion, and that emotion's index; sorted.

    Raises BadInput when there is none.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
    found = [(path, EMOTIONS.index(path.parent.name)) for path in paths if path.parent.name in EMOTIONS]
    if not found:
        raise BadInput(f"{folder}: holds no LABEL/NNN.jpg with LABEL one of {', '.join(EMOTIONS)}")
    return found


def picture(path: Path) -> np.ndarray:
    """uint8 (height, width, 3), BGR. Raises BadInput when the file is no picture."""
    colour = cv2.imread(str(path))
    if colour is None:
        raise BadInput(f"{path}: not a picture that OpenCV can read; remove it or save it again as .jpg")
    return colour


def read(path: Path, detector: Detector, classifier: Classifier) -> np.ndarray | None:
    """Probabilities, float (7,), of the listener in a picture as it is; None when no face is found.

    Raises BadInput when the file is no picture.
    """
    colour = picture(path)
    as_it_is = Shape(colour.shape[1], colour.shape[0])
    listener = Listener(detector)
    for look in range(sweep_length(to_frame(colour, as_it_is, 0.0))):
        frame = to_frame(colour, as_it_is, look * LOOK_S)
        sighting = listener.look(frame)
        if sighting.listener is None:
            continue
        try:
            face = crop(frame.grey, sighting.listener.box)
        except EmptyCrop:
            return None
        return np.array(classifier.probabilities(face))
    return None


def report(
    source: Path, detector: Path, classifier: Classifier, other: Peer | None, in_room: bool = False
) -> dict[str, Any]:
    """What `score` gives for all pictures of a folder or .zip file; with `other`, its own under "fer".

    detector: the detector's file; without it OpenCV's cascade is used, as the box would.
    in_room: they are photographs of faces, to be pasted into frames of a drawn room first, see `room`.
    other: reads picture files, as `peer.read_frames`.
    Raises BadInput when there is nothing to look at or to look with.
    """
    try:
        finder = open_detector(detector)
    except ModelError as error:
        raise BadInput(str(error)) from error
    with unpacked(source) as folder, tempfile.TemporaryDirectory(prefix="moodbox-room-") as room:
        if in_room:
            from converter.room import furnish

            furnish(folder, Path(room), finder)
            folder = Path(room)
        pictures = listed(folder)
        truth = np.array([emotion for _, emotion in pictures])
        answers = [read(path, finder, classifier) for path, _ in pictures]
        nothing = np.zeros(len(EMOTIONS))
        found = score(np.stack([nothing if answer is None else answer for answer in answers]), truth)
        found["detector"] = type(finder).__name__
        if other is not None:
            found[peer.NAME] = score(other([path for path, _ in pictures]), truth)
    return found


def beside(name: str | None, say: Callable[[str], None]) -> Peer | None:
    """What reads the same pictures for comparison, or None for no name."""
    if name is None:
        return None
    return lambda pictures: peer.read_frames(pictures, say)


def score(answers: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
    """Shares right, right by class, and found; a face that was not found is wrong.

    answers: float (n, 7), a row of zeros for a face not found. truth: int64 (n,).
    """
    found = answers.sum(axis=1) > 0
    right = found & (answers.argmax(axis=1) == truth)
    classes = sorted(set(truth.tolist()))
    recall = {EMOTIONS[c]: round(float(right[truth == c].mean()), 5) for c in classes}
    low, high = metrics.interval(int(right.sum()), len(truth))
    return {
        "right": round(float(right.mean()), 5),
        "balanced": round(float(np.mean(list(recall.values()))), 5),
        "found": round(float(found.mean()), 5),
        "count": len(truth),
        "low": round(low, 5),
        "high": round(high, 5),
        "recall": recall,
    }
