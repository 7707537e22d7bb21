"""Photographs as the box would see them: detector, crop and network together."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from appliance.camera import Shape, to_frame
from appliance.errors import EmptyCrop, ModelError
from appliance.protocol.emotions import EMOTIONS
from appliance.vision import Detector, Listener, looks_needed
from appliance.vision.emotion import Classifier
from appliance.vision.faces import open_detector
from appliance.vision.preprocess import crop
from converter.errors import BadInput
from converter.measuring import metrics, peer
from converter.measuring.photographs import listed, picture, unpacked
from converter.measuring.room import furnish

LOOK_S = 0.1
"""Between two looks at a still: a listener sits there while the box sweeps the frame, and is sure."""
Peer = Callable[[list[Path]], np.ndarray]


def read(path: Path, detector: Detector, classifier: Classifier) -> np.ndarray | None:
    """Probabilities, float (7,), of the listener in a picture as it is; None when no face is found.

    Raises BadInput when the file is no picture.
    """
    colour = picture(path)
    as_it_is = Shape(colour.shape[1], colour.shape[0])
    listener = Listener(detector)
    for look in range(looks_needed(to_frame(colour, as_it_is, 0.0))):
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
    """Score a classifier on all pictures of a folder or .zip file; the figures of `other` stand under "fer".

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
    """Return the peer of that name, which reads the same pictures for comparison; None for no name."""
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
