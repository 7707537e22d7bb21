"""Faults of the view: the camera hangs upside down or on its side, or the room is too dark."""

from __future__ import annotations

from collections import deque

import numpy as np

from appliance.protocol.looks import Frame
from appliance.vision.listener import Detector

TRY_S = 2.0
"""How often the frame is looked at from all four sides."""
LIKELY, MARGIN, VOTES = 0.75, 0.04, 5
"""Score that a side needs, its lead over the camera's own, and in how many tries in a row: ten seconds."""
SETTLED_S = 10.0
"""The same once all of the last `VOTES` tries have found faces upright; one that does not ends that. And in
a still room, while no try has found a face on any side."""
SLOW_S, INTERVALS = 4.0, 4
"""Pictures further apart than this, so many times in a row, hardly lead to a mood."""


class View:
    """How the camera hangs and how often its pictures come, judged while the box looks.

    The network draws eyes above mouths also where they are below, with a lower score (0.59, not 0.76): so
    a frame's four sides are compared, not the places of eyes and mouth in one. Frames are always judged as
    the camera gives them, so that a wrong turn (somebody lay there first) is found out and taken back.
    """

    def __init__(self, rotation: int = 0, mirror: bool = False) -> None:
        """The settings of the camera; rotation in degrees."""
        self._rotation, self._mirror = rotation, mirror
        self._due = self._still_due = 0.0
        self._best = self._votes = self._upright = 0
        self._times: deque[float] = deque(maxlen=INTERVALS + 1)
        self._turn = 0

    def arrive(self, frame: Frame) -> None:
        """A frame has come, whether it is looked at or not."""
        self._times.append(frame.taken_at)

    def judge(self, frame: Frame, detector: Detector, is_still: bool = False) -> None:
        """Compare the four sides of a frame that is worth a look, no more often than every `TRY_S`.

        is_still: nothing moves, and nobody is known.
        """
        if frame.taken_at < (self._still_due if is_still else self._due):
            return
        self._due = frame.taken_at + (TRY_S if self._best or self._votes < VOTES else SETTLED_S)
        scores = [
            max((face.score for face in detector.find(_turned(frame, side))), default=0.0)
            for side in range(4)
        ]
        best = max(range(4), key=lambda side: (scores[side], -side))
        self._still_due = self._due if scores[best] >= LIKELY else frame.taken_at + SETTLED_S
        if scores[best] < LIKELY or (best and scores[best] < scores[0] + MARGIN):
            return
        self._upright += best == 0
        if best % 2 and self._upright >= VOTES:
            return  # somebody lies on the sofa
        self._votes = self._votes + 1 if best == self._best else 1
        self._best = best
        if self._votes >= VOTES:
            self._turn = best

    def upright(self, frame: Frame) -> Frame:
        """The frame as faces stand upright in it, by what is known so far."""
        return _turned(frame, self._turn)

    def trouble(self) -> str | None:
        """Tell what is wrong and what to do; None when it is well."""
        if self._turn:
            how = "upside down" if self._turn == 2 else "on their side"
            further = -90 if self._mirror else 90  # the camera's picture is mirrored after it is turned
            right = (self._rotation + further * self._turn) % 360
            return f"faces are {how} in the picture, which is turned meanwhile; set camera.rotation = {right}"
        steps = [after - before for before, after in zip(self._times, list(self._times)[1:], strict=False)]
        if len(steps) == INTERVALS and min(steps) >= SLOW_S:
            every = f"{min(steps):.0f} s"
            return f"the camera gives a picture only every {every}, too few for moods; more light helps"
        return None


def _turned(frame: Frame, quarters: int) -> Frame:
    """The frame turned clockwise by so many quarters."""
    if quarters == 0:
        return frame

    def orient(picture: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(np.rot90(picture, -quarters))

    return Frame(orient(frame.grey), orient(frame.small), lambda: orient(frame.colour()), frame.taken_at)
