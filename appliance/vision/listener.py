"""Who the listener is among the faces in view, and where to look for them next."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from appliance.protocol.looks import Box, Face, Frame
from appliance.vision.alive import Lives
from appliance.vision.doubt import LOOKS, Doubt

PADDING = 3.0
"""The listener is looked for in a square this many times the face, which may move its own width meanwhile."""
FULL_LOOK_S = 1.0
"""How often the whole frame is looked at while a listener is followed: others are counted then."""
LOST_S = 1.0
"""A listener out of sight for less is waited for; afterwards somebody else may be the listener."""
TAKEOVER_RATIO, TAKEOVER_S = 1.5, 3.0
"""Another face must be this much larger (in area), for this long, to become the listener."""
TILE = 0.375
"""Side of a tile over the frame's width: 240 of 640 pixels; a face of 60 in it is found 99 times of 100."""
FINE_TILE = 180.0
"""Side in pixels of the finest tiles of larger frames: a face of 40 pixels in it (4 m from a lens of 62°
over 1280 pixels) is found in every one of 80 tries. Tiles grow up to 2.5 times from one layer to the next."""
TILES_A_LOOK, MOST_TILES_A_LOOK = 2, 6
"""Tiles looked at in one frame: 640 by 480 pixels are swept in six looks, 1280 by 720 in nine."""


class Detector(Protocol):
    """Finds faces in a frame; `faces` has two."""

    def find(self, frame: Frame, region: Box | None = None) -> list[Face]:
        """Faces, the best score first, in pixels of `frame.grey`.

        region: look there only (the square about it), which finds smaller faces; the whole frame without.
        """
        ...

    def again(self, frame: Frame, face: Face) -> float:
        """The score, 0 to 1, of a second and different look at the place of a face that is in doubt."""
        ...


@dataclass(frozen=True)
class Sighting:
    """The listener and the number of faces that one look at a frame found."""

    listener: Face | None
    """None when nobody is there, or the listener is out of sight for a moment."""
    faces: int
    """How many faces are in view."""


class Listener:
    """Follows one face.

    Nobody known: the whole frame, then tiles of it in turn, since the detector misses faces that are small in
    what it is shown. Somebody known: a padded region about their face, and now and then the whole frame.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._face: Face | None = None
        self._seen_at = -math.inf
        self._full_at = -math.inf
        self._rival_since: float | None = None
        self._others = 0
        self._tile = 0
        self._frame: Frame | None = None
        self._doubt = Doubt(self._again, _same_person)
        self._lives = Lives()

    @property
    def nobody(self) -> bool:
        """Whether no listener is known, nor somebody who may be one."""
        return self._face is None and self._doubt.waiting is None

    def look(self, frame: Frame) -> Sighting:
        """Find the listener in the next frame."""
        now = frame.taken_at
        self._frame = frame
        self._lives.observe(frame)
        near = self._near(frame)
        listener = _same_person(self._face, near)
        if listener is None or self.is_full_look_due(now):
            faces = self._everywhere(frame, near)
            listener = self._choose(faces, now)
            self._full_at, self._others = now, len(faces) - (listener is not None)
        elif not self._lives.living([listener], frame, is_full=False):
            listener = None
        if listener is not None:
            self._face, self._seen_at = listener, now
        elif self._face is not None and now - self._seen_at >= LOST_S:
            self._face, self._rival_since = None, None
        return Sighting(listener, self._others + (listener is not None))

    def is_full_look_due(self, now: float) -> bool:
        """Whether the whole frame is to be looked at, if anything has moved in it. now: monotonic seconds."""
        return now >= self._full_at + FULL_LOOK_S

    def carry(self, frame: Frame, box: Box) -> Sighting | None:
        """Take it that the listener is there, where their face was followed to, and nobody else has come.

        None when the listener must be looked for.
        """
        is_undecided = self._rival_since is not None and self.is_full_look_due(frame.taken_at)
        if self._face is None or is_undecided:
            return None
        face = Face(box, self._face.score)
        self._lives.observe(frame)
        if not self._lives.living([face], frame, is_full=False):
            return None
        self._face, self._seen_at = face, frame.taken_at
        return Sighting(face, self._others + 1)

    def _near(self, frame: Frame) -> list[Face]:
        known = self._face or self._doubt.waiting
        return [] if known is None else self._detector.find(frame, _around(known.box, frame))

    def _everywhere(self, frame: Frame, near: list[Face]) -> list[Face]:
        """Everybody: those found near the listener, the whole frame's, or else those of the next tiles."""
        people = self._people(frame, _distinct([*near, *self._detector.find(frame)]))
        # Tiles only while nobody is known: they also show much that is no face (docs/decisions/crop.md).
        if people or self._doubt.waiting:
            return people
        return self._people(frame, self._sweep(frame))

    def _people(self, frame: Frame, faces: list[Face]) -> list[Face]:
        """Those of the faces that are faces, and live."""
        known = [] if self._face is None else [self._face]
        return self._lives.living(self._doubt.believed(faces, known), frame, is_full=True)

    def _again(self, face: Face) -> float:
        assert self._frame is not None, "faces are found in frames"
        return self._detector.again(self._frame, face)

    def _sweep(self, frame: Frame) -> list[Face]:
        """Faces in the next tiles. Each is looked at again by itself: a tile shows much that is no face."""
        every = tiles(frame)
        turn = [every[(self._tile + step) % len(every)] for step in range(min(_at_once(frame), len(every)))]
        self._tile = (self._tile + len(turn)) % len(every)
        found = [face for tile in turn for face in self._detector.find(frame, tile)]
        again = (_same_person(face, self._detector.find(frame, _around(face.box, frame))) for face in found)
        return _distinct(face for face in again if face is not None)

    def _choose(self, faces: list[Face], now: float) -> Face | None:
        """The listener so far, unless gone, outgrown for a while, or never seen to move where another was.

        Else the largest face, first of those that have moved: a poster may be larger than who sits beside it.
        """
        lively = [face for face in faces if self._lives.has_lived(face)]
        largest = max(lively or faces, key=lambda face: face.box.area, default=None)
        known = _same_person(self._face, faces)
        if known is None:
            waiting = self._face is not None and now - self._seen_at < LOST_S
            return None if waiting else largest
        outdone = bool(lively) and known not in lively
        if largest is None or not (outdone or largest.box.area >= TAKEOVER_RATIO * known.box.area):
            self._rival_since = None
            return known
        if self._rival_since is None:
            self._rival_since = now
        if now - self._rival_since < TAKEOVER_S:
            return known
        self._rival_since = None
        return largest


