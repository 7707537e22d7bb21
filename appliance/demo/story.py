"""The demo's words on the terminal: a line for each thing that happens, and a closing table."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import AWAY, UNSURE, CameraGone, Look, Nobody, Reading
from appliance.protocol.snapshot import Playing, Snapshot

CLEAR = 0.5
"""An emotion is worth a line when the network gives it more than this."""


class Story:
    """Watches snapshots go by; `show` is handed to the service."""

    def __init__(self, tell: Callable[[str], None], now: float) -> None:
        self._tell = tell
        self._began = now
        self._before: Snapshot | None = None
        self._saw = ""
        self._followed: Look | None = None
        self._moods: defaultdict[str, float] = defaultdict(float)
        self._stages_s: defaultdict[str, list[float]] = defaultdict(list)
        self._looks = self._changes = 0
        self.songs: list[dict[str, str]] = []
        """Songs that MPD began to play because of what the camera saw."""
        self.errors: list[str] = []

    def show(self, now: Snapshot) -> None:
        """Tell what is new since the last snapshot."""
        before, self._before = self._before, now
        if before is not None:
            self._moods[before.mood.name] += now.at - before.at
        if now.looked is not None and (before is None or now.looked is not before.looked):
            self._look(now.looked, now.at)
        if now.mood.name != (before.mood.name if before else UNSURE):  # as it is before anybody has looked
            self._changes += before is not None
            self._line(now.at, "mood", MOOD_LINES.get(now.mood.name, now.mood.name))
        if now.song_id is not None and (before is None or now.song_id != before.song_id):
            self._song(now)
        if before is not None and now.playing != before.playing:
            self._line(now.at, "music", "goes on" if now.playing is Playing.MUSIC else now.playing.value)
        self._degraded(before, now)

    def outcome(self, ended: float) -> dict[str, Any]:
        """The run in figures, as JSON takes them."""
        seconds = max(ended - self._began, 1e-9)
        return {
            "moods": {mood: round(time_s, 2) for mood, time_s in self._moods.items() if mood in EMOTIONS},
            "songs": self.songs,
            "changes": self._changes,
            "errors": self.errors,
            "stages_ms": {name: _spread_ms(times) for name, times in self._stages_s.items()},
            "looks_per_s": round(self._looks / seconds, 1),
            "memory_mb": round(_memory_mb(), 1),
            "seconds": round(seconds, 1),
        }

    def _look(self, look: Look, at: float) -> None:
        self._looks += 1
        if isinstance(look, Reading):
            for stage, seconds in look.stages_s.items():
                self._stages_s[stage].append(seconds)
        saw = _sight(look)
        if saw and saw != self._saw:
            self._saw = saw
            self._line(at, "sees", _with_share(saw, look))

    def _song(self, now: Snapshot) -> None:
        song = now.song
        assert song is not None
        title = f"“{song.title}” by {song.artist}" if song.artist else song.title or song.uri
        self._line(now.at, "plays", f"{title}: {now.why or 'somebody else chose it'}")
        decided_by = now.decided_by
        # A look is followed by one song; what comes after it, or from somebody else, is not for a face.
        if isinstance(decided_by, Reading) and decided_by is not self._followed and now.song_mood:
            self._followed = decided_by
            self._stages_s["look to new song"].append(now.at - decided_by.taken_at)
            self.songs.append({"mood": now.song_mood, "uri": song.uri})

    def _degraded(self, before: Snapshot | None, now: Snapshot) -> None:
        known = before.degraded if before else {}
        for part, reason in now.degraded.items():
            if known.get(part) != reason:
                self.errors.append(f"{part}: {reason}")
                self._line(now.at, "trouble", f"{part}: {reason}")
        for part in known.keys() - now.degraded.keys():
            self._line(now.at, "better", f"{part}: no trouble any more")

    def _line(self, at: float, what: str, text: str) -> None:
        self._tell(f"{at - self._began:6.1f} s  {what:8} {text}")


def table(outcome: dict[str, Any]) -> str:
    """The closing table for people."""
    rows = [("moods seen", _list(f"{mood} {time_s:.0f} s" for mood, time_s in outcome["moods"].items()))]
    rows.append(("changes of mood", str(outcome["changes"])))
    rows += _column(
        "songs for them", [f"{song['mood']:9} {Path(song['uri']).stem}" for song in outcome["songs"]]
    )
    rows.append(("", f"{'median':>10}{'95 %':>10}"))
    rows += [
        (stage, f"{spread['median']:7.1f} ms{spread['p95']:7.1f} ms")
        for stage, spread in outcome["stages_ms"].items()
    ]
    rows.append(("frames a second", f"{outcome['looks_per_s']:.1f}"))
    rows.append(("memory", f"{outcome['memory_mb']:.0f} MB at most, without MPD's"))
    rows += _column("troubles", outcome["errors"])
    return "\n".join(f"  {name:18} {value}" for name, value in rows)


def _column(name: str, values: Sequence[str]) -> list[tuple[str, str]]:
    first, *others = values or ["none"]
    return [(name, first), *(("", value) for value in others)]


MOOD_LINES = {UNSURE: "unsure: no emotion is clear enough", AWAY: "away: nobody has been here for a while"}


def _sight(look: Look) -> str:
    match look:
        case Reading():
            likeliest = max(look.probabilities)
            return EMOTIONS[look.probabilities.index(likeliest)] if likeliest > CLEAR else ""
        case Nobody():
            return "nobody"
        case CameraGone():
            return "nothing"


def _with_share(saw: str, look: Look) -> str:
    if not isinstance(look, Reading):
        return saw
    faces = "one face" if look.faces == 1 else f"{look.faces} faces"
    return f"{faces}, {saw} {max(look.probabilities):.0%}"


def _spread_ms(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    p95 = ordered[math.ceil(0.95 * len(ordered)) - 1]
    return {"median": round(1000 * statistics.median(ordered), 2), "p95": round(1000 * p95, 2)}


def _memory_mb() -> float:
    """The most memory this process has held at once, in MB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1000
    return 0.0


def _list(items: Any) -> str:
    return ", ".join(items) or "none"
