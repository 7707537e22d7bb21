"""The states that the box tells over MQTT: one short text for each topic, and how often each may be said.

Words (emotion, song, volume) go out as soon as they change, though never more often than one floor allows;
figures that always move a little (probabilities, temperature) have a slower floor of their own, because
Home Assistant writes every change into its database.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from appliance.homeassistant.facts import FACTS
from appliance.machine.upgrade import NOTHING, News
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Reading
from appliance.protocol.messages import Song
from appliance.protocol.snapshot import CameraState, Snapshot

LONGEST_STATE = 255
"""Characters of a state; Home Assistant refuses a longer state (MAX_LENGTH_STATE_STATE in its const.py)."""


class State(NamedTuple):
    """A topic's payload, and how urgent it is."""

    payload: str
    urgent: str
    """The part whose change is news; a change of the rest alone may wait for the slower floor."""


@dataclass(frozen=True)
class Health:
    """The box's own state, told beside the snapshot."""

    version: str
    temperature_c: float | None = None
    refused: int = 0
    """Messages from outside that made no sense, or could not be obeyed."""
    why_refused: str | None = None
    """Why the last of them was refused, in our own words."""
    news: News = NOTHING
    """The newest release, as far as it is known."""
    cover: str = ""
    """The cover of the song that plays, in base64; empty where there is none."""


def states(snapshot: Snapshot, health: Health) -> dict[str, State]:
    """Return every state by its topic, without the box's own prefix."""
    words = {fact.topic: _word(fact.read(snapshot)) for fact in FACTS}
    return words | {
        "emotion": _emotion(snapshot),
        "song": _word(as_json(_song(snapshot))),
        "degraded": _word(as_json(_degraded(snapshot))),
        "cover": _word(health.cover),
        "update": _update(health),
        "box": _box(snapshot, health),
    }


def _word(payload: str) -> State:
    return State(payload, payload)


def _emotion(snapshot: Snapshot) -> State:
    """Tell the likeliest emotion, and all of them as fractions of 1; null when nobody is there to be read."""
    known = snapshot.mood.probabilities if snapshot.camera is CameraState.ON else ()
    likeliest = max(range(len(known)), key=known.__getitem__) if known else None
    emotion = None if likeliest is None else EMOTIONS[likeliest]
    facts = {
        "emotion": emotion,
        "confidence": None if likeliest is None else round(known[likeliest], 2),
        "probabilities": {
            name: round(known[place], 2) if known else None for place, name in enumerate(EMOTIONS)
        },
    }
    return State(as_json(facts), str(emotion))


def _song(snapshot: Snapshot) -> dict[str, str | None]:
    song = snapshot.song or Song("")
    return {
        "title": _text(song.title or PurePosixPath(song.uri).stem),
        "artist": _text(song.artist),
        "album": _text(song.album),
        "mood": snapshot.song_mood or None,
        "why": _text(snapshot.why),
        "guest": "playing" if snapshot.guest else "waiting" if snapshot.guest_waits else None,
        "modes": _text(", ".join(snapshot.modes)),
    }


def _degraded(snapshot: Snapshot) -> dict[str, Any]:
    reasons = "; ".join(f"{part}: {reason}" for part, reason in sorted(snapshot.degraded.items()))
    return {"problem": "ON" if reasons else "OFF", "reasons": _text(reasons) or "nothing"}


def _box(snapshot: Snapshot, health: Health) -> State:
    facts = {
        "temperature": health.temperature_c and round(health.temperature_c, 1),
        "inference_ms": _inference_ms(snapshot),
        "version": health.version,
        "refused": health.refused,
        "why_refused": health.why_refused,
    }
    return State(as_json(facts), f"{health.version} {health.why_refused}")


