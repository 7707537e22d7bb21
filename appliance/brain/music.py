"""Chooses the next song, from a mood, the library, what was played, and the taste of who listens.

A song rests until a third of its mood's songs has played, then taste chooses; without a taste to go by, or
where the settings want it, every song of a mood plays once before any plays twice. No artist plays twice in a
row where that can be avoided. A mood without music borrows from its nearest neighbour, then from the whole
library: never silence by accident.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import chain, islice

from appliance.brain.circumplex import CIRCUMPLEX, neighbours
from appliance.brain.refusals import Failures
from appliance.brain.rounds import MANY, Played, Pool
from appliance.brain.tasting import Taste, words
from appliance.brain.variety import another_artist, nearest, of_no_mood, pressing
from appliance.brain.works import Works
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.messages import LibraryChanged, Pick, Song
from appliance.protocol.taste import EVERYBODY, Preference, is_allowed

REST = 3
"""A song rests until one of so many of its mood's songs has played."""
SPARE = 50
"""Songs that are remembered beyond those that rest: when the oldest go, the whole list is written anew."""


class Chooser:
    """Picks songs out of the library as MPD lists it now."""

    def __init__(
        self,
        chance: random.Random,
        played: Mapping[str, Sequence[str]] | None = None,
        taste: Taste | None = None,
        is_rotation: bool = False,
        is_work_whole: bool = True,
    ) -> None:
        """played: what `played` gave before the box was switched off.

        taste: what is known of who listens; None shuffles. is_rotation: every song plays once before any
        plays twice, whatever anybody likes. is_work_whole: as `Works` has it.
        """
        self._chance, self._taste, self._is_rotation = chance, taste, is_rotation
        self._played = {mood: Played(uris) for mood, uris in (played or {}).items()}
        """Mood -> what has played of late, by name, in order; in a rotation, what its round has played."""
        self._pools: dict[str, Pool] = {}
        """Mood -> what a rotation has left of it, once that was asked."""
        self._library = LibraryChanged({}, ())
        self._works = Works(is_work_whole)
        self._by_mood: dict[str, tuple[Song, ...]] = {}
        self.person = EVERYBODY
        """Who listens."""
        self.folders: Sequence[str] | None = None
        """Where the songs lie that they may hear; None is everywhere."""
        self._turned_down: set[tuple[str, str]] = set()
        """(person, song's name) that were disliked a moment ago, before `taste` can know of it."""
        self.now = 0.0
        """Monotonic seconds, as last told."""
        self.failures = Failures()
        self._source = ""
        """The mood whose music the last pick was from; "" for the whole library."""
        self._last: Song | None = None

    def stock(self, library: LibraryChanged) -> None:
        """Take over the library; what was played stays played, and unplayable songs get a new chance.

        Not where a scan has only sorted the same songs: it does so every few seconds.
        """
        before = self._library
        if library.everything != before.everything or library.reasons == before.reasons:
            self.failures.forgive()
        self._library = library
        self.serve(self.person, self.folders)

    def serve(self, person: str, folders: Sequence[str] | None) -> None:
        """Choose for this person from now on. folders: where the songs lie that they may hear; None: all."""
        self.person, self.folders = person, folders
        library = {**self._library.by_mood, "": self._library.everything}
        if folders is not None:
            library = {mood: tuple(filter(self.allows, songs)) for mood, songs in library.items()}
        self._by_mood, self._pools = library, {}

    def find(self, uri: str) -> Song | None:
        """The song of this name, if who listens may hear it."""
        return next((song for song in self._by_mood.get("", ()) if song.uri == uri), None)

    def allows(self, song: Song) -> bool:
        """Whether who listens may hear this song."""
        return is_allowed(song.uri, self.folders)

    def turn_down(self, song: Song) -> None:
        """Choose this song no more for who listens: they have just disliked it."""
        self._turned_down.add((self.person, song.uri))

    def relent(self) -> None:
        """Ask `taste` again of what was disliked a moment ago: the word was taken back."""
        self._turned_down = {each for each in self._turned_down if each[0] != self.person}

    def note_played(self, pick: Pick) -> None:
        """Count this song as played, because it plays now: what was merely queued may never be heard."""
        played = self._played.setdefault(pick.mood, Played())
        if self._is_by_taste():
            rest = len(self._by_mood.get(pick.mood, ())) // REST
            if len(played.uris) > 2 * rest + SPARE:
                played.keep(rest)
        elif self._is_round_over(pick.mood):
            played.clear()
            self._pool(pick.mood).begin()
        played.add(pick.song.uri)
        self._last = pick.song

    def played(self) -> dict[str, tuple[str, ...]]:
        """Mood -> what has played of late, for `Memory`."""
        return {mood: tuple(played.uris) for mood, played in self._played.items() if played.uris}

    def refuse(self, song: Song, own_fault: bool = True) -> None:
        """Offer this song no more for a while, for MPD could not play it.

        own_fault: whether a decoder says so; a network's, a share's or an output's fault passes sooner.
        """
        is_of_it = any(each.uri == song.uri for each in self._by_mood.get(self._source, ()))
        self.failures.add(song.uri, self._source if is_of_it else None, own_fault, self.now)

    def note_heard(self, pick: Pick | None) -> None:
        """Note that this song was really heard: neither it nor its mood's music fails any more.

        None is a guest's: while it played, ours had time enough, and one of them may follow it.
        """
        self.failures.begin_row()
        if pick:
            self.failures.forget(pick.song, pick.mood)

    def without_music(self) -> list[str]:
        """The moods that have to borrow, whoever listens; all of them when the library is empty."""
        held = self.failures.songs.held(self.now)
        return [mood for mood in EMOTIONS if not self._has_songs(mood, held)]

    def is_empty(self) -> bool:
        """Whether there is no song at all."""
        return not self._library.everything and not any(self._library.by_mood.values())

    def is_empty_for_person(self) -> bool:
        """Whether there is no song that who listens may hear, and wants to."""
        return not any(self._is_bearable(mood) for mood in self._by_mood)

    def source(self, mood: str) -> str | None:
        """Say whose music a mood gets now: its own, or the nearest that has some; "" is the whole library's.

        None when there is no music at all. Before silence, what failed is tried again.
        """
        near = (mood, *neighbours(mood), "")
        if self.failures.is_long:
            return self.failures.turn({each: self._least_failed(each) for each in near})
        return next(chain(filter(self._is_playable, near), filter(self._is_bearable, near)), None)

    def pick(self, mood: str, because: str, near: tuple[float, float] | None = None) -> Pick | None:
        """Choose the next song for a mood; None when there is nothing to play at all.

        because: why this mood, the beginning of a sentence; the pick's `why` ends it.
        near: the valence and arousal near which it is to lie; None: anywhere in the mood.
        """
        proven = self._source_proven(mood) if self.failures.pause_s() else None
        source = self.source(mood) if proven is None else proven
        if source is None:
            return None
        self._source = source
        songs = self._apart(self._left(source)) if proven is None else [self.failures.proven[proven]]
        middle = CIRCUMPLEX.get(source, CIRCUMPLEX["neutral"])
        near_songs = songs if near is None else nearest(songs, near, self._library.places, middle)
        song, preference = self._choose(source, near_songs)
        whose = f"{_borrowed(mood, source)}{self._by_whom(song, source)}"
        return Pick(song, source, f"{because}{whose}{words(preference, source)}")

    def ahead(self, mood: str, after: Sequence[Pick], count: int) -> list[Pick]:
        """Choose so many songs that could follow those, one after the other; none counts as played.

        Fewer where one would come twice. Their `why` lacks its beginning.
        """
        played, last, source = self._played, self._last, self._source
        self._played = {name: Played(one.uris) for name, one in played.items()}
        found = [*after]
        for pick in after:
            self.note_played(pick)
        for _ in range(count):
            following = self.pick(mood, "")
            if following is None or any(following.song.uri == pick.song.uri for pick in found):
                break
            self.note_played(following)
            found.append(following)
        self._played, self._last, self._source = played, last, source
        self._pools = {}  # what was merely thought of is gone from them
        return found[len(after) :]

    def fits(self, pick: Pick) -> bool:
        """Whether a song that was chosen before is still there, and wanted by who listens."""
        is_there = any(song.uri == pick.song.uri for song in self._by_mood.get(pick.mood, ()))
        return is_there and pick.song.uri not in self.unwanted()

    def rest(self, pick: Pick) -> None:
        """Have a song rest as if it had played."""
        self._played.setdefault(pick.mood, Played()).add(pick.song.uri)

    def next_movement(self, song: Song) -> Song | None:
        """Find the movement that follows this one in its work; None where nothing does."""
        if not song.work:  # nearly always: what is unwanted need not be asked for
            return None
        return self._works.next_movement(song, self._by_mood.get("", ()), self.unwanted())

    def _by_whom(self, song: Song, source: str) -> str:
        """How the song came to its mood, where no folder says so."""
        reason = self._library.reasons.get(song.uri) if source else None
        return f"; {reason}" if reason else ""

    def _choose(self, mood: str, songs: Sequence[Song]) -> tuple[Song, Preference]:
        if self._taste and self._taste.is_ready:
            return self._taste.choose(self.person, mood, songs)
        return self._chance.choice(songs), Preference("")

    def _is_by_taste(self) -> bool:
        return not self._is_rotation and self._taste is not None and self._taste.is_ready

    def _is_round_over(self, mood: str) -> bool:
        # While a large library is still being listed, no round is over.
        return self._library.is_whole and next(self._round(mood), None) is None

    def _round(self, mood: str) -> Iterator[Song]:
        """The songs that a rotation has left; unwanted ones only where there are no others."""
        unwanted = self.unwanted() if self._is_any(mood, self.unwanted()) else self._never()
        left = self._pool(mood).left(self._played.get(mood, Played()), self._chance)
        left = (song for song in left if song.uri not in unwanted)
        has_beginning = any(map(self._works.is_beginning, self._by_mood.get(mood, ())))
        return filter(self._works.is_beginning, left) if has_beginning else left

    def _pool(self, mood: str) -> Pool:
        if mood not in self._pools:
            self._pools[mood] = Pool(self._by_mood.get(mood, ()))
        return self._pools[mood]

    def _has_songs(self, mood: str, held: Set[str]) -> bool:
        if self.failures.sources.hold(mood, self.now):
            return False
        return any(song.uri not in held for song in self._library.by_mood.get(mood, ()))

    def _source_proven(self, mood: str) -> str | None:
        """The nearest mood with a song that was heard and has not failed since; None if there is none.

        Where one song after the other fails, trying them all in turn would be minutes of silence.
        """
        unwanted = self.unwanted()
        for near in (mood, *neighbours(mood), ""):
            song = self.failures.proven.get(near)
            if song and song.uri not in unwanted and song in self._by_mood.get(near, ()):
                return near
        return None

    def _is_playable(self, mood: str) -> bool:
        return not self.failures.sources.hold(mood, self.now) and self._is_any(mood, self.unwanted())

    def _is_bearable(self, mood: str) -> bool:
        """Whether there is any song that is not never wanted."""
        return self._is_any(mood, self._never())

    def _is_any(self, mood: str, but: Set[str]) -> bool:
        return any(song.uri not in but for song in self._by_mood.get(mood, ()))

    def unwanted(self) -> Set[str]:
        """Names of songs that failed lately, or that who listens does not want."""
        return self.failures.songs.held(self.now) | self._shunned()

    def _shunned(self) -> Set[str]:
        """Names of songs that who listens does not want for a while, or ever."""
        shunned = {uri for person, uri in self._turned_down if person == self.person} | self._never()
        return shunned | self._taste.resting(self.person) if self._taste else shunned

    def _least_failed(self, mood: str) -> Sequence[Song]:
        """The mood's songs that failed least often, whatever its round has played; of "" what no mood has."""
        songs = self._by_mood.get(mood, ()) if mood else of_no_mood(self._by_mood)
        never, shunned = self._never(), self._shunned()
        bearable = [song for song in songs if song.uri not in never]
        return self.failures.least([song for song in bearable if song.uri not in shunned] or bearable)

    def _never(self) -> Set[str]:
        return self._taste.never(self.person) if self._taste else frozenset()

    def _playable(self, mood: str) -> Sequence[Song]:
        """Songs that may play; where something speaks against all, those not turned down for ever."""
        everything, unwanted, never = self._by_mood.get(mood, ()), self.unwanted(), self._never()
        if not unwanted:
            return everything
        wanted = [song for song in everything if song.uri not in unwanted]
        return wanted or [song for song in everything if song.uri not in never]

    def _left(self, mood: str) -> Sequence[Song]:
        """The songs to choose among: rested ones; in a rotation those of this round, or of a whole new one.

        What plays now is not left either: the box may have found it playing, as no song of any mood's round.
        """
        if self.failures.pause_s() and (least := self._least_failed(mood)):
            return least
        if not self._is_by_taste():
            last = self._last.uri if self._last else ""
            left = (song for song in self._round(mood) if song.uri != last)
            return list(islice(left, MANY)) or self._some(self._works.beginnings(self._playable(mood)))
        unwanted = self.unwanted()
        some = self._works.beginnings(self._some(self._by_mood.get(mood, ())))
        wanted = self._rested([song for song in some if song.uri not in unwanted], mood)
        playable = self._works.beginnings(self._playable(mood))
        return wanted or self._rested(playable, mood) or playable

    def _some(self, songs: Sequence[Song]) -> Sequence[Song]:
        return self._chance.choices(songs, k=MANY) if len(songs) > MANY else songs

    def _rested(self, songs: Sequence[Song], mood: str) -> Sequence[Song]:
        """Those that have not played of late, a share of the mood's songs, nor play now."""
        rest, played = max(1, len(self._by_mood.get(mood, ())) // REST), self._played.get(mood, Played())
        last = self._last.uri if self._last else ""
        return [song for song in songs if song.uri != last and not played.is_among_last(rest, song.uri)]

    def _apart(self, left: Sequence[Song]) -> Sequence[Song]:
        """Those of the songs left that keep artists apart, now and, in a rotation, for the rest of them."""
        fresh = another_artist(left, self._last)
        # By taste what is left comes back before an artist's songs are alone.
        return fresh if self._is_by_taste() or self._last is None else (pressing(left, fresh) or fresh)


def _borrowed(mood: str, source: str) -> str:
    if source == mood:
        return ""
    return f"; there is no music for {mood}, so this is from {source or 'the whole library'}"
