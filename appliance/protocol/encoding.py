"""Read commands from JSON and write the box's state as JSON, for the control socket, the page and MQTT."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeAlias, TypedDict

from appliance.errors import CommandRejected
from appliance.protocol.commands import Command
from appliance.protocol.declared import COMMANDS
from appliance.protocol.declaring import CLOCK, Argument, Declared
from appliance.protocol.emotions import EMOTIONS, Emotion
from appliance.protocol.messages import Song
from appliance.protocol.policies import Path
from appliance.protocol.rest import Unmeasured
from appliance.protocol.snapshot import CameraState, Playing, Snapshot

Share: TypeAlias = Annotated[float, ("minimum", 0), ("maximum", 1)]


def parse(message: object, source: str) -> Command:
    """Read a command such as {"command": "skip"}, {"command": "volume", "percent": 40} or
    {"command": "mood", "mood": "happy"}.

    Raises CommandRejected, saying what is wrong and what would be right.
    """
    if not isinstance(message, dict) or not isinstance(message.get("command"), str):
        raise CommandRejected('expected a JSON object such as {"command": "skip"}')
    arguments = dict(message)
    name = arguments.pop("command")
    if name not in COMMANDS:
        raise CommandRejected(f"no such command: {name[:40]!r}; known are {', '.join(COMMANDS)}")
    declared = COMMANDS[name]
    command = _made(declared, arguments, source)
    if arguments:
        raise CommandRejected(f"{name} does not take {', '.join(map(repr, sorted(arguments)))}"[:200])
    return command


def _made(declared: Declared, arguments: dict[str, Any], source: str) -> Command:
    """Make the command, and take what it takes out of `arguments`. Raises CommandRejected."""
    takes = [declared.argument] if declared.argument else []
    if declared.option and declared.option.name in arguments:
        takes.append(declared.option)
    values = [_value(declared.name, each, arguments.pop(each.name, None)) for each in takes]
    made: Command = declared.make(*values, source=source)
    return made


def _value(command: str, argument: Argument, value: object) -> object:
    try:
        return argument.read(value)
    except CommandRejected as error:
        raise CommandRejected(f'{command} needs "{argument.name}": {error}') from None


class SongFacts(TypedDict):
    """A song as JSON has it."""

    uri: Annotated[str, "As MPD names it"]
    title: str
    artist: str
    album: str


class Queued(SongFacts):
    """A song in MPD's queue, as JSON has it."""

    duration_s: float


class Queue(TypedDict):
    """MPD's queue from the song that plays on."""

    songs: list[Queued]


class Stage(TypedDict):
    """Songs of a path that are one mood's music."""

    mood: str
    songs: int


class PathFacts(TypedDict):
    """The path on which the music leads, as JSON has it."""

    mood: Annotated[str, "Where it began"]
    policy: str
    stages: list[Stage]
    played: Annotated[int, "How many of its songs have been heard, or play"]
    songs: Annotated[int, "How many they are in all"]
    words: Annotated[str, "The same for people"]


class RestFacts(TypedDict):
    """What is told of how the face of who listens looks at rest."""

    known: Annotated[bool, "It has been measured"]
    measured: Annotated[float | None, "How much of a measurement is done, 0 to 1; null: none is made now"]
    left_s: Annotated[float | None, "Seconds of looking that it still needs"]
    waits_for: Annotated[Literal["face", "alone"] | None, "What must be in view for it to go on"]
    failed: Annotated[Unmeasured | None, "Why the last one came to nothing"]


