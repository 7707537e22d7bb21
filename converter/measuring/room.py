"""Labelled photographs as the box's camera would see them: a face 60 to 200 pixels wide, in a room."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from appliance.camera import Shape, to_frame
from appliance.demo.face.drawing import scene
from appliance.vision import Detector
from converter.measuring import photographs as photos

WIDTHS = (60, 90, 140, 200)
"""Of a face as the detector draws it, pixels of 640: across a room to arm's length. They take turns."""

USUAL = 0.7
"""Width of a face over its photograph's shorter side, for photographs in which the detector finds none."""


def furnish(photographs: Path, to: Path, detector: Detector) -> None:
    """Write each of a folder's photographs, pasted into a drawn room of 640x480, below `to`: LABEL/NNN.png.

    Where it lies is drawn from a fixed seed, so everybody gets the same pictures.
    Raises BadInput when there is no photograph, or one cannot be read.
    """
    room = scene([])
    random = np.random.default_rng(1)
    for number, (path, _) in enumerate(photos.listed(photographs)):
        picture = photos.picture(path)
        small = _scaled(picture, WIDTHS[number % len(WIDTHS)] / face_width(picture, detector), room.shape)
        height, width = small.shape[:2]
        left = random.integers(0, room.shape[1] - width + 1)
        top = random.integers(0, room.shape[0] - height + 1)
        seen = room.copy()
        seen[top : top + height, left : left + width] = small
        target = to / path.parent.name / f"{path.stem}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(target), seen)


def face_width(picture: np.ndarray, detector: Detector) -> float:
    """Pixels across the face of a photograph that it fills. picture: uint8 (height, width, 3)."""
    # BlazeFace misses faces that touch the border.
    by = max(picture.shape[:2]) // 2
    framed = cv2.copyMakeBorder(picture, by, by, by, by, cv2.BORDER_REPLICATE)
    found = detector.find(to_frame(framed, Shape(framed.shape[1], framed.shape[0]), 0.0))
    return found[0].box.width if found else USUAL * min(picture.shape[:2])


def _scaled(picture: np.ndarray, ratio: float, room: tuple[int, ...]) -> np.ndarray:
    """Scaled by `ratio`, or by less where it would not fit into the room."""
    height, width = picture.shape[:2]
    ratio = min(ratio, room[0] / height, room[1] / width)
    size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if ratio < 1 else cv2.INTER_CUBIC)