def _update(health: Health) -> State:
    """Tell the release that runs and the newest, as Home Assistant's update entities have it."""
    news = health.news
    newest = news.latest if news.is_newer_than(health.version) else news.latest and health.version
    facts = {
        "installed_version": health.version,
        "latest_version": newest,
        "title": "Moodbox",
        "release_summary": _text(news.notes if newest != health.version else "") or "",
        "release_url": news.page or None,
        "in_progress": news.is_going_on,
        "update_percentage": news.percent,
        "failed": _text(news.failed or news.look_failed),
    }
    # Home Assistant refuses the whole message for a version or an address that is null.
    facts = {
        name: fact for name, fact in facts.items() if fact or name not in ("latest_version", "release_url")
    }
    return State(
        as_json(facts), f"{newest} {news.is_going_on} {news.percent} {news.failed} {news.look_failed}"
    )


def _inference_ms(snapshot: Snapshot) -> float | None:
    """Return milliseconds that the networks took for the newest look: finding the face and reading it."""
    if not isinstance(snapshot.looked, Reading):
        return None
    stages = [seconds for stage, seconds in snapshot.looked.stages_s.items() if stage != "capture"]
    return round(1000 * sum(stages), 1) if stages else None


def as_json(facts: object) -> str:
    """Write JSON as short as it goes, and readable in any language."""
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))


def _text(text: str) -> str | None:
    """Make a text short enough for a state, and valid UTF-8 whatever a file's name held; None if empty."""
    valid = text.encode("utf-8", "replace").decode("utf-8")
    return (valid if len(valid) <= LONGEST_STATE else valid[: LONGEST_STATE - 1] + "…") or None


class Stir:
    """Tells which snapshots the link is to be woken for: a look moves figures ten times a second."""

    def __init__(self, floor_s: float) -> None:
        """floor_s: how long figures, and minutes that run, wait at most."""
        self._floor_s = floor_s
        self._words: object = None
        self._at = -math.inf

    def is_worth(self, snapshot: Snapshot, now: float) -> bool:
        """Whether it has other words than the one before, or none was worth it for long. now: monotonic."""
        mood = snapshot.mood
        known = mood.probabilities
        likeliest = max(range(len(known)), key=known.__getitem__) if known else None
        still = replace(mood, probabilities=())
        words = replace(snapshot, at=0.0, elapsed_s=0.0, box=None, mood=still), likeliest
        if words == self._words and now < self._at + self._floor_s:
            return False
        self._words, self._at = words, now
        return True


class Outbox:
    """The states still to be said: only the newest of each topic, none more often than its floor allows."""

    def __init__(self, word_floor_s: float, figure_floor_s: float) -> None:
        """Both are the least seconds between two states of one topic: of a changed word, of figures alone."""
        self._word_floor_s = word_floor_s
        self._figure_floor_s = max(figure_floor_s, word_floor_s)
        self._wanted: Mapping[str, State] = {}
        self._said: dict[str, tuple[State, float]] = {}
        self._held: dict[str, float] = {}

    def said(self, topic: str) -> str:
        """Return what was said of this topic last; empty for nothing."""
        return self._said[topic][0].payload if topic in self._said else ""

    def hold(self, topic: str, until: float) -> None:
        """Say nothing of this topic before this time, monotonic seconds."""
        self._held[topic] = until

    def want(self, wanted: Mapping[str, State]) -> None:
        """Take these as the states now; `due` says what of them is to be sent."""
        self._wanted = wanted

    def forget(self) -> None:
        """Say everything again: Home Assistant or the broker has begun anew."""
        self._said.clear()

    def due(self, now: float) -> list[tuple[str, str]]:
        """Return topics and payloads to send now; they count as said from then on."""
        ready = [topic for topic in self._wanted if (at := self._due_at(topic)) is not None and at <= now]
        for topic in ready:
            self._said[topic] = self._wanted[topic], now
        return [(topic, self._wanted[topic].payload) for topic in ready]

    def next_at(self) -> float | None:
        """Return when something will be due, monotonic seconds; None when all is said."""
        times = [at for topic in self._wanted if (at := self._due_at(topic)) is not None]
        return min(times, default=None)

    def _due_at(self, topic: str) -> float | None:
        wanted, held = self._wanted[topic], self._held.get(topic, -math.inf)
        if topic not in self._said:
            return held
        said, at = self._said[topic]
        if said.payload == wanted.payload:
            return None
        floor_s = self._word_floor_s if said.urgent != wanted.urgent else self._figure_floor_s
        return max(held, at + floor_s)
