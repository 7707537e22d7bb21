"""Makes frames of pictures: scaled to fit, grey, and turned as the camera is mounted."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import cv2
import numpy as np

from appliance.protocol.looks import Frame

SMALL_WIDTH = 320
"""Width of `Frame.small` in pixels: BlazeFace looks at 128, so nothing it could use is lost."""


@dataclass(frozen=True)
class Shape:
    """The size and rate that a camera is asked for: pixels, and frames a second."""

    width: int = 640
    height: int = 480
    fps: float = 10.0
    rotation: int = 0
    """Degrees clockwise by which its pictures are turned: 0, 90, 180 or 270."""
    mirror: bool = False
    """Whether left and right are exchanged, after that."""


def to_frame(picture: np.ndarray, shape: Shape, taken_at: float) -> Frame:
    """A frame of any picture, scaled down to fit `shape`, its proportions kept; never scaled up.

    picture: uint8 (height, width, 3), BGR, not changed afterwards.
    """
    colour = shrink(picture, shape.width, shape.height)
    grey = cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)
    return Frame(grey, shrink(grey, SMALL_WIDTH, shape.height), lambda: colour, taken_at)


def shrink(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """The picture itself if it fits into width x height pixels, else scaled down; at least 1x1."""
    ratio = min(width / picture.shape[1], height / picture.shape[0])
    if ratio >= 1:
        return picture
    size = (max(1, round(picture.shape[1] * ratio)), max(1, round(picture.shape[0] * ratio)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def orient(picture: np.ndarray, rotation: int, mirror: bool) -> np.ndarray:
    """The picture turned clockwise by 0, 90, 180 or 270 degrees, then its left and right exchanged."""
    if rotation:
        picture = cv2.rotate(picture, TURNS[rotation])
    return cv2.flip(picture, 1) if mirror else picture


def turned(frame: Frame, rotation: int, mirror: bool) -> Frame:
    """The frame as `orient` would turn each of its pictures; the colours only when they are asked for."""
    if not (rotation or mirror):
        return frame
    grey, small = (orient(picture, rotation, mirror) for picture in (frame.grey, frame.small))
    return replace(frame, grey=grey, small=small, colour=lambda: orient(frame.colour(), rotation, mirror))


def plausible(taken_at: float) -> float:
    """A driver's stamp if it lies in the last two seconds, else now: some use another clock, or give zero.

    taken_at: monotonic seconds.
    """
    now = time.monotonic()
    return taken_at if now - 2.0 <= taken_at <= now else now
