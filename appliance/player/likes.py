"""Which songs are liked, as MPD's stickers say: nothing is shown as liked that they do not hold."""

from __future__ import annotations

from typing import Any

from appliance.protocol.messages import Song

LIKED = "2"
"""The sticker `like` is 0 for hated, 1 for neutral and 2 for liked, as myMPD has it."""


class Likes:
    """Reads and writes MPD's sticker. Methods that take a client raise what it raises when it is lost."""

    def __init__(self) -> None:
        self._read: tuple[str, bool | None] | None = None
        """The song that was asked about last, and the answer."""

    def forget(self) -> None:
        """Ask again, because stickers have changed or may have."""
        self._read = None

    def add(self, client: Any, song: Song) -> None:
        """Mark the song. Raises CommandError when MPD will not."""
        self.forget()
        client.sticker_set("song", song.uri, "like", LIKED)

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