class State(TypedDict):
    """The box at one moment, as everybody outside reads it. The OpenAPI document is made of these lines."""

    mood: Annotated[Emotion | Literal["unsure", "away"], "What the music follows while nobody chooses"]
    mood_for_s: float
    probabilities: Annotated[dict[str, Share], "Smoothed over time; empty when no face is known"]
    faces: Annotated[int, ("minimum", 0)]
    playing: Playing
    person: Annotated[str, "Who listens, as somebody has said"]
    persons: Annotated[list[str], "Who can be chosen"]
    up_next: Annotated[list[SongFacts], "The songs that a person chose to play next"]
    coming: Annotated[list[SongFacts], "Those after them if the mood stays; look-ahead chooses them"]
    playlist: Annotated[str | None, "The playlist that a person chose, as long as it lasts"]
    playlists: Annotated[list[str], "Those that can be chosen"]
    rest: RestFacts
    policy: Annotated[str, "What the music does about the mood whose music was last asked for"]
    policy_by_hand: Annotated[str | None, "The policy that a person chose for every mood"]
    mood_policies: Annotated[dict[str, str], "Those that a person chose for single moods"]
    path: Annotated[PathFacts | None, "The way on which the music leads; null: it is the mood's own"]
    song: SongFacts | None
    liked: Annotated[bool | None, "By MPD's sticker; null: it keeps none"]
    song_mood: Annotated[str | None, "The mood whose music it is"]
    why: Annotated[str | None, "Why this song"]
    elapsed_s: float
    duration_s: float | None
    volume: Annotated[int | None, "Percent; null when there is no mixer"]
    by_hand: Annotated[str | None, "The mood that a person chose"]
    hand_for_s: Annotated[float | None, "How long that still holds"]
    guest: Annotated[bool, "Somebody else's songs play"]
    guest_waits: Annotated[bool, "They wait; the command guest lets them go on"]
    modes: Annotated[list[str], "MPD's, that somebody has on; off while ours play"]
    camera: CameraState
    camera_kept: Annotated[bool, "On or off would survive a power cut"]
    alarm: Annotated[str | None, "The time of day at which it wakes", ("pattern", f"^{CLOCK}$")]
    alarm_time: Annotated[str, "The time that the alarm has, or had last", ("pattern", f"^{CLOCK}$")]
    muted: Annotated[bool, "The volume is turned to nothing"]
    quiet: Annotated[bool, "These are quiet hours"]
    sleep_in_s: Annotated[float | None, "When the sleep timer ends"]
    announcing: Annotated[bool, "An announcement is heard; the music waits"]
    announcement_failed: Annotated[str | None, "Why the last announcement was not heard"]
    degraded: Annotated[dict[str, str], "What does not work, and why"]


def describe(snapshot: Snapshot, now: float) -> State:
    """Describe the snapshot in plain JSON types; times are seconds from `now`, which is monotonic."""
    song = snapshot.song
    hand_s = None if snapshot.hand_until is None else max(0.0, snapshot.hand_until - now)
    return {
        "mood": snapshot.mood.name,  # type: ignore[typeddict-item]
        "mood_for_s": round(now - snapshot.mood.since, 1),
        "probabilities": dict(zip(EMOTIONS, snapshot.mood.probabilities, strict=False)),
        "faces": snapshot.faces,
        "playing": snapshot.playing,
        "person": snapshot.person,
        "persons": list(snapshot.persons),
        "up_next": [_facts(song) for song in snapshot.up_next],
        "coming": [_facts(song) for song in snapshot.coming],
        "playlist": snapshot.playlist or None,
        "playlists": list(snapshot.playlists),
        "rest": _rest(snapshot),
        "policy": snapshot.policy,
        "policy_by_hand": snapshot.policy_by_hand,
        "mood_policies": dict(snapshot.mood_policies),
        "path": _way(snapshot.path) if snapshot.path else None,
        "song": _facts(song) if song else None,
        "liked": snapshot.liked,
        "song_mood": snapshot.song_mood or None,
        "why": snapshot.why or None,
        "elapsed_s": round(snapshot.elapsed_s, 1),
        "duration_s": song.duration_s if song else None,
        "volume": snapshot.volume,
        "by_hand": snapshot.by_hand,
        "hand_for_s": hand_s and round(hand_s),
        "guest": snapshot.guest,
        "guest_waits": snapshot.guest_waits,
        "modes": list(snapshot.modes),
        "camera": snapshot.camera,
        "camera_kept": snapshot.camera_kept,
        "alarm": snapshot.alarm.strftime("%H:%M") if snapshot.alarm else None,
        "alarm_time": snapshot.alarm_time.strftime("%H:%M"),
        "muted": snapshot.volume == 0,
        "quiet": snapshot.quiet,
        "sleep_in_s": snapshot.sleep_at and round(max(0.0, snapshot.sleep_at - now)),
        "announcing": snapshot.announcing,
        "announcement_failed": snapshot.announcement_failed or None,
        "degraded": dict(snapshot.degraded),
    }


def describe_queue(songs: Iterable[Song]) -> Queue:
    """Describe the songs that are to come, in their order, for machines."""
    return {"songs": [{**_facts(song), "duration_s": song.duration_s} for song in songs]}


def _rest(snapshot: Snapshot) -> RestFacts:
    now = snapshot.rest
    return {
        "known": snapshot.rest_known,
        "measured": round(now.share, 3) if now else None,
        "left_s": round(now.left_s, 1) if now else None,
        "waits_for": (now.waits_for or None) if now else None,  # type: ignore[typeddict-item]
        "failed": snapshot.rest_failed,
    }


def _way(path: Path) -> PathFacts:
    return {
        "mood": path.mood,
        "policy": path.policy,
        "stages": [{"mood": mood, "songs": songs} for mood, songs in path.stages],
        "played": path.played,
        "songs": len(path.steps),
        "words": str(path),
    }


def _facts(song: Song) -> SongFacts:
    return {"uri": song.uri, "title": song.title, "artist": song.artist, "album": song.album}