def tiles(frame: Frame) -> list[Box]:
    """Squares that cover the frame, large ones first; each overlaps the next by a quarter of its side."""
    height, width = frame.grey.shape
    sides = [min(max(TILE * width, 1.0), height)]
    while sides[-1] > 1.4 * FINE_TILE:
        sides.append(max(FINE_TILE, sides[-1] / 2.5))
    return [
        Box(x, y, side, side) for side in sides for y in _starts(height, side) for x in _starts(width, side)
    ]


def _at_once(frame: Frame) -> int:
    return TILES_A_LOOK if frame.grey.shape[1] <= 640 else MOST_TILES_A_LOOK


def looks_needed(frame: Frame) -> int:
    """In how many looks a face that keeps still is found, or never: a sweep of all tiles, and its doubt."""
    return math.ceil(len(tiles(frame)) / _at_once(frame)) + LOOKS


def _starts(length: float, side: float) -> list[float]:
    steps = math.ceil((length - side) / (0.75 * side))
    return [index * (length - side) / steps for index in range(steps + 1)] if steps else [0.0]


def _around(box: Box, frame: Frame) -> Box:
    """The padded square about a face; never larger than the frame's longer side."""
    side = min(PADDING * max(box.width, box.height), max(frame.grey.shape))
    return Box(box.left + (box.width - side) / 2, box.top + (box.height - side) / 2, side, side)


def _same_person(face: Face | None, faces: Iterable[Face]) -> Face | None:
    """The nearest of `faces`, if it is within one face's width of where `face` was, and of like size."""
    if face is None:
        return None
    like = [other for other in faces if 0.25 < other.box.area / face.box.area < 4]
    nearest = min(like, key=lambda other: _distance(face.box, other.box), default=None)
    if nearest is None or _distance(face.box, nearest.box) > face.box.width:
        return None
    return nearest


def _distinct(faces: Iterable[Face]) -> list[Face]:
    """Without those whose centre lies within half a face of one before."""
    kept: list[Face] = []
    for face in faces:
        if all(_distance(face.box, other.box) > max(face.box.width, other.box.width) / 2 for other in kept):
            kept.append(face)
    return kept


def _distance(one: Box, other: Box) -> float:
    """Between the centres, in pixels."""
    across = one.left + one.width / 2 - other.left - other.width / 2
    down = one.top + one.height / 2 - other.top - other.height / 2
    return math.hypot(across, down)
