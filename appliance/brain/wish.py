"""Whose word holds: a hand's choice for a while, else what the face says."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.brain.mood import MoodTracker
from appliance.protocol.messages import EMOTIONS, Look, Mood

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
    """The mood whose music is wanted, and why."""

    def __init__(self, tracker: MoodTracker, hand: str | None, hand_until: float) -> None:
        self._tracker = tracker
        self.hand = hand
        """The mood that a person chose; None when the camera is followed."""
        self.hand_until = hand_until

    @property
    def face(self) -> Mood:
        """The mood that the camera sees."""
        return self._tracker.mood

    @property
    def is_somebody_there(self) -> bool:
        """Whether the camera has seen somebody for longer than one look."""
        return self._tracker.is_there

    def see(self, look: Look) -> None:
        self._tracker.see(look)

    def forget_face(self, now: float) -> None:
        self._tracker.forget(now)

    def choose(self, mood: str | None, until: float) -> None:
        """A person chooses a mood, or (None) leaves it to the camera."""
        self.hand, self.hand_until = mood, until

    def next_mood(self) -> str | None:
        """The one after the hand's choice; None, which is the camera's, after the last."""
        place = EMOTIONS.index(self.hand) + 1 if self.hand else 0
        return EMOTIONS[place] if place < len(EMOTIONS) else None

    def expire(self, now: float) -> None:
        """A hand's choice holds for its time and no longer."""
        if self.hand and now >= self.hand_until:
            self.hand = None

    def mood(self, otherwise: str) -> str:
        """One of `EMOTIONS`; `otherwise` when neither hand nor face says anything."""
        if self.hand:
            return self.hand
        return self.face.name if self.face.name in EMOTIONS else otherwise

    def because(self, mood: str) -> str:
        """Why this mood's music, as the beginning of a sentence."""
        if self.hand == mood:
            return f"You chose {mood}"
        if self.face.name == mood:
            return f"You look {ADJECTIVES[mood]}"
        return f"Music for {mood} until your face says more"
