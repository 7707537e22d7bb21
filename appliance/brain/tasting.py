"""Whose taste is followed, and how a preference is said to people."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Protocol

from appliance.brain.wish import ADJECTIVES
from appliance.protocol.messages import Song
from appliance.protocol.taste import Preference


class Taste(Protocol):
    """The brain's view of taste, which `taste.Taste` has. Each call takes a millisecond at most."""

    @property
    def is_ready(self) -> bool:
        """Whether anybody's taste can be known: else the box shuffles."""
        ...

    def choose(self, person: str, mood: str, songs: Sequence[Song]) -> tuple[Song, Preference]: ...
    def never(self, person: str) -> Set[str]:
        """The songs that this person wants no more."""
        ...

    def resting(self, person: str) -> Set[str]:
        """The songs that this person does not want for a while."""
        ...


def words(preference: Preference, mood: str) -> str:
    """Say what speaks for a song, as the end of a sentence; "" for nothing that is known.

    mood: whose music it is; "" for the whole library.
    """
    when = f" when {ADJECTIVES[mood]}" if mood else ""
    share = f", {preference.finished} of {preference.of}"
    match preference.term:
        case "artist":
            return f"; you finish this artist{when}{share}"
        case "song":
            return f"; you finish this song{when}{share}"
        case "sound":
            return f"; it sounds like what you finish{when}"
        case "liked":
            return "; you like this song"
        case "liked_artist":
            return "; you like songs of this artist"
        case "new":
            return "; to hear whether you like it"
    return ""
