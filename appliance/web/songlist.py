"""Finds songs of the library for the page: by words, mood, artist and folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypedDict

from appliance.protocol.encoding import Queued, describe_queue
from appliance.protocol.messages import LibraryChanged, Song
from appliance.protocol.taste import is_allowed

PAGE = 50
"""Songs of one answer."""


class Artist(TypedDict):
    """An artist, and how many songs of theirs were found."""

    artist: str
    songs: int


class Artists(TypedDict):
    """Artists in the order of their names."""

    artists: list[Artist]
    total: int


class Found(TypedDict):
    """Songs, and where more of them are."""

    songs: list[Queued]
    total: int
    folders: list[str]
    """In the folder that was asked for."""


def find(
    library: LibraryChanged, wish: dict[str, str], start: int = 0, allowed: Sequence[str] | None = None
) -> Found:
    """Find what the wish names: `search` (words in title, artist, album or name), `mood`, `artist`, `folder`.

    What is not named does not matter. With a folder: its songs, with words or an artist also those beneath.
    allowed: the folders that who listens may hear; None for all.
    """
    songs = _of(library, wish, allowed)
    found = [song for song in songs if _passes(song, wish)]
    folders = sorted({*_folders(songs, wish["folder"])}) if "folder" in wish else []
    return {**describe_queue(found[start : start + PAGE]), "total": len(found), "folders": folders}


def artists(
    library: LibraryChanged, wish: dict[str, str], start: int = 0, allowed: Sequence[str] | None = None
) -> Artists:
    """Find the artists of the songs that the wish names, as `find` does; songs without one do not count."""
    songs = (song for song in _of(library, wish, allowed) if song.artist)
    counts = Counter(song.artist for song in songs if _passes(song, wish))
    names = sorted(counts, key=lambda name: (name.casefold(), name))
    page = [Artist(artist=name, songs=counts[name]) for name in names[start : start + PAGE]]
    return {"artists": page, "total": len(names)}


def _of(library: LibraryChanged, wish: dict[str, str], allowed: Sequence[str] | None) -> Sequence[Song]:
    """The songs of the mood that is asked for, or all, as far as who listens may hear them."""
    songs = library.by_mood.get(wish["mood"], ()) if "mood" in wish else library.everything
    return songs if allowed is None else [song for song in songs if is_allowed(song.uri, allowed)]


def _passes(song: Song, wish: dict[str, str]) -> bool:
    folder = wish.get("folder")
    if folder is not None:
        is_deep = "search" in wish or "artist" in wish
        above = song.uri.rpartition("/")[0]
        if above != folder and not (is_deep and f"{above}/".startswith(f"{folder}/" if folder else "")):
            return False
    if wish.get("artist", song.artist) != song.artist:
        return False
    text = f"{song.title}\n{song.artist}\n{song.album}\n{song.uri}".casefold() if "search" in wish else ""
    return all(word in text for word in wish.get("search", "").casefold().split())


def _folders(songs: Iterable[Song], folder: str) -> Iterator[str]:
    """The folders that lie in this one."""
    above = f"{folder}/" if folder else ""
    for song in songs:
        name, slash, _ = song.uri[len(above) :].partition("/")
        if slash and song.uri.startswith(above) and "://" not in song.uri:
            yield above + name
