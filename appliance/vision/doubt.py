"""Whether what the detector took for a face is believed: docs/decisions/one-look.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from appliance.protocol.looks import Face

SURE = 0.8
"""A face of this score is believed at once: of 727 false faces in dark pictures none had more than 0.75."""
SURE_AGAIN = 0.73
"""So is one of this score in its second look, the mean of up to three: false faces had at most 0.65 there.

Of photographs 96.5 % reach one of the two (docs/decisions/one-look.md).
"""
LIKELY, LOOKS = 0.6, 7
"""A face that is never so sure is believed when it stays where it is in so many looks of at least this."""
HELD, FALLS = 0.6, 2
"""A known face that falls below this in so many second looks in a row is no longer believed."""


class Doubt:
    """Keeps a newcomer waiting until there is a second piece of evidence that it is a face."""

    def __init__(
        self, again: Callable[[Face], float], near: Callable[[Face, Iterable[Face]], Face | None]
    ) -> None:
        """again: the score of a second look at a face. near: which of some faces is the same."""
        self._again, self._near = again, near
        self.waiting: Face | None = None
        """The newcomer that is likely, and is looked at again in the next frame."""
        self._looks = 0
        self._falls: dict[Face, int] = {}
        """Known faces, where they fell last, and how often in a row."""

    def believed(self, faces: Iterable[Face], known: Iterable[Face]) -> list[Face]:
        """Those of the faces in one frame that are faces. known: those of frames before."""
        kept, likely = [], []
        faces, known = list(faces), list(known)
        before = self._fallen(faces, known)
        for face in faces:
            if face.score >= SURE:
                kept.append(face)
                continue
            score = self._again(face)
            if any(self._near(other, [face]) for other in known):
                falls = 0 if score >= HELD else before.get(face, 0) + 1
                self._falls |= {face: falls} if falls else {}
                kept += [face] if falls < FALLS else []
                continue
            if score >= SURE_AGAIN:
                kept.append(face)
            elif score >= LIKELY:
                likely.append(face)
        return [*kept, *self._wait(likely)]

    def _fallen(self, faces: list[Face], known: list[Face]) -> dict[Face, int]:
        """How often each of the faces has fallen in a row; one not found now is remembered while known."""
        fallen: dict[Face, int] = {}
        unseen: dict[Face, int] = {}
        for place, falls in self._falls.items():
            face = self._near(place, faces)
            if face is not None:
                fallen[face] = max(falls, fallen.get(face, 0))
            elif self._near(place, known) is not None:
                unseen[place] = falls
        self._falls = unseen
        return fallen

    def _wait(self, likely: list[Face]) -> list[Face]:
        same = self._near(self.waiting, likely) if self.waiting else None
        self._looks = self._looks + 1 if same else 1
        self.waiting = same or max(likely, key=lambda face: face.box.area, default=None)
        if self.waiting is None or self._looks < LOOKS:
            return []
        believed, self.waiting = self.waiting, None
        return [believed]
