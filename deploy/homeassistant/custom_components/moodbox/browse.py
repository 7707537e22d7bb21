"""The box's library in Home Assistant's media browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from homeassistant.components.media_player import BrowseError, BrowseMedia, MediaClass, MediaType
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from .client import BoxError, Client
from .const import DOMAIN, MOODS
from .coordinator import told

MOOD, FOLDER, PLAYLIST, PLAYLISTS = "mood", "folder", "playlist", "playlists"
"""Types of content, beside a song."""
MOST = 200
"""Songs that are listed at once; the search finds the others."""
STATE = f"component.{DOMAIN}.entity.media_player.box.state_attributes.source.state."
OPTION = f"component.{DOMAIN}.selector.browse.options."


async def words(hass: HomeAssistant) -> dict[str, str]:
    """Return the moods and other titles in the language of the house."""
    found: dict[str, str] = {}
    for category, before in (("entity", STATE), ("selector", OPTION)):
        all_words = await async_get_translations(hass, hass.config.language, category, {DOMAIN})
        found |= {key.removeprefix(before): word for key, word in all_words.items() if key.startswith(before)}
    return found


async def show(
    client: Client,
    said: dict[str, str],
    playlists: list[str],
    wanted: tuple[str | None, str | None],
    picture: Callable[[str], str],
) -> BrowseMedia:
    """Show a place of the library, by type and name; its beginning where none is named.

    said: as `words` has it. playlists: their names.
    """
    kind, place = wanted
    try:
        if kind == MOOD and place in MOODS:
            return _directory(kind, place, said.get(place, place), await _songs(client, picture, mood=place))
        if kind == FOLDER:
            name = (place or "").rpartition("/")[2] or said.get("folders", "Folders")
            return _directory(kind, place or "", name, await _songs(client, picture, folder=place or ""))
    except BoxError as error:
        raise BrowseError(**told(error)) from error
    lists = [_directory(PLAYLISTS, "", said.get("playlists", "Playlists"))] if playlists else []
    if kind == PLAYLISTS:
        return _directory(kind, "", said.get("playlists", "Playlists"), ([*map(_playlist, playlists)], 0))
    if kind and kind != "root":
        raise BrowseError(f"there is no {kind} {place!r}")
    moods = [_directory(MOOD, mood, said.get(mood, mood)) for mood in MOODS]
    folders = _directory(FOLDER, "", said.get("folders", "Folders"))
    return _directory("root", "root", "Moodbox", ([*moods, *lists, folders], 0))


async def search(client: Client, text: str, picture: Callable[[str], str]) -> list[BrowseMedia]:
    """Find songs by words."""
    try:
        return (await _songs(client, picture, search=text))[0]
    except BoxError as error:
        raise BrowseError(**told(error)) from error


async def _songs(client: Client, picture: Callable[[str], str], **wish: str) -> tuple[list[BrowseMedia], int]:
    """List folders and songs, and count those that are not listed."""
    found = await client.get("songs", **wish)
    songs, total = found["songs"], found["total"]
    while found["songs"] and len(songs) < min(total, MOST):
        found = await client.get("songs", start=len(songs), **wish)
        songs = songs + found["songs"]
    folders = [_directory(FOLDER, path, path.rpartition("/")[2]) for path in found["folders"]]
    return [*folders, *(_song(each, picture) for each in songs)], max(0, total - len(songs))


def _directory(
    kind: str, place: str, title: str, inside: tuple[list[BrowseMedia], int] | None = None
) -> BrowseMedia:
    children, not_shown = inside or (None, 0)
    return BrowseMedia(
        media_class=MediaClass.GENRE if kind == MOOD else MediaClass.DIRECTORY,
        media_content_type=kind,
        media_content_id=place,
        title=title,
        can_play=kind == MOOD,
        can_expand=True,
        can_search=True,
        children=children,
        not_shown=not_shown,
    )


def _playlist(name: str) -> BrowseMedia:
    return BrowseMedia(
        media_class=MediaClass.PLAYLIST,
        media_content_type=PLAYLIST,
        media_content_id=name,
        title=name,
        can_play=True,
        can_expand=False,
    )


def _song(song: dict[str, Any], picture: Callable[[str], str]) -> BrowseMedia:
    artist = f" – {song['artist']}" if song["artist"] else ""
    return BrowseMedia(
        media_class=MediaClass.TRACK,
        media_content_type=MediaType.MUSIC,
        media_content_id=song["uri"],
        title=f"{song['title'] or song['uri']}{artist}",
        can_play=True,
        can_expand=False,
        thumbnail=picture(song["uri"]),
    )
