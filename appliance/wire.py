"""Commands in, snapshots out, as JSON: what the control socket, the page and MQTT speak."""

from __future__ import annotations

from typing import Any

from appliance.commands import COMMANDS, Command
from appliance.declaring import Declared
from appliance.emotions import EMOTIONS
from appliance.errors import CommandRejected
from appliance.messages import Snapshot


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
    """The command, its argument taken out of `arguments`."""
    argument = declared.argument
    try:
        values = [argument.read(arguments.pop(argument.name, None))] if argument else []
    except CommandRejected as error:
        raise CommandRejected(f'{declared.name} needs "{argument and argument.name}": {error}') from None
    made: Command = declared.make(*values, source=source)
    return made


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
        "camera": snapshot.camera.value,
        "camera_kept": snapshot.camera_kept,
        "alarm": snapshot.alarm and snapshot.alarm.strftime("%H:%M"),
        "quiet": snapshot.quiet,
        "sleep_in_s": snapshot.sleep_at and round(max(0.0, snapshot.sleep_at - now)),
        "degraded": dict(snapshot.degraded),
    }
