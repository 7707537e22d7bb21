"""Adds what the library coach says of songs to what MPD lists: a folder's word is stronger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from appliance.protocol.messages import LibraryChanged, Placed, Song


def with_places(library: LibraryChanged, placed: Mapping[str, Placed]) -> LibraryChanged:
    """The library with places, and with songs of no mood in the one where the coach has put them.

    placed: by MPD's name of a song. What folders, playlists and filters give a mood stays there.
    """
    if not placed:
        return library
    sorted_out = {song.uri for songs in library.by_mood.values() for song in songs}
    said = [(song, placed[song.uri]) for song in library.everything if song.uri in placed]
    added: dict[str, list[Song]] = defaultdict(list)
    reasons = {}
    for song, word in said:
        if word.mood and song.uri not in sorted_out:
            added[word.mood].append(song)
            reasons[song.uri] = word.why
    return replace(
        library,
        by_mood={mood: (*songs, *added[mood]) for mood, songs in library.by_mood.items()},
        places={song.uri: word.at for song, word in said},
        reasons=reasons,
    )
