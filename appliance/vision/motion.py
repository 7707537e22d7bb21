"""Whether anything moved: an empty, still room is not worth a look."""

from __future__ import annotations

import math

import cv2
import numpy as np

from appliance.protocol.looks import Box

CELLS = (32, 24)
"""The picture is compared as this many cells, across and down: noise averages out, a far face does not."""
THRESHOLD = 6.0
"""Grey levels by which some cell must change; a cell averages 100 pixels: noise of 10 levels is 1 in it."""
LINGER_S = 3.0
"""Looking goes on for so long after the last movement: whoever came in may have sat down unseen."""
ANYWAY_S = 2.0
"""A still room is looked at this often all the same."""


class MotionGate:
    """Says which frames are worth a look while nobody is there."""

    def __init__(self) -> None:
        self._before: np.ndarray | None = None
        self._until = 0.0
        self._next = 0.0
        self.is_still = False
        """Whether the newest picture was worth a look only because none was taken for long."""

    def is_open(self, small: np.ndarray, now: float, beside: Box | None = None) -> bool:
        """Whether the next picture is worth a look: something has moved lately, or none was taken for long.

        small: uint8 (height, width), as `Frame.small`; now: its monotonic time in seconds.
        beside: where a listener is, in pixels of `small`, whose own movement does not count.
        """
        cells = cv2.resize(small, CELLS, interpolation=cv2.INTER_AREA)
        if self._before is None or self._change(cells, small.shape, beside) >= THRESHOLD:
            # Compared with the last picture that differed, not the last one: slow movement adds up.
            self._before, self._until = cells, now + LINGER_S
        self.is_still = now > self._until
        worth_it = not self.is_still or now >= self._next
        if worth_it:
            self._next = now + ANYWAY_S
        return worth_it

    def _change(self, cells: np.ndarray, shape: tuple[int, ...], beside: Box | None) -> float:
        assert self._before is not None
        difference = cv2.absdiff(cells, self._before)
        if beside is not None:
            wide, high = shape[1] / CELLS[0], shape[0] / CELLS[1]
            left, top = max(0, int(beside.left / wide)), max(0, int(beside.top / high))
            right, bottom = beside.left + beside.width, beside.top + beside.height
            difference[top : math.ceil(bottom / high), left : math.ceil(right / wide)] = 0
        return float(difference.max())
