"""The playlist that a hand chose: its songs play in its order, and no face takes them away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from appliance.brain.music import Chooser
from appliance.protocol.messages import Pick, Song

LISTED = "From the playlist that you chose"


class ChosenPlaylist:
    """Knows the playlists that there are, and what is left of the chosen one. Asks nobody for songs."""

    def __init__(self, chooser: Chooser, name: str, left: Sequence[str]) -> None:
        """name: of the playlist that was chosen before the box was switched off; left: its songs to come."""
        self._chooser, self._name = chooser, name
        self.left = [song for song in map(Song, left) if chooser.allows(song)]
        """Its songs that are still to come."""
        self._playlists: Mapping[str, tuple[Song, ...]] = {}
        self._names: tuple[str, ...] = ()
        self._for: object = None
        """Whom `_names` were made for."""

    @property
    def names(self) -> tuple[str, ...]:
        """The playlists of which who listens may hear something, whatever else is in them."""
        whom = self._chooser.person, self._chooser.folders
        if self._for != whom:
            found = (name for name, songs in self._playlists.items() if any(map(self._chooser.allows, songs)))
            self._names, self._for = tuple(found), whom
        return self._names

    def name(self, pick: Pick | None) -> str:
        """The chosen playlist as long as its songs play, or are to come; else empty. pick: what plays."""
        return self._name if self.left or (pick and pick.why == LISTED) else ""

    def choose(self, name: str) -> bool:
        """Have this one's songs come, as far as who listens may hear them, and wants to where any are wanted.

        Returns whether there are any.
        """
        songs = [*filter(self._chooser.allows, self._playlists.get(name, ()))]
        if songs:
            unwanted = self._chooser.unwanted()
            self._name = name
            self.left = [song for song in songs if song.uri not in unwanted] or songs
        return bool(songs)

    def stock(self, playlists: Mapping[str, tuple[Song, ...]]) -> None:
        """Take over the playlists. What is left of the chosen one stays as it was when it was chosen."""
        self._playlists, self._for = playlists, None

    def screen(self) -> None:
        """Drop what who listens now may not hear."""
        self.left = [*filter(self._chooser.allows, self.left)]

    def next(self) -> Pick | None:
        """Its next song; None where none is left."""
        if not self.left:
            return None
        song = self.left[0]
        return Pick(self._chooser.find(song.uri) or song, "", LISTED)

    def pass_by(self, song: Song) -> None:
        """Take this song, which plays, has failed or is not wanted, from what is to come."""
        if self.left and song.uri == self.left[0].uri:
            del self.left[0]

    def end(self) -> bool:
        """Have nothing more of it come: a hand wants something else. Returns whether anything was to."""
        was_on, self.left, self._name = bool(self.left), [], ""
        return was_on
