"""Whether the place of a face still looks as it did, without a network: 0.1 ms instead of a look's 3.

A face that sways by parts of a pixel, or in whose room the light changes, is the same face. So what such
changes make of a small picture is taken off first, by least squares: its derivatives across and down, its
zoom, its roll, its brightness and its contrast. What is left is noise, or the face has changed.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from appliance.errors import EmptyCrop
from appliance.protocol.looks import Box, Frame
from appliance.vision.preprocess import square, square_about

SIDE = 32
"""Pixels across the small picture of the place,"""
BLOCKS = 8
"""and the blocks across it that are compared: a closed eye, the corner of a mouth are one or two of them."""
WIDER = 1.1
"""The place's side over the face's: brows and chin are in it, and little of the wall."""
LEAST = 1.8
"""Grey levels by which some block must differ, at the least,"""
TIMES_NOISE = 1.4
"""and times the noise of a pixel of the small picture, of which a block has 16: 5.6 times its own noise."""
FARTHEST = 1.5
"""Pixels of the small picture that the derivatives reach from one frame to the next."""
PLAIN = 5.0
"""Grey levels, standard deviation: what shows less tells nothing of a face, such as the dark."""
STRANGE = 6.0
"""Grey levels that half of the small picture may be off: beyond, it is another picture, not another look."""


FADED = 0.25
"""By so much of itself the picture may be smaller, turned, or of less contrast."""


class Seen(NamedTuple):
    """A face that was followed into another frame."""

    box: Box
    is_same: bool
    """Whether it looks as it did."""


class Place:
    """The place of one face in a frame, to be found again in the next ones."""

    def __init__(self, frame: Frame, box: Box) -> None:
        """Raises EmptyCrop when the box lies outside of the frame."""
        self._box = self._now = box
        self._cut = _cut(frame, box)
        picture = self._cut.picture
        self._is_plain = float(picture.std()) < PLAIN
        across, down = (cv2.Scharr(picture, cv2.CV_32F, *order, scale=1 / 32) for order in ((1, 0), (0, 1)))
        moves = (across, down, _X * across + _Y * down, _X * down - _Y * across)
        explained = (*moves, _ONES, picture)
        self._explained = np.stack(explained).reshape(len(explained), -1)
        products = self._explained @ self._explained.T + 1e-2 * np.eye(len(explained), dtype=np.float32)
        self._solve = np.linalg.inv(products) @ self._explained

    def find(self, frame: Frame) -> Seen | None:
        """Where the face is in the next frame; None when it must be looked for."""
        try:
            cut = _cut(frame, self._now)
        except EmptyCrop:
            return None
        if self._is_plain:
            return None
        difference = (cut.picture - self._cut.picture).ravel()
        shares = self._solve @ difference
        left = difference - shares @ self._explained
        half = left.size // 2
        noise = float(np.partition(np.abs(left), half)[half]) / 0.6745  # of a normal distribution
        across, down = (-shares[:2]).tolist()
        is_far = max(abs(across), abs(down)) > FARTHEST
        # Taken far enough, less contrast would make a bare wall of any face.
        if is_far or noise > STRANGE or float(np.abs(shares[_FADING]).max()) > FADED:
            return None
        x = self._box.left + cut.x - self._cut.x + across * cut.scale
        y = self._box.top + cut.y - self._cut.y + down * cut.scale
        self._now = Box(x, y, self._box.width, self._box.height)
        blocks = cv2.resize(left.reshape(SIDE, SIDE), (BLOCKS, BLOCKS), interpolation=cv2.INTER_AREA)
        # Without the outer columns, where the wall is seen beside the face.
        change = float(np.abs(blocks[:, 1:-1]).max())
        return Seen(self._now, change < max(LEAST, TIMES_NOISE * noise))


class Cut(NamedTuple):
    """A small picture of a place in a frame."""

    picture: np.ndarray
    """float32 (SIDE, SIDE), grey levels."""
    scale: float
    """The frame's pixels in one of these."""
    x: float
    y: float
    """The place's left upper corner in the frame."""


_Y, _X = (np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2).astype(np.float32)
_FADING = [2, 3, 5]
"""Which of the shares are a zoom, a turn and a contrast."""
_ONES = np.ones((SIDE, SIDE), np.float32)


def _cut(frame: Frame, box: Box) -> Cut:
    """Raises EmptyCrop when the box lies outside of the frame."""
    ratio = frame.grey.shape[1] / frame.small.shape[1]
    side = WIDER * max(box.width, box.height)
    picture, ratio = (frame.small, ratio) if side / ratio >= 2 * SIDE else (frame.grey, 1.0)
    x, y = box.left + box.width / 2 - side / 2, box.top + box.height / 2 - side / 2
    where = Box(x / ratio, y / ratio, side / ratio, side / ratio)
    how = cv2.INTER_AREA if side / ratio > SIDE else cv2.INTER_LINEAR
    small = square(picture, where, SIDE, how, cv2.BORDER_REPLICATE).astype(np.float32)
    left, top, whole = square_about(where, longest=4 * max(picture.shape))
    return Cut(small, whole * ratio / SIDE, left * ratio, top * ratio)
