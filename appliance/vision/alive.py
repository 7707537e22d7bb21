"""Whether a face lives: a poster, a painting, a television's still are nobody (docs/decisions/one-look.md).

A living face is never still for long: it blinks, breathes, sways by parts of a pixel. So the picture in its
place is compared, cell by cell, with what it has lately been there, and what changes with what the noise of
the same picture changes elsewhere.
"""

from __future__ import annotations

import cv2
import numpy as np

from appliance.errors import EmptyCrop
from appliance.protocol.looks import Box, Face, Frame
from appliance.vision.preprocess import MARGIN, crop

NEVER_ALIVE_S = 30.0
"""A face that has not moved since it came counts as nobody after so many seconds."""
STILL_S = 150.0
"""The same for a face that has lived: somebody who reads or sleeps hardly stirs, but does within minutes."""
CELLS = 12
"""Cells along each side of the face that are compared: a closed eye is one or two of them."""
LEAST = 2.5
"""Grey levels by which two cells must differ from what they were to prove life, at the least."""
TIMES_NOISE = 8.0
"""They must also differ by so many times the median of the whole picture, which is the sensor's noise."""
LATELY_S = 5.0
"""Seconds over which a cell's earlier level is averaged, so that daylight may wander over a poster."""
SHIFT = 0.25
"""A face that is this share of its width elsewhere has moved."""
EVERY_S = 0.25
"""How often the places are looked at: a blink takes about as long."""
GONE_S = 3.0
"""A face not found for so long is not followed; whether it lived is remembered for `STILL_S`."""
MOST = 8
"""Faces that are remembered at once."""


class Life:
    """When one face came, when it last stirred, and what its place has lately looked like."""

    def __init__(self, face: Face, frame: Frame) -> None:
        self.face = face
        self.came_at = self.seen_at = self.stirred_at = frame.taken_at
        self.has_lived = False
        self._at = frame.taken_at
        """When the cells were last taken."""
        self._cells: np.ndarray | None = None

    def observe(self, frame: Frame, noise: float) -> None:
        """Compare the place where the face was found with what it was there; two changed cells prove life.

        noise: grey levels by which cells of this size change anywhere in the picture.
        """
        cells = _cells(frame, self.face.box)
        if cells is None:
            return
        if self._cells is None:
            self._cells = cells
        changed = np.abs(_like(cells, self._cells) - self._cells)
        # The second largest change counts: the rule asks for two cells of 144 (docs/decisions/one-look.md).
        if np.partition(changed.ravel(), -2)[-2] >= max(LEAST, TIMES_NOISE * noise):
            self._stir(frame.taken_at)
        weight = min(1.0, (frame.taken_at - self._at) / LATELY_S)
        self._cells, self._at = self._cells + weight * (cells - self._cells), frame.taken_at

    def found(self, face: Face, frame: Frame) -> None:
        """Note that the detector has found the face again; one that has moved far enough lives."""
        self.seen_at = frame.taken_at
        shift = max(abs(face.box.left - self.face.box.left), abs(face.box.top - self.face.box.top))
        if shift >= SHIFT * self.face.box.width:
            self.face, self._cells, self._at = face, _cells(frame, face.box), frame.taken_at
            self._stir(frame.taken_at)

    def stand_still(self, seconds: float) -> None:
        """Let this time not count: nobody knows what the face did in it."""
        self.came_at += seconds
        self.stirred_at += seconds
        self.seen_at += seconds
        self._at += seconds

    def is_over(self, now: float) -> bool:
        """Whether the face has been still for so long that it counts as nobody. now: monotonic seconds."""
        return now - self.stirred_at >= (STILL_S if self.has_lived else NEVER_ALIVE_S)

    def _stir(self, at: float) -> None:
        self.has_lived, self.stirred_at = True, at


