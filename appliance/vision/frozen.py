"""Whether the camera has frozen: it gives frames, but always the same, bit for bit."""

from __future__ import annotations

import numpy as np

from appliance.errors import CameraLost
from appliance.protocol.looks import Frame

FROZEN_S, FROZEN_LOOKS = 60.0, 10
"""The same picture for so long, in so many looks, is no room: a sensor's noise is never the same twice. Not
sooner: a webcam that stills noise may repeat a picture for a while, and opening it anew costs seconds."""
FLAT = 2.0
"""Grey levels, standard deviation: in the dark, and behind a lid, a camera may well give the same black."""


class Frozen:
    """Remembers a frozen picture while the camera is opened again, lest it be taken for a cure."""

    def __init__(self) -> None:
        self._picture: np.ndarray | None = None
        self._since, self._looks = 0.0, 0
        self._is_frozen = False

    def mind(self, frame: Frame) -> None:
        """Compare the next frame with the last one. Raises CameraLost while the picture is frozen."""
        if self._picture is None or not np.array_equal(frame.grey, self._picture):
            self._picture, self._since, self._looks, self._is_frozen = frame.grey, frame.taken_at, 1, False
            return
        self._looks += 1
        lasts = frame.taken_at - self._since >= FROZEN_S and self._looks >= FROZEN_LOOKS
        if not (self._is_frozen or (lasts and float(frame.small.std()) >= FLAT)):
            return
        self._is_frozen = True
        raise CameraLost(
            "the camera has frozen: it gives the same picture again and again; it is opened anew; "
            "if that does not help, unplug it and plug it in again, or switch the box off and on"
        )
