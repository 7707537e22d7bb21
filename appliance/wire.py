"""Commands in, snapshots out, as JSON: what the control socket, the page and MQTT speak."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Mapping
from datetime import time
from typing import Any

from appliance.commands import (
    Automatic,
    ChooseMood,
    Command,
    Guest,
    Like,
    Pause,
    Play,
    PowerOff,
    Previous,
    SetAlarm,
    SetVolume,
    Skip,
    Sleep,
    StepVolume,
    Stop,
    SwitchCamera,
    Toggle,
)
from appliance.errors import CommandRejected
from appliance.messages import EMOTIONS, Snapshot

PLAIN: Mapping[str, type[Command]] = {
    "play": Play,
    "pause": Pause,
    "toggle": Toggle,
    "skip": Skip,
    "previous": Previous,
    "stop": Stop,
    "auto": Automatic,
    "guest": Guest,
    "like": Like,
    "power-off": PowerOff,
}
"""Commands without an argument."""

DAY_MIN = 24 * 60
CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


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
        command = PLAIN[name](source=source)
    elif name in WITH_ARGUMENT:
        argument, read = WITH_ARGUMENT[name]
        command = read(arguments.pop(argument, None), source)
    else:
        known = ", ".join((*PLAIN, *WITH_ARGUMENT))
        raise CommandRejected(f"no such command: {name[:40]!r}; known are {known}")
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


def _volume(percent: object, source: str) -> Command:
    if isinstance(percent, bool) or not isinstance(percent, int | float) or not 0 <= percent <= 100:
        raise CommandRejected('volume needs "percent": a number from 0 to 100')
    return SetVolume(_rounded(percent), source=source)


def _step(by: object, source: str) -> Command:
    if isinstance(by, bool) or not isinstance(by, int | float) or not -100 <= by <= 100:
        raise CommandRejected('volume-step needs "by": a number from -100 to 100')
    return StepVolume(_rounded(by), source=source)


def _rounded(number: float) -> int:
    """Sliders and templates send 40.0 and 55.5; MPD takes whole percents. A half goes away from zero."""
    return int(math.copysign(math.floor(abs(number) + 0.5), number))


def _mood(mood: object, source: str) -> Command:
    if isinstance(mood, str) and mood in EMOTIONS:
        return ChooseMood(mood, source=source)
    near = difflib.get_close_matches(str(mood)[:40], EMOTIONS, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise CommandRejected(f'mood needs "mood": one of {", ".join(EMOTIONS)}{hint}')


def _camera(on: object, source: str) -> Command:
    if not isinstance(on, bool):
        raise CommandRejected('camera needs "on": true or false')
    return SwitchCamera(on, source=source)


def _sleep(minutes: object, source: str) -> Command:
    if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not 0 <= minutes <= DAY_MIN:
        raise CommandRejected(f'sleep needs "minutes": 0 (never mind) to {DAY_MIN}')
    return Sleep(60.0 * minutes, source=source)


def _alarm(at: object, source: str) -> Command:
    if at is None:
        return SetAlarm(None, source=source)
    if isinstance(at, str) and (match := CLOCK.fullmatch(at)):
        return SetAlarm(time(int(match[1]), int(match[2])), source=source)
    raise CommandRejected('alarm needs "at": a time of day such as "07:00", or null')


WITH_ARGUMENT: Mapping[str, tuple[str, Callable[[object, str], Command]]] = {
    "volume": ("percent", _volume),
    "volume-step": ("by", _step),
    "mood": ("mood", _mood),
    "camera": ("on", _camera),
    "sleep": ("minutes", _sleep),
    "alarm": ("at", _alarm),
}
"""Command -> the name of its argument, and what reads it."""
