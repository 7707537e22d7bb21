"""Face box -> the emotion network's input. The converter's evaluation goes through the same lines."""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np

from appliance.errors import EmptyCrop
from appliance.protocol.looks import Box

# Of the whole process. On a busy machine OpenCV's pool waits for cores that it does not get (a look took 6 ms
# instead of 2), and on pictures this small it gains nothing.
cv2.setNumThreads(1)

SIZE = 48
"""Side of the network's input, in pixels: FER-2013's."""
MARGIN = 1.17
"""Side of the crop over the longer side of the detector's box; see docs/decisions/crop.md."""
LIFT = 0.09
"""How far the crop's centre lies above the box's, over the box's longer side: FER-2013 shows the forehead."""


def crop(frame: np.ndarray, box: Box) -> np.ndarray:
    """Cut the listener's face out for the emotion network.

    A square `MARGIN` times the box's longer side, its centre `LIFT` above the box's; where it leaves the
    frame the edge pixels are repeated, so that a face at the edge keeps its proportions.

    frame: uint8 (height, width), grey.
    box: the face as `faces` draws it, in frame pixels.
    Returns uint8 (48, 48).
    Raises EmptyCrop (a ValueError) when the square lies wholly outside the frame.
    """
    _require_rectangle(box)
    longer = max(box.width, box.height)
    side = MARGIN * longer
    left = box.left + box.width / 2 - side / 2
    top = box.top + box.height / 2 - LIFT * longer - side / 2
    how = cv2.INTER_AREA if side > SIZE else cv2.INTER_LINEAR
    return square(frame, Box(left, top, side, side), SIZE, how, cv2.BORDER_REPLICATE)


def square(frame: np.ndarray, box: Box, size: int, how: int, border: int) -> np.ndarray:
    """Cut the square about the centre of `box` and scale it.

    frame: uint8 (height, width), grey. The square's side is the box's longer one.
    how, border: OpenCV's INTER_ for the scaling, and BORDER_ for what fills the part outside the frame.
    Returns uint8 (size, size).
    Raises EmptyCrop when the square lies wholly outside the frame.
    """
    height, width = frame.shape
    left, top, side = square_about(box, longest=4 * max(height, width))
    if left >= width or top >= height or left + side <= 0 or top + side <= 0:
        raise EmptyCrop(f"{box} lies outside the frame of {width}x{height} pixels")
    inside = frame[max(top, 0) : top + side, max(left, 0) : left + side]
    missing = (max(-top, 0), max(top + side - height, 0), max(-left, 0), max(left + side - width, 0))
    if any(missing):
        inside = cv2.copyMakeBorder(inside, *missing, borderType=border)
    return cv2.resize(inside, (size, size), interpolation=how)


def square_about(box: Box, longest: int) -> tuple[int, int, int]:
    """Left, top and side, in whole pixels, of what `square` cuts.

    longest: no side is longer, whatever the detector says: it would be mostly border, and fill the memory.
    Raises EmptyCrop when the box is no rectangle.
    """
    _require_rectangle(box)
    side = min(max(round(max(box.width, box.height)), 1), longest)
    left = round(box.left + box.width / 2 - side / 2)
    top = round(box.top + box.height / 2 - side / 2)
    return left, top, side


def _require_rectangle(box: Box) -> None:
    finite = all(map(math.isfinite, (box.left, box.top, box.width, box.height)))
    if not finite or min(box.width, box.height) <= 0:
        raise EmptyCrop(f"{box} is no rectangle")


def to_input(face: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    """Quantize a crop for the network, whose real input is pixel / 255.

    face: uint8 (48, 48). scale, zero_point: of the input tensor; 1/255 and -128 lose nothing.
    Returns int8 (1, 48, 48, 1).
    """
    return _steps(scale, zero_point)[face].reshape(1, SIZE, SIZE, 1)


@lru_cache(maxsize=4)
def _steps(scale: float, zero_point: int) -> np.ndarray:
    """Return the input of the network for each grey level: int8 (256,)."""
    real = np.arange(256, dtype=np.float32) / np.float32(255)
    return np.clip(np.rint(real / np.float32(scale)) + zero_point, -128, 127).astype(np.int8)
