"""A day of moods under each policy, with a real MPD and a library of 200 songs, written out as a programme.

.venv/bin/python -m tests.bench.day [--policy lift] [--heard] [--hours 16]      at the root; needs mpd

The same faces come every time, at a clock of the brain's own; MPD really plays each song, but its middle is
passed over. --heard: as if the box had heard each song, so that each has a place of its own in its mood.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from appliance import config as settings
from appliance.brain import Brain
from appliance.brain.circumplex import CIRCUMPLEX
from appliance.demo.private_mpd import PrivateMpd
from appliance.player import Player, Source
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Box, Look, Nobody, Reading
from appliance.protocol.messages import LibraryChanged, Placed, Tick, Transition
from appliance.protocol.policies import Policy
from appliance.service.assembly import brain_settings

SONGS: Mapping[str, int] = {
    "happy": 50,
    "neutral": 50,
    "sad": 40,
    "surprise": 20,
    "angry": 20,
    "fear": 10,
    "disgust": 10,
}
SPREAD = 0.25
"""How far a mood's songs lie from its place, one deviation, in valence and arousal."""
LENGTH_S = (150, 290)
END_S = 0.3
"""So much of each song's end MPD plays out."""
LOOK_S = 5.0
RATE_HZ = 8000

MINUTES: tuple[tuple[int, str], ...] = (
    (0, "neutral"),
    (35, "happy"),
    (50, "neutral"),
    (70, "away"),
    (180, "neutral"),
    (200, "surprise"),
    (202, "neutral"),
    (240, "angry"),
    (285, "neutral"),
    (330, "happy"),
    (332, "neutral"),
    (390, "sad"),
    (470, "neutral"),
    (475, "sad"),
    (520, "happy"),
    (560, "neutral"),
    (600, "fear"),
    (604, "neutral"),
    (660, "sad"),
    (690, "angry"),
    (705, "neutral"),
    (760, "happy"),
    (840, "neutral"),
    (900, "sad"),
    (930, "away"),
)
"""Minutes after seven in the morning -> the face from then on."""
PASSING = 0.06
"""The share of looks in which another face passes, as faces do."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--policy", choices=[*Policy], action="append", help="default: each")
    parser.add_argument("--heard", action="store_true")
    parser.add_argument("--hours", type=float, default=16.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        places = library(Path(folder) / "music", random.Random(7))
        with PrivateMpd(Path(folder) / "mpd", Path(folder) / "music") as server:
            for policy in options.policy or Policy:
                played = Day(server, Policy(policy), places if options.heard else {}, options.hours).run()
                print(f"\n## {policy}\n")
                print("\n".join(map(str, played)))
                print("\n" + summary(played))


@dataclass(frozen=True)
class Played:
    """One song of the day."""

    at_s: float
    for_s: float
    seen: str
    mood: str
    title: str
    artist: str
    why: str

    def __str__(self) -> str:
        minutes = 7 * 60 + int(self.at_s // 60)
        length = f"{int(self.for_s // 60)}:{int(self.for_s % 60):02d}"
        song = f"{self.title} – {self.artist}"
        clock = f"{minutes // 60:02d}:{minutes % 60:02d}"
        return f"{clock} {length:>5} {self.seen:9} {self.mood:9} {song:32} {self.why}"


def summary(played: list[Played]) -> str:
    """Say in a few words what kind of a day it was."""
    far = [math_dist(one.mood, two.mood) for one, two in pairwise(played)]
    cut = sum(song.for_s < LENGTH_S[0] for song in played)
    twice = sum(count > 1 for count in Counter(song.title for song in played).values())
    artists = sum(one.artist == two.artist for one, two in pairwise(played))
    return (
        f"{len(played)} songs, {cut} not to their end, {twice} more than once, an artist twice in a row "
        f"{artists} times; from song to song {sum(far) / len(far):.2f} on the circumplex, "
        f"{sum(each > 1 for each in far)} leaps"
    )


def math_dist(one: str, two: str) -> float:
    return sum((a - b) ** 2 for a, b in zip(CIRCUMPLEX[one], CIRCUMPLEX[two], strict=True)) ** 0.5


def library(music: Path, chance: random.Random) -> dict[str, Placed]:
    """Write silent songs with tags. Returns a place for each, near its mood's."""
    import numpy as np
    import soundfile

    places = {}
    for mood, count in SONGS.items():
        (music / mood).mkdir(parents=True)
        for number in range(count):
            path = music / mood / f"{number:02d}.flac"
            length_s = chance.randint(*LENGTH_S)
            with soundfile.SoundFile(path, "w", RATE_HZ, 1, format="FLAC") as file:
                file.title, file.artist = f"{mood} {number:02d}", f"{mood[:3]} artist {number % (count // 3)}"
                file.write(np.zeros(length_s * RATE_HZ, dtype=np.int16))
            valence, arousal = (value + chance.gauss(0, SPREAD) for value in CIRCUMPLEX[mood])
            places[f"{mood}/{path.name}"] = Placed(mood, (valence, arousal), "placed by its sound")
    return places


