"""The timeline of the last minutes, in RAM: which mood was seen when, and which songs played under it."""

from __future__ import annotations

from collections import deque
from typing import Annotated, Any, NamedTuple, TypeAlias, TypedDict

from appliance.protocol.snapshot import CameraState, Playing, Snapshot

LENGTH_S = 600.0
"""Seconds that the timeline reaches back."""
MOST = 400
"""How many changes are kept; people's moods last longer than a second."""
OFF = "camera-off"
Ago: TypeAlias = Annotated[float, ("minimum", 0)]


class Seen(NamedTuple):
    """A mood, and when it began (monotonic seconds)."""

    at: float
    mood: str


class Heard(NamedTuple):
    """A song, or silence (empty), and when it began (monotonic seconds)."""

    at: float
    song_id: int | None
    title: str
    artist: str
    mood: str
    why: str


class MoodFacts(TypedDict):
    """A mood, for machines."""

    mood: str
    ago_s: Ago


class HeardFacts(TypedDict):
    """A song or silence (null), for machines."""

    title: str | None
    artist: str | None
    mood: str | None
    why: str | None
    ago_s: Ago


class History(TypedDict):
    """The last minutes, for machines; the oldest first."""

    length_s: float
    moods: list[MoodFacts]
    songs: list[HeardFacts]


class Timeline:
    """Keeps what was seen and heard; its user sees to it that one thread at a time asks."""

    def __init__(self) -> None:
        self._seen: deque[Seen] = deque(maxlen=MOST)
        self._heard: deque[Heard] = deque(maxlen=MOST)
        self.version = 0
        """A number that grows whenever something is added."""

    def add(self, snapshot: Snapshot) -> None:
        """Take note of what has changed since the snapshot before."""
        mood = OFF if snapshot.camera is not CameraState.ON else snapshot.mood.name
        if not self._seen or self._seen[-1].mood != mood:
            self._seen.append(Seen(snapshot.at, mood))
            self.version += 1
        heard = _heard(snapshot)
        before = self._heard[-1]._replace(at=snapshot.at) if self._heard else None
        if heard != before:
            self._heard.append(heard)
            self.version += 1

    def describe(self, now: float) -> History:
        """Describe for machines what began how many seconds ago. now: monotonic seconds."""
        return {
            "length_s": LENGTH_S,
            "moods": [{"mood": seen.mood, "ago_s": _ago(seen, now)} for seen in _recent(self._seen, now)],
            "songs": [
                {
                    "title": heard.title or None,
                    "artist": heard.artist or None,
                    "mood": heard.mood or None,
                    "why": heard.why or None,
                    "ago_s": _ago(heard, now),
                }
                for heard in _recent(self._heard, now)
            ],
        }


def _heard(snapshot: Snapshot) -> Heard:
    song = snapshot.song
    if song is None or snapshot.playing is not Playing.MUSIC:
        return Heard(snapshot.at, None, "", "", "", "")
    title = song.title or song.uri
    return Heard(snapshot.at, snapshot.song_id, title, song.artist, snapshot.song_mood, snapshot.why)


def _ago(entry: Any, now: float) -> float:
    return round(max(0.0, now - entry.at), 1)


def _recent(entries: deque[Any], now: float) -> list[Any]:
    """Return the entries that reach into the last minutes: also the one that had begun before them."""
    known = list(entries)
    old = sum(entry.at < now - LENGTH_S for entry in known)
    return known[max(0, old - 1) :]
