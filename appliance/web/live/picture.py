"""The live picture: encoded by the first viewer that wants it, once for all; nobody looks, no work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Box, Frame, Look, Reading
from appliance.web.live.viewers import Viewers

QUALITY = 80
"""Quality of the JPEG, 0 to 100: a 640x480 living room takes about 40 kB."""
MOST_VIEWERS = 16
GIVE_UP_S = 10.0
"""Seconds without a new frame after which a viewer is let go."""

COLOURS = {
    "angry": (70, 70, 235),
    "disgust": (70, 160, 90),
    "fear": (200, 110, 150),
    "happy": (60, 190, 250),
    "sad": (220, 150, 90),
    "surprise": (190, 130, 250),
    "neutral": (200, 200, 200),
}
"""Each emotion's colour, BGR, as the style sheet has it."""


@dataclass(frozen=True)
class Picture:
    """A frame as viewers get it."""

    taken_at: float
    """Monotonic seconds at which the sensor finished the frame."""
    jpeg: bytes


class LivePicture(Viewers):
    """Makes pictures for viewers. `look_again` is for the service's thread; `next` for each viewer's."""

    def __init__(self, latest: Callable[[], tuple[Frame, Look] | None], with_label: bool) -> None:
        """with_label: write the emotion beside the face; the page writes it itself, in its language."""
        super().__init__(MOST_VIEWERS)
        self._latest = latest
        self._with_label = with_label
        self._encoding = threading.Lock()
        self._picture: Picture | None = None
        self.encoded = 0
        """How many pictures were encoded since the beginning."""

    def look_again(self) -> None:
        """Wake the viewers, for there may be a new frame. Never waits for a picture being made."""
        if self.taken:
            with self._changed:
                self._changed.notify_all()

    def next(self, after: float) -> Picture | None:
        """Wait for the newest picture taken later than `after`; None when none comes, or on `close`."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: self._closed or self._is_later(after), GIVE_UP_S)
            if self._closed or not arrived:
                return None
        # One encodes, and the others who want the same frame wait for his picture.
        with self._encoding:
            newest = self._latest()
            if newest is None:
                return None
            frame, look = newest
            if self._picture is None or self._picture.taken_at != frame.taken_at:
                self._picture = Picture(frame.taken_at, self._encode(frame, look))
                self.encoded += 1
            return self._picture

    def _emptied(self) -> None:
        self._picture = None  # a picture of the room stays no longer than somebody looks

    def _is_later(self, after: float) -> bool:
        newest = self._latest()
        return newest is not None and newest[0].taken_at > after

    def _encode(self, frame: Frame, look: Look) -> bytes:
        import cv2

        picture = np.ascontiguousarray(frame.colour()).copy()
        if isinstance(look, Reading):
            emotion, share = max(zip(EMOTIONS, look.probabilities, strict=True), key=lambda pair: pair[1])
            _draw_corners(picture, look.box, COLOURS[emotion])
            if self._with_label:
                _draw_label(picture, look.box, f"{emotion} {share:.0%}", COLOURS[emotion])
        made, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        assert made, "OpenCV encodes every uint8 picture"
        return jpeg.tobytes()


def _draw_corners(picture: np.ndarray, box: Box, colour: tuple[int, int, int]) -> None:
    """Draw the face's box as its four corners: a whole rectangle would hide the face's outline."""
    import cv2

    thick = max(2, round(picture.shape[1] / 240))
    arm = round(0.22 * min(box.width, box.height))
    left, top = round(box.left), round(box.top)
    right, bottom = round(box.left + box.width), round(box.top + box.height)
    for x, y, right_ward, down_ward in (
        (left, top, 1, 1),
        (right, top, -1, 1),
        (left, bottom, 1, -1),
        (right, bottom, -1, -1),
    ):
        for end in ((x + arm * right_ward, y), (x, y + arm * down_ward)):
            cv2.line(picture, (x, y), end, (20, 20, 20), thick + 2, cv2.LINE_AA)
        for end in ((x + arm * right_ward, y), (x, y + arm * down_ward)):
            cv2.line(picture, (x, y), end, colour, thick, cv2.LINE_AA)


def _draw_label(picture: np.ndarray, box: Box, text: str, colour: tuple[int, int, int]) -> None:
    import cv2

    scale = picture.shape[1] / 1000
    (width, height), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 2)
    left = min(max(4, round(box.left)), picture.shape[1] - width - 12)
    bottom = max(height + 12, round(box.top) - 8)
    corner = (left, bottom - height - below - 4)
    cv2.rectangle(picture, corner, (left + width + 8, bottom + 2), (20, 20, 20), cv2.FILLED)
    place = (left + 4, bottom - below + 2)
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, 2, cv2.LINE_AA)
