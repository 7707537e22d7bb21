"""How often the listener is looked for and read: in full while the face changes or is in doubt, else seldom.

A face that is followed from frame to frame need not be found anew in each, and one that looks as it did when
it was read need not be read again: that reading holds. It is told with every frame all the same, so that for
the mood a second of it weighs as a second (docs/decisions/pace.md).
"""

from __future__ import annotations

from collections import deque

import numpy as np

from appliance.errors import EmptyCrop
from appliance.protocol.looks import Box, Frame, Reading
from appliance.vision.place import Place, Seen

SETTLED = 5
"""Looks at a face at rest, all for the same emotion, until their mean is held: one look has noise."""
MOST = 20
"""Looks whose mean is held."""
DOUBT = 0.5
"""By so much, in all seven probabilities together, a look may differ from what is held."""
APART = 0.08
"""By so much of its width a face may be found beside where it was followed to; mostly it is 0.02."""
FOLLOWED = 2
"""Frames in which a face that looks otherwise is not found anew, but read where it was: most are a blink."""
CHANGED = 5
"""After so many frames that show another look the one before is forgotten: a blink is over sooner."""


class Pace:
    """Remembers the listener's face as it was last found, and what was read of it since."""

    def __init__(self) -> None:
        self._place: Place | None = None
        self._seen: Seen | None = None
        self._readings: deque[np.ndarray] = deque(maxlen=MOST)
        self._mean: tuple[float, ...] = ()
        self._changed = 0
        """Frames in a row in which the face looked otherwise."""

    def follow(self, frame: Frame) -> Box | None:
        """Where the face is in the next frame; None when it must be looked for."""
        self._seen = self._place.find(frame) if self._place else None
        if self._seen is None or len(self._readings) < SETTLED:
            return None
        return self._seen.box if self._seen.is_same or self._changed < FOLLOWED else None

    def held(self) -> tuple[float, ...] | None:
        """The mean reading of the followed face, while it holds; None while the face must be read."""
        if not self._is_same() or len(self._readings) < SETTLED:
            return None
        return self._mean

    def take(self, frame: Frame, reading: Reading, is_found: bool) -> None:
        """Note what was read in this frame. is_found: the face was looked for; else it was followed."""
        read = np.array(reading.probabilities)
        if self._seen and is_found and not _agree(self._seen.box, reading.box):
            self._begin(frame, reading.box, read)
            return
        if self._is_same():
            self._changed = 0
            if self._differs(read):
                self._readings.clear()
            self._add(read)
            return
        self._changed += 1
        if is_found and (self._place is None or self._changed >= CHANGED):
            self._begin(frame, reading.box, read)

    def forget(self) -> None:
        """Forget the face: nobody is there, or somebody else."""
        self._place = self._seen = None
        self._readings.clear()

    def _is_same(self) -> bool:
        return self._seen is not None and self._seen.is_same

    def _differs(self, read: np.ndarray) -> bool:
        held = np.array(self._mean)
        return bool(read.argmax() != held.argmax() or np.abs(read - held).sum() > DOUBT)

    def _add(self, read: np.ndarray) -> None:
        self._readings.append(read)
        self._mean = tuple(np.mean(self._readings, axis=0).tolist())

    def _begin(self, frame: Frame, box: Box, read: np.ndarray) -> None:
        self.forget()
        self._changed = 0
        try:
            self._place = Place(frame, box)
        except EmptyCrop:
            return
        self._add(read)


def _agree(followed: Box, found: Box) -> bool:
    """Whether both are about the same rectangle: the first one found, in a whole frame, is often coarse."""
    off = max(
        abs(followed.left - found.left), abs(followed.top - found.top), abs(followed.width - found.width)
    )
    return off < APART * followed.width


class FullPace(Pace):
    """Has the listener looked for and read in every frame: to measure what a look takes."""

    def follow(self, frame: Frame) -> Box | None:
        return None
