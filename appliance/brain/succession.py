"""Which song comes next: what a person chose, the rest of a work, else one that mood and policy want."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from appliance.brain.course import Course
from appliance.brain.mpd_state import MpdState
from appliance.brain.music import Chooser
from appliance.brain.outlook import Outlook, merged
from appliance.brain.playlist import LISTED, ChosenPlaylist
from appliance.brain.wish import Wish
from appliance.protocol.memory import Memory
from appliance.protocol.messages import LibraryChanged, Pick, PlayerChanged, Song

CHOSEN = "You chose this song"
BY_HAND = frozenset({CHOSEN, LISTED})
"""Why a song plays that a person has chosen, of whatever mood it is."""


class Succession:
    """Knows what a person chose to play next, and finds what follows it. Nothing is sent to MPD from here."""

    def __init__(self, wish: Wish, chooser: Chooser, course: Course, heard: MpdState, memory: Memory) -> None:
        """memory: what was chosen before the box was switched off. The others change beside this."""
        self._wish, self._chooser, self._course, self._heard = wish, chooser, course, heard
        # By name alone until the library is there; the settings may keep who listens from more than before.
        self.chosen = [song for song in map(Song, memory.up_next) if chooser.allows(song)]
        """What a person chose to play next, in this order."""
        self.playlist = ChosenPlaylist(chooser, memory.playlist, memory.playlist_left)
        self.queued: Pick | None = None
        """What was last queued behind another song."""
        self._outlook = Outlook(chooser, memory.coming)

    def choose(self, uris: Sequence[str], was: Sequence[str] | None) -> None:
        """Have these songs play next, in this order, in place of those chosen before. was: see there."""
        wanted = merged(uris, was, [song.uri for song in self.chosen])
        found = (self._chooser.find(uri) for uri in wanted)
        self.chosen = [song for song in found if song]

    def screen(self) -> None:
        """Drop what who listens now may not hear: a child, perhaps."""
        self.chosen = [song for song in self.chosen if self._chooser.allows(song)]
        self.playlist.screen()

    def by_hand(self) -> Pick | None:
        """The next song that a person chose: one to play next, else one of a playlist; None for none."""
        return chosen(self.chosen[0]) if self.chosen else self.playlist.next()

    def is_playlist_on(self) -> bool:
        """Whether a playlist that a hand chose plays, or goes on after this song."""
        return bool(self.playlist.name(self._heard.last.pick))

    def stock(self, library: LibraryChanged) -> None:
        """Take over the tags that the library has of them, and its playlists.

        What a stick that is not there yet would bring keeps its place by its name.
        """
        self.chosen = [self._chooser.find(song.uri) or song for song in self.chosen]
        if library.is_whole:
            self.playlist.stock(library.playlists)
            self._outlook.mind()

    def look_ahead(self, mood: str) -> bool:
        """Choose the songs that come if the mood stays. Returns whether another one is to be queued than is.

        On a path each step chooses its own.
        """
        if self._course.aim(mood) is not None:
            return False
        self._outlook.look(mood, self.queued)
        return self.by_hand() is None and not self._is_queued(self.coming(mood))

    def coming(self, mood: str) -> tuple[Song, ...]:
        """The songs that come if the mood stays, as far as somebody has looked."""
        return () if self._course.aim(mood) is not None else self._outlook.songs(mood)

    @property
    def ordered(self) -> Mapping[str, tuple[str, ...]]:
        """Mood -> the names of its songs to come, where a person has put them in order."""
        return self._outlook.ordered

    def order(self, mood: str, uris: Sequence[str], was: Sequence[str] | None) -> None:
        """Let those of the songs that come if the mood stays be these, in this order. was: see there."""
        self._outlook.order(mood, uris, was)

    def hear(self, heard: PlayerChanged, before: PlayerChanged) -> None:
        """Let MPD's queue say what is to come: take from the list what plays, fails, or was taken out."""
        is_another = heard.song_id != before.song_id
        if heard.pick and is_another:
            self._pass_by(heard.pick.song)
        if heard.failed:
            self._pass_by(heard.failed)
        elif before.has_next and not heard.has_next and not is_another and self.queued:
            self._pass_by(self.queued.song)  # a guest's hand: queued anew, it could not be got rid of

    def to_queue(self, mood: str) -> Pick | None:
        """Find what is to stand behind the song that plays, while this mood is wanted; None for nothing."""
        pick = self.by_hand() or self._continued(mood) or self.pick(mood)
        self.queued = pick
        return pick

    def pick(self, mood: str, because: str = "") -> Pick | None:
        """Choose a song for the mood, on the way that the policy leads. because: why, if not for the wish."""
        aim = self._course.aim(mood)
        if aim is None or because:
            because = because or self._wish.because(mood)
            return self._outlook.next(mood, because) or self._chooser.pick(mood, because)
        return self._chooser.pick(aim.mood, f"{self._wish.because_led(mood)}; {aim.because}", near=aim.place)

    def _continued(self, mood: str) -> Pick | None:
        """The next movement of the work that plays, while its mood's music is wanted."""
        pick = self._heard.last.pick
        if pick is None or self._course.aim(mood) or pick.mood != self._chooser.source(mood):
            return None
        song = self._chooser.next_movement(pick.song)
        return Pick(song, pick.mood, f"{self._wish.because(mood)}; the work goes on") if song else None

    def _is_queued(self, songs: Sequence[Song]) -> bool:
        return bool(songs) and self.queued is not None and songs[0].uri == self.queued.song.uri

    def _pass_by(self, song: Song) -> None:
        """Take this song, which plays, has failed or is not wanted, from what is to come."""
        self._outlook.drop(song)
        if self.chosen and song.uri == self.chosen[0].uri:
            del self.chosen[0]
        else:
            self.playlist.pass_by(song)


def chosen(song: Song) -> Pick:
    """A song that a person has chosen, of whatever mood it is."""
    return Pick(song, "", CHOSEN)
