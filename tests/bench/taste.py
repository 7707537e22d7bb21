"""How many songs simulated listeners skip, as the box learns their taste, beside what learns less.

    .venv/bin/python tests/bench/taste.py [--json] [--listeners N]

A listener keeps a song with a chance that is the logistic of artist (standard deviation 1.2) + sound (1.0) +
song (1.0). A song rests until a third of its mood's has played, artists stay apart, for all ways to choose.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from appliance.brain.music import Chooser
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.messages import LibraryChanged, Song
from appliance.taste import Taste
from appliance.taste.model import Model
from appliance.taste.sound import AXES, Sound

PLAYS, PLAYS_A_DAY = 300, 20
STRETCHES = ((0, 25), (50, 100), (100, 200), (200, 300))
ARTIST, SOUND, SONG, MIDDLE = 1.2, 1.0, 1.0, 0.5
"""Standard deviations, and the log odds of a song in the middle: four of ten songs are skipped."""
SONGS_OF_AN_ARTIST = 5

Choose = Callable[[list[int], int], int]


@dataclass(frozen=True)
class Listener:
    """One who does not exist, and the songs of one mood."""

    songs: tuple[Song, ...]
    sound: Sound
    keeps: np.ndarray
    """For each song the chance that it is heard to its end."""


def listener(seed: int, count: int) -> Listener:
    draw = np.random.default_rng(seed)
    artists = count // SONGS_OF_AN_ARTIST
    artist = draw.integers(0, artists, count)
    places = draw.normal(size=(count, AXES))
    score = MIDDLE + draw.normal(0, ARTIST, artists)[artist] + draw.normal(0, SONG, count)
    score += places @ draw.normal(0, SOUND / AXES**0.5, AXES)
    songs = tuple(Song(f"{number}.flac", artist=f"artist {artist[number]}") for number in range(count))
    return Listener(songs, Sound([song.uri for song in songs], places), 1 / (1 + np.exp(-score)))


def way(name: str, who: Listener, draw: np.random.Generator) -> tuple[Choose, Model]:
    """A way to choose, and what it learns by."""
    noise = {"tempered": 0.3, "plain Thompson": 1.0, "greedy": 0.0, "song alone": 0.3, "shuffle": 0.0}[name]
    is_song_alone = name == "song alone"
    songs = [Song(song.uri) for song in who.songs] if is_song_alone else list(who.songs)
    model = Model(Sound() if is_song_alone else who.sound)
    if name == "shuffle":
        return lambda left, play: int(draw.choice(left)), model
    return (
        lambda left, play: left[model.choose([songs[n] for n in left], play / PLAYS_A_DAY, draw, noise)]
    ), model


def evening(name: str, who: Listener, seed: int) -> tuple[list[bool], float]:
    """Whether each play was skipped, and the share of the songs that were heard at all."""
    draw = np.random.default_rng(seed)
    choose, model = way(name, who, draw)
    past: list[int] = []
    skipped = []
    for play in range(PLAYS):
        song = choose(left(who.songs, past), play)
        past.append(song)
        is_kept = bool(draw.random() < who.keeps[song])
        skipped.append(not is_kept)
        artist = "" if name == "song alone" else who.songs[song].artist
        model.learn(who.songs[song].uri, artist, is_kept, 1.0, play / PLAYS_A_DAY)
    return skipped, len(set(past)) / len(who.songs)


def left(songs: Sequence[Song], past: list[int]) -> list[int]:
    resting = set(past[-(len(songs) // 3) :])
    rested = [number for number in range(len(songs)) if number not in resting]
    apart = [number for number in rested if not past or songs[number].artist != songs[past[-1]].artist]
    return apart or rested


def measure(listeners: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for count in (150, 30):
        people = [listener(seed, count) for seed in range(listeners)]
        for name in ("shuffle", "tempered", "plain Thompson", "greedy", "song alone"):
            runs = [evening(name, who, 1000 + seed) for seed, who in enumerate(people)]
            shares = [statistics.fmean(s for run, _ in runs for s in run[a:b]) for a, b in STRETCHES]
            heard = statistics.fmean(share for _, share in runs)
            rows.append({"songs": count, "way": name, "skipped": shares, "heard": heard})
    return rows


def milliseconds_a_choice(count: int) -> float:
    """The median processor time to choose from a mood of so many songs, rest and artists included."""
    who = listener(1, count)
    taste = Taste(lambda: 0, np.random.default_rng(1))
    taste.lay_in([], who.sound, {})
    chooser = Chooser(random.Random(1), taste=taste)
    chooser.stock(LibraryChanged(dict.fromkeys(EMOTIONS, ()) | {"sad": who.songs}, who.songs))
    took = []
    for _ in range(200):
        before = time.thread_time()
        pick = chooser.pick("sad", "")
        took.append(time.thread_time() - before)
        assert pick
        chooser.note_played(pick)
    return 1000 * statistics.median(took)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    options.add_argument("--listeners", type=int, default=40)
    given = options.parse_args()
    rows = measure(given.listeners)
    took_ms = milliseconds_a_choice(10_000)
    if given.json:
        print(json.dumps({"listeners": given.listeners, "rows": rows, "choice_of_10000_ms": took_ms}))
        return
    print("songs  way             skipped at plays 0-25, 50-100, 100-200, 200-300   of the songs heard")
    for row in rows:
        shares = "  ".join(f"{share:.2f}" for share in row["skipped"])  # type: ignore[attr-defined]
        print(f"{row['songs']:5}  {row['way']:15} {shares:47} {row['heard']:.0%}")
    print(f"a choice from 10,000 songs: {took_ms:.2f} ms (median)")


if __name__ == "__main__":
    main()
