"""The facts of the box that are one short word for Home Assistant: topic, how it is read, entity.

An entity on a field of `Snapshot` is an entry here and a line in docs/homeassistant.md. What has more than a
word to say (the emotion with its figures, the song, what is wrong) is in `states`, with its entities in
`entities`; what can also be ordered has its entity from its command's declaration.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import AWAY, UNSURE
from appliance.protocol.policies import BY_MOOD
from appliance.protocol.snapshot import CameraState, Playing, Snapshot

AUTOMATIC = "automatic"
ON, OFF = "ON", "OFF"
MOODS = (*EMOTIONS, UNSURE, AWAY)
PLAYBACK: Mapping[Playing, str] = {
    Playing.MUSIC: "playing",
    Playing.PAUSED: "paused",
    Playing.STOPPED: "stopped",
}
UNKNOWN = "None"
"""How Home Assistant is told that a state is not known; the word "unknown" would be a value."""

Component: TypeAlias = dict[str, Any]


class Fact(NamedTuple):
    """One topic whose payload is a single word."""

    topic: str
    """The topic below the box's own prefix; also the entity's key."""
    words: str
    """What is told there, for docs/homeassistant.md."""
    read: Callable[[Snapshot], str]
    shown: Component | None = None
    """The entity, without its topic; None where a command has one."""


def _presence(box: Snapshot) -> str:
    if box.camera is not CameraState.ON:
        return UNKNOWN
    if box.mood.name == AWAY:
        return OFF
    # Before the first face, or the end of the first patience, nobody knows.
    return ON if box.mood.probabilities else UNKNOWN


def _faces(box: Snapshot) -> str:
    return str(box.faces) if box.camera is CameraState.ON else UNKNOWN


def _left_min(box: Snapshot, until: float | None) -> int:
    return 0 if until is None else max(0, math.ceil((until - box.at) / 60))


def _sensor(name: str, icon: str, **more: Any) -> Component:
    return {"p": "sensor", "name": name, "ic": f"mdi:{icon}"} | more


FACTS: tuple[Fact, ...] = (
    Fact(
        "mood",
        "what the music follows: an emotion that holds, `unsure`, or `away`",
        lambda box: box.mood.name,
        _sensor("Mood", "emoticon", dev_cla="enum", ops=[*MOODS]),
    ),
    Fact(
        "presence",
        "`ON`, `OFF`, `None` while the camera cannot know",
        _presence,
        {"p": "binary_sensor", "name": "Presence", "dev_cla": "occupancy"},
    ),
    Fact(
        "faces",
        "how many are in view; `None` without a camera",
        _faces,
        _sensor("Faces in view", "account-group", stat_cla="measurement"),
    ),
    Fact(
        "playback",
        "`playing`, `paused`, `stopped`",
        lambda box: PLAYBACK[box.playing],
        _sensor("Playback", "play-pause", dev_cla="enum", ops=[*PLAYBACK.values()]),
    ),
    Fact(
        "volume",
        "percent; `None` when MPD's output has no mixer",
        lambda box: UNKNOWN if box.volume is None else str(box.volume),
    ),
    Fact(
        "camera",
        "`ON`, `OFF`: what you want; whether it works is in `degraded`",
        lambda box: OFF if box.camera is CameraState.OFF else ON,
    ),
    Fact("person", "who listens: `everybody`, or a name of `persons.who`", lambda box: box.person),
    Fact(
        "playlist",
        "the playlist that somebody chose, as long as it lasts and MPD has it; else `None`",
        lambda box: box.playlist if box.playlist in box.playlists else UNKNOWN,
    ),
    Fact("mode", "`automatic`, or the mood chosen by hand", lambda box: box.by_hand or AUTOMATIC),
    Fact(
        "policy",
        "what the music does about a mood: `match`, `lift`, `calm` or `steady` for every one, or `by_mood`",
        lambda box: box.policy_by_hand or BY_MOOD,
    ),
    Fact("mood_policy", "what it does about the mood whose music was last asked for", lambda box: box.policy),
    Fact(
        "path",
        "the way on which the music leads, such as `lift: sad (3 songs) → neutral (3 songs) → happy (2 "
        "songs)`; `none` where it is the mood's own",
        lambda box: str(box.path) if box.path else "none",
        _sensor("Path", "map-marker-path"),
    ),
    Fact(
        "hold",
        "minutes for which a mood chosen by hand still holds; 0 when none does",
        lambda box: str(_left_min(box, box.hand_until)),
        _sensor("Mood holds for", "timer-sand", dev_cla="duration", unit_of_meas="min"),
    ),
    Fact(
        "guest_plays",
        "`ON` while somebody else's songs play",
        lambda box: ON if box.guest else OFF,
        {"p": "binary_sensor", "name": "Guest plays", "ic": "mdi:account-music-outline"},
    ),
    Fact(
        "announcing",
        "`ON` while an announcement is heard",
        lambda box: ON if box.announcing else OFF,
        {"p": "binary_sensor", "name": "Announcement", "ic": "mdi:bullhorn"},
    ),
    Fact(
        "mute",
        "`ON` while the volume is turned to nothing; `None` when MPD's output has no mixer",
        lambda box: UNKNOWN if box.volume is None else ON if box.volume == 0 else OFF,
    ),
    Fact(
        "sleep",
        "minutes until the sleep timer ends; 0 when it is not set",
        lambda box: str(_left_min(box, box.sleep_at)),
    ),
    Fact(
        "alarm",
        "at what time of day it wakes you; `OFF` when it is not set",
        lambda box: box.alarm.strftime("%H:%M") if box.alarm else OFF,
    ),
    Fact("alarm_switch", "`ON` while an alarm is set, else `OFF`", lambda box: ON if box.alarm else OFF),
    Fact(
        "alarm_time",
        "the time of day that the alarm has, or had when it was switched off",
        lambda box: box.alarm_time.strftime("%H:%M"),
    ),
)
