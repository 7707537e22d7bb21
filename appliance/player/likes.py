"""Likes as MPD's stickers: the heart that is shown, and a mirror of what was heard and skipped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from appliance.protocol.actions import NoteTaste
from appliance.protocol.messages import Song
from appliance.protocol.taste import Verdict

OPINIONS: Mapping[Verdict | None, str | None] = {
    Verdict.LIKED: "2",
    Verdict.DISLIKED: "0",
    None: None,
}
"""The sticker `like` is 0 for hated, 1 for neutral and 2 for liked, as myMPD has it."""
LIKED = "2"
COUNTED: Mapping[Verdict, tuple[str, str]] = {
    Verdict.HEARD: ("playCount", "lastPlayed"),
    Verdict.SKIPPED: ("skipCount", "lastSkipped"),
}
"""Which sticker counts, and which says when it was last, in seconds since 1970; as myMPD has them."""
RATINGS = 10.0
"""The sticker `rating` goes from 0 to this."""


class Likes:
    """Reads and writes MPD's stickers. Methods that take a client raise what it raises when it is lost."""

    def __init__(self, counts: bool = True) -> None:
        """counts: whether to count plays and skips there."""
        self._counts = counts
        self._read: tuple[str, bool | None] | None = None
        """The song that was asked about last, and the answer."""

    def forget(self) -> None:
        """Ask again, because stickers have changed or may have."""
        self._read = None

    def note(self, client: Any, noted: NoteTaste) -> None:
        """Have the stickers say what a listener did. Raises CommandError when MPD will not."""
        from mpd import CommandError

        uri = noted.song.uri
        if noted.verdict in OPINIONS:
            self.mark(client, uri, noted.verdict)
        elif noted.verdict in COUNTED and self._counts:
            with suppress(CommandError):  # no stickers, or none for such a song: a mirror less
                self._count(client, uri, *COUNTED[noted.verdict], noted.at_s)

    def _count(self, client: Any, uri: str, count: str, last: str, at_s: float | None) -> None:
        client.sticker_set("song", uri, count, str(_number(client, uri, count) + 1))
        if at_s is not None:
            client.sticker_set("song", uri, last, str(int(at_s)))

    def mark(self, client: Any, uri: str, verdict: Verdict | None) -> None:
        """Have the sticker say that the song is liked, disliked, or neither. Raises CommandError."""
        from mpd import CommandError

        self.forget()
        value = OPINIONS[verdict]
        if value is not None:
            client.sticker_set("song", uri, "like", value)
            return
        with suppress(CommandError):  # it said nothing
            client.sticker_delete("song", uri, "like")

    def has(self, client: Any, song: Song) -> bool | None:
        """Whether the song is liked; None where MPD keeps no stickers, or none for such a song."""
        if self._read is None or self._read[0] != song.uri:
            self._read = song.uri, _ask(client, song)
        return self._read[1]


def _ask(client: Any, song: Song) -> bool | None:
    from mpd import CommandError

    try:
        value: str = client.sticker_get("song", song.uri, "like")
    except CommandError as error:
        # Else: no sticker_file, no permission, or a song that is not in the library.
        return False if "no such sticker" in str(error).lower() else None
    return value == LIKED


def opinions(client: Any) -> dict[str, float]:
    """Song's name -> what stickers say of it, -1 to 1; nothing where MPD keeps none.

    A like counts before a rating, which some programs write for every song.
    """
    rated = {uri: 2 * value / RATINGS - 1 for uri, value in _numbers(client, "rating", RATINGS)}
    return rated | {uri: value - 1 for uri, value in _numbers(client, "like", 2.0)}


def stickers(client: Any, name: str) -> Iterable[tuple[str, str]]:
    """Each song that has a sticker of this name, and what it says; nothing where MPD keeps none."""
    from mpd import CommandError

    with suppress(CommandError):
        uri = ""
        for line in client.lines("sticker find", "song", "", name):
            key, _, value = line.partition(": ")
            if key == "file":
                uri = value
            elif key == "sticker" and value.startswith(f"{name}="):
                yield uri, value.removeprefix(f"{name}=")


def _numbers(client: Any, name: str, most: float) -> Iterable[tuple[str, float]]:
    for uri, value in stickers(client, name):
        with suppress(ValueError):
            number = float(value)
            if 0 <= number <= most:
                yield uri, number


def _number(client: Any, uri: str, name: str) -> int:
    from mpd import CommandError

    try:
        return max(0, int(client.sticker_get("song", uri, name)))
    except (CommandError, ValueError):
        return 0
