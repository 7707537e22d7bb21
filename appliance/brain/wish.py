"""Decides whose mood holds: a person's choice for a while, else what the face says."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.brain.mood import MoodTracker
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Look, Mood

ADJECTIVES: Mapping[str, str] = {
    "angry": "angry",
    "disgust": "disgusted",
    "fear": "afraid",
    "happy": "happy",
    "sad": "sad",
    "surprise": "surprised",
    "neutral": "neutral",
}


class Wish:
    """Knows the mood whose music is wanted, and why."""

    def __init__(self, tracker: MoodTracker, hand: str | None, hand_until: float) -> None:
        self._tracker = tracker
        self.hand = hand
        """The mood that a person chose; None when the camera is followed."""
        self.hand_until = hand_until
        self._hand_because = ""

    @property
    def face(self) -> Mood:
        """The mood that the camera sees."""
        return self._tracker.mood

    @property
    def is_somebody_there(self) -> bool:
        """Whether the camera has seen somebody for longer than one look."""
        return self._tracker.is_there

    def see(self, look: Look) -> None:
        """Take one look of the camera into account."""
        self._tracker.see(look)

    def forget_face(self, now: float) -> None:
        """Forget what the camera saw, because it was switched off."""
        self._tracker.forget(now)

    def choose(self, mood: str | None, until: float, because: str = "") -> None:
        """Hold to the mood that a person chose, until then (monotonic); None leaves it to the camera.

        because: who chose it, where no hand did.
        """
        self.hand, self.hand_until, self._hand_because = mood, until, because

    def next_mood(self) -> str | None:
        """The mood after the hand's choice; None, which leaves it to the camera, after the last."""
        place = EMOTIONS.index(self.hand) + 1 if self.hand else 0
        return EMOTIONS[place] if place < len(EMOTIONS) else None

    def expire(self, now: float) -> None:
        """Drop a hand's choice whose time is over."""
        if self.hand and now >= self.hand_until:
            self.hand = None

    def mood(self, otherwise: str) -> str:
        """The mood that is wanted, one of `EMOTIONS`; `otherwise` when neither hand nor face names one."""
        if self.hand:
            return self.hand
        return self.face.name if self.face.name in EMOTIONS else otherwise

    def because(self, mood: str) -> str:
        """Say why this mood's music plays, as the beginning of a sentence."""
        if self.hand == mood:
            return self._hand_because or f"You chose {mood}"
        if self.face.name == mood:
            return f"You look {ADJECTIVES[mood]}"
        return f"Music for {mood} until your face says more"

    def because_led(self, mood: str) -> str:
        """Say why the music leads on from this mood, as the beginning of a sentence."""
        is_so = mood in (self.hand, self.face.name)
        return self.because(mood) if is_so else f"It began at {mood}"