class Day:
    """A brain at a clock of its own, and a real MPD that it plays with."""

    def __init__(
        self, server: PrivateMpd, policy: Policy, places: Mapping[str, Placed], hours: float
    ) -> None:
        wanted = brain_settings(settings.check({}, "defaults"))
        wanted = replace(wanted, policies=dict.fromkeys(EMOTIONS, policy), transition=Transition.CUT)
        self.now, self._ends_s = 0.0, hours * 3600
        self._chance = random.Random(3)
        self._brain = Brain(wanted, self.now, random.Random(1))
        self._woken = threading.Event()
        self._guest = server.client()
        self._guest.clear()
        self._player = Player(
            address=server.address,
            port=0,
            password=None,
            sources={mood: Source(folder=mood) for mood in EMOTIONS},
            fade_s=0.2,
            start_volume=50,
            max_volume=100,
            wake=self._woken.set,
            placed=lambda: places,
        )
        self._stocked = False
        self._songs: list[Played] = []
        self._began = (0.0, -1)

    def run(self) -> list[Played]:
        """Let the day go by."""
        while not (self._stocked and self._brain.snapshot(self.now).song):
            self._turn()
        while self.now < self._ends_s:
            self._tell(self._look())
            self._tell(Tick())
            self._mind_end()
            self.now += LOOK_S
        self._note_song(None)
        self._player.close()
        self._guest.disconnect()
        return self._songs

    def _look(self) -> Look:
        seen = self._seen()
        if seen == "away":
            return Nobody(self.now)
        if self._chance.random() < PASSING:
            seen = self._chance.choice(EMOTIONS)
        shares = tuple(0.88 if name == seen else 0.02 for name in EMOTIONS)
        return Reading(shares, Box(0, 0, 9, 9), self.now)

    def _seen(self) -> str:
        return [mood for minute, mood in MINUTES if 60 * minute <= self.now][-1]

    def _tell(self, event: Any) -> None:
        actions = self._brain.handle(event, self.now)
        for action in actions:
            self._player.perform(action, time.monotonic())
        for heard in self._player.turn(time.monotonic()):
            self._stocked |= isinstance(heard, LibraryChanged)
            self._tell(heard)
        box = self._brain.snapshot(self.now)
        if box.song and box.song_id != self._began[1]:
            self._note_song(box.song_id)

    def _note_song(self, song_id: int | None) -> None:
        """Write down the song that ended, and remember the one that begins."""
        if self._songs:
            self._songs[-1] = replace(self._songs[-1], for_s=self.now - self._began[0])
        self._began = (self.now, song_id or -1)
        box = self._brain.snapshot(self.now)
        if song_id is not None and box.song:
            song = box.song
            seen = self._seen()
            self._songs.append(Played(self.now, 0.0, seen, box.song_mood, song.title, song.artist, box.why))

    def _mind_end(self) -> None:
        """Where the song is over by our clock, let MPD play its end, and wait for the next one."""
        box = self._brain.snapshot(self.now)
        if not box.song or self.now - self._began[0] < box.song.duration_s:
            return
        with suppress(Exception):
            self._guest.seekcur(box.song.duration_s - END_S)
        before = box.song_id
        while self._brain.snapshot(self.now).song_id == before:
            self._turn()

    def _turn(self) -> None:
        self._woken.wait(0.02)
        self._woken.clear()
        self._tell(Tick())


if __name__ == "__main__":
    main()
