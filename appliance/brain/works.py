"""Works of several movements: what a choice may begin with, and what follows a movement."""

from __future__ import annotations

from collections.abc import Sequence, Set

from appliance.protocol.messages import Song


class Works:
    """Has works play whole and in order, or leaves all of them out, as the settings want it."""

    def __init__(self, is_whole: bool) -> None:
        """is_whole: whether they play, each from its first movement to its last."""
        self._is_whole = is_whole

    def is_beginning(self, song: Song) -> bool:
        """Whether a song can be begun with: of a work its first movement, or none where they are left out."""
        return not song.work or song.movement <= int(self._is_whole)

    def beginnings(self, songs: Sequence[Song]) -> Sequence[Song]:
        """Those of the songs that can be begun with; all where none can."""
        return list(filter(self.is_beginning, songs)) or songs

    def next_movement(self, song: Song, songs: Sequence[Song], but: Set[str]) -> Song | None:
        """Find the movement that follows this one in its work; None where nothing does.

        songs: among which. but: names of those that are not wanted; such a movement is left out.
        """
        if not (self._is_whole and song.work and song.movement):
            return None
        later = (
            each
            for each in songs
            if each.work == song.work and each.album == song.album and each.movement > song.movement
        )
        wanted = (each for each in later if each.uri not in but)
        return min(wanted, key=lambda each: each.movement, default=None)