def _cells(frame: Frame, box: Box) -> np.ndarray | None:
    """float32 (CELLS, CELLS), mean grey levels; None outside of the frame."""
    try:
        return cv2.resize(crop(frame.grey, box), (CELLS, CELLS), interpolation=cv2.INTER_AREA).astype(
            np.float32
        )
    except EmptyCrop:
        return None


def _like(cells: np.ndarray, before: np.ndarray) -> np.ndarray:
    """The cells in the light of before: a lamp, or the camera's exposure, is nobody's movement."""
    contrast = float(before.std()) / max(float(cells.std()), 1e-3)
    return (cells - cells.mean()) * min(max(contrast, 0.5), 2.0) + before.mean()


class Lives:
    """Which faces in view live. Pictures that are equal bit for bit prove nothing, and take no time."""

    def __init__(self) -> None:
        self._lives: list[Life] = []
        self._before: np.ndarray | None = None
        self._before_at = 0.0

    def observe(self, frame: Frame) -> None:
        """Take the next frame in, before its faces are found."""
        before, passed_s = self._before, frame.taken_at - self._before_at
        if before is not None and passed_s < EVERY_S:
            return
        self._before, self._before_at = frame.small, frame.taken_at
        if before is None or before.shape != frame.small.shape or not self._lives:
            return
        difference = cv2.absdiff(frame.small, before)
        if not difference.any():
            # A repeated picture proves neither life nor death: the clocks of all faces stand still meanwhile.
            for life in self._lives:
                life.stand_still(passed_s)
            return
        here = [life for life in self._lives if frame.taken_at - life.seen_at < GONE_S + passed_s]
        if here:
            width = min(life.face.box.width for life in here) * frame.small.shape[1] / frame.grey.shape[1]
            noise = _noise(frame.small, before, width)
            for life in here:
                life.observe(frame, noise)

    def living(self, faces: list[Face], frame: Frame, is_full: bool) -> list[Face]:
        """Those of the faces that are somebody. is_full: the whole frame was looked at."""
        alive = []
        for face in faces:
            life = self._of(face, frame)
            life.found(face, frame)
            if not life.is_over(frame.taken_at):
                alive.append(face)
        if is_full:
            self._forget(frame.taken_at)
        return alive

    def has_lived(self, face: Face) -> bool:
        """Whether the face at that place has ever moved: a listener is chosen among those first."""
        return any(life.has_lived for life in self._lives if _is_at(life.face, face))

    def _forget(self, now: float) -> None:
        """Keep the `MOST` that are worth most: those in view, and of them those known for longest.

        The noise of a dark room comes and goes; of the newest alone, eight blotches would make a listener, or
        a poster, one that has only just come.
        """
        lives = [life for life in self._lives if now - life.seen_at < STILL_S]
        kept = sorted(
            lives, key=lambda life: (now - life.seen_at < GONE_S, life.seen_at - life.came_at), reverse=True
        )[:MOST]
        self._lives = [life for life in lives if life in kept]

    def _of(self, face: Face, frame: Frame) -> Life:
        for life in self._lives:
            if _is_at(life.face, face):
                return life
        self._lives.append(Life(face, frame))
        return self._lives[-1]


def _noise(small: np.ndarray, before: np.ndarray, width: float) -> float:
    """The median change of cells as large as those of a face of `width` pixels of `small`."""
    # `crop` cuts so much more than the face, and noise depends on a cell's size.
    side = max(1, round(width * MARGIN / CELLS))
    height, across = small.shape
    size = (max(1, across // side), max(1, height // side))
    one, other = (
        cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        for picture in (small, before)
    )
    difference = one - other
    return float(np.median(np.abs(difference - np.median(difference))))


def _is_at(life: Face, face: Face) -> bool:
    """Whether it is the face that was there: its centre within half a face, its size alike."""
    across = life.box.left + life.box.width / 2 - face.box.left - face.box.width / 2
    down = life.box.top + life.box.height / 2 - face.box.top - face.box.height / 2
    alike = 0.4 < face.box.area / life.box.area < 2.5
    return alike and max(abs(across), abs(down)) < life.box.width / 2
