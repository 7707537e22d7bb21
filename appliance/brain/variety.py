"""Which of the songs that may come keep artists apart, or lie near a place: functions of songs alone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

from appliance.protocol.messages import Song

FEWEST_NEAR = 5
"""Songs that are near enough to a place, however far: with fewer it would be the same ones each time."""

NO_ARTIST = ("unknown", "unknown artist", "various", "various artists")
"""What programs that copy records write where they do not know an artist, or where there are many."""


def another_artist(left: Sequence[Song], last: Song | None) -> Sequence[Song]:
    """Those that are neither the last song nor by its artist, as far as there are any."""
    if last is None:
        return left
    fresh = [song for song in left if song.uri != last.uri] or left
    if artist := _plain(last.artist):
        fresh = [song for song in fresh if _plain(song.artist) != artist] or fresh
    return fresh


def pressing(left: Sequence[Song], fresh: Sequence[Song]) -> Sequence[Song]:
    """Those of the fresh songs whose artist has more than half of all that are left.

    They must come now, or two of theirs end up together.
    """
    counts = Counter(_plain(song.artist) for song in left)
    artists = {artist for artist, count in counts.items() if artist and 2 * count > len(left)}
    return [song for song in fresh if _plain(song.artist) in artists] if artists else []


def of_no_mood(by_mood: Mapping[str, Sequence[Song]]) -> list[Song]:
    """Those of the whole library, whose mood is "", that no mood has."""
    of_moods = {song.uri for mood, songs in by_mood.items() if mood for song in songs}
    return [song for song in by_mood.get("", ()) if song.uri not in of_moods]


def nearest(
    songs: Sequence[Song],
    near: tuple[float, float],
    places: Mapping[str, tuple[float, float]],
    middle: tuple[float, float],
) -> Sequence[Song]:
    """The songs nearest to a place, so many that it is not always the same ones.

    Parts of works come only where there is nothing else, for they belong behind one another.

    near: valence and arousal. places: by MPD's name of the song; one without lies in the middle.
    """
    songs = [song for song in songs if not song.work] or songs
    far = [math.dist(near, places.get(song.uri, middle)) for song in songs]
    farthest = sorted(far)[min(len(far), max(FEWEST_NEAR, len(far) // 5)) - 1]
    return [song for song, distance in zip(songs, far, strict=True) if distance <= farthest]


@lru_cache(maxsize=4096)  # a choice asks for each of its songs
def _plain(artist: str) -> str:
    """An artist, however the name is written; "" where nobody says: such songs are not by one artist."""
    name = " ".join(artist.casefold().split())
    return "" if name in NO_ARTIST else name
