"""Decides whether the music pauses because nobody is there, and goes on because somebody is."""

from __future__ import annotations

import math

from appliance.protocol.looks import AWAY, Mood

ABSENCE_FADE_S = 5.0
"""Seconds in which the music fades out when nobody has been there for long."""
RETURN_FADE_S = 2.0
"""Seconds in which it comes back when somebody is."""


class Presence:
    """Knows whether an absence is a reason to pause: not where a hand wants music in an empty room."""

    def __init__(self, pause_after_s: float | None, is_paused: bool, is_by_hand: bool) -> None:
        """pause_after_s: None never pauses. is_paused, is_by_hand: as they were when the box began."""
        self._pause_after_s = pause_after_s
        self._counts_from = math.inf if is_by_hand else -math.inf
        """An absence counts from this on (monotonic seconds); from infinity, it does not count at all."""
        self.is_paused = is_paused
        """Whether the music waits for somebody to come back."""

    def is_over(self) -> bool:
        """End the absence, because somebody is seen. Returns whether the music waited for that."""
        was_paused, self.is_paused = self.is_paused, False
        self._counts_from = -math.inf
        return was_paused

    def decide_by_hand(self) -> None:
        """Let a hand's word stand over absence: its pause stays when somebody comes, and its music plays on
        until somebody was seen and has gone again."""
        self.is_paused, self._counts_from = False, math.inf

    def note_hand(self) -> None:
        """Note that a hand asks for something else than music: what plays may go on, what waits waits on."""
        if not self.is_paused:
            self.decide_by_hand()

    @property
    def is_by_hand(self) -> bool:
        """Whether music is wanted although nobody is there."""
        return self._counts_from == math.inf

    def stay_silent(self) -> None:
        """Let nobody's return end the silence, which has another reason now: sleep timer or quiet hours."""
        self.is_paused = False

    def ring(self, now: float) -> None:
        """Count absence anew, because an alarm rings, perhaps in the dark: who wakes has the usual time to be
        seen. On holiday nobody is, and it ends after that time."""
        self.is_paused, self._counts_from = False, now

    def is_absence_long(self, face: Mood, now: float) -> bool:
        """Whether it is time to pause, if there is anything to pause. face: the mood that the camera sees."""
        if self._pause_after_s is None or face.name != AWAY:
            return False
        return now - max(face.since, self._counts_from) >= self._pause_after_s
