"""Commands in, snapshots out, as JSON: what the control socket, the page and MQTT speak."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from appliance.errors import CommandRejected
from appliance.messages import (
    EMOTIONS,
    Automatic,
    ChooseMood,
    Command,
    Pause,
    Play,
    Previous,
    SetVolume,
    Skip,
    Snapshot,
    Stop,
    Toggle,
)

PLAIN: Mapping[str, type[Command]] = {
    "play": Play,
    "pause": Pause,
    "toggle": Toggle,
    "skip": Skip,
    "previous": Previous,
    "stop": Stop,
    "auto": Automatic,
}
"""Commands without an argument."""

NAMES = (*PLAIN, "volume", "mood")


def parse(message: object, source: str) -> Command:
    """Read a command such as {"command": "skip"}, {"command": "volume", "percent": 40} or
    {"command": "mood", "mood": "happy"}.

    Raises CommandRejected, saying what is wrong and what would be right.
    """
    if not isinstance(message, dict) or not isinstance(message.get("command"), str):
        raise CommandRejected('expected a JSON object such as {"command": "skip"}')
    arguments = dict(message)
    name = arguments.pop("command")
    if name in PLAIN:
        command: Command = PLAIN[name](source=source)
    elif name == "volume":
        command = SetVolume(_percent(arguments.pop("percent", None)), source=source)
    elif name == "mood":
        command = ChooseMood(_mood(arguments.pop("mood", None)), source=source)
    else:
        raise CommandRejected(f"no such command: {name[:40]!r}; known are {', '.join(NAMES)}")
    if arguments:
        raise CommandRejected(f"{name} does not take {', '.join(map(repr, sorted(arguments)))}"[:200])
    return command


def describe(snapshot: Snapshot, now: float) -> dict[str, Any]:
    """The snapshot for machines: plain JSON types; times as seconds from `now`, which is monotonic."""
    song = snapshot.song
    hand_s = None if snapshot.hand_until is None else max(0.0, snapshot.hand_until - now)
    return {
        "mood": snapshot.mood.name,
        "mood_for_s": round(now - snapshot.mood.since, 1),
        "probabilities": dict(zip(EMOTIONS, snapshot.mood.probabilities, strict=False)),
        "faces": snapshot.faces,
        "playing": snapshot.playing.value,
        "song": song and {"uri": song.uri, "title": song.title, "artist": song.artist, "album": song.album},
        "song_mood": snapshot.song_mood or None,
        "why": snapshot.why or None,
        "elapsed_s": round(snapshot.elapsed_s, 1),
        "duration_s": song.duration_s if song else None,
        "volume": snapshot.volume,
        "by_hand": snapshot.by_hand,
        "hand_for_s": hand_s and round(hand_s),
        "guest": snapshot.guest,
        "degraded": dict(snapshot.degraded),
    }


def _percent(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
        raise CommandRejected('volume needs "percent": a whole number from 0 to 100')
    return value


def _mood(value: object) -> str:
    if isinstance(value, str) and value in EMOTIONS:
        return value
    near = difflib.get_close_matches(str(value)[:40], EMOTIONS, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise CommandRejected(f"mood needs one of {', '.join(EMOTIONS)}{hint}")
