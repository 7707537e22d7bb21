"""The tastes of a home: a model for each person and mood, and what each has turned down.

The loop asks and tells (`choose`, `note`), the store's thread takes what is to be written and lays in what it
has read (`take`, `lay_in`); a lock, held for microseconds, is between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from appliance.protocol.actions import NoteTaste
from appliance.protocol.messages import Song
from appliance.protocol.rest import Margins
from appliance.protocol.taste import Preference, Verdict
from appliance.taste.model import Draw, Model
from appliance.taste.sound import Sound

REST_DAYS = 90.0
"""A song that was disliked once is not chosen for so long; twice, never again."""
WEIGHTS = {
    Verdict.HEARD: (True, 1.0),
    Verdict.SKIPPED: (False, 1.0),
    Verdict.LIKED: (True, 3.0),
    Verdict.DISLIKED: (False, 3.0),
    Verdict.AGAIN: (True, 1.0),
}
"""Whether each speaks for a song, and how much beside one play."""
MOST_UNWRITTEN = 10_000
"""Events that wait for a disk that cannot be written; older ones are lost first."""


class Event(NamedTuple):
    """One thing that somebody did with a song: who, which song, in which mood, on which day."""

    verdict: Verdict
    person: str
    mood: str
    uri: str
    artist: str
    weight: float
    day: int | None
    """Days since 1970; None where nobody had told the box the time."""


class TakeBack(NamedTuple):
    """The person takes back what a hand of theirs said last."""

    person: str


class Rest(NamedTuple):
    """How a person's face rests."""

    person: str
    margins: Margins | None
    """None forgets it."""
    day: int | None
    """When it was measured, as in `Event`."""
    network: str = ""
    """Which network read it; another one reads the same face differently."""


Note: TypeAlias = Event | TakeBack | Rest


@dataclass
class Tally:
    """How often something was begun, and finished."""

    finished: int = 0
    begun: int = 0
    liked: set[str] = field(default_factory=set)
    """Of an artist, the songs that were liked; what is said of them now, `Profiles.opinions` has."""

    @property
    def is_mostly_finished(self) -> bool:
        return 2 * self.finished > self.begun


@dataclass
class Opinion:
    """A person's own words about a song."""

    is_liked: bool = False
    dislikes: int = 0
    day: int | None = None
    """Of the last dislike."""


class Mood:
    """One person's taste in one mood: the model, and the counts that explain it."""

    def __init__(self, sound: Sound, opinions: Mapping[str, float]) -> None:
        self.model = Model(sound, opinions)
        self.artists: dict[str, Tally] = {}
        self.songs: dict[str, Tally] = {}
        self.has_finished = False
        """Whether any song was heard to its end."""

    def learn(self, event: Event, day: float) -> None:
        is_kept, weight = WEIGHTS[event.verdict]
        self.model.learn(event.uri, event.artist, is_kept, weight * event.weight, day)
        if event.verdict in (Verdict.HEARD, Verdict.SKIPPED):
            for tallies, key in ((self.artists, event.artist), (self.songs, event.uri)):
                tally = tallies.setdefault(key, Tally())
                tally.begun += 1
                tally.finished += is_kept
            self.has_finished |= is_kept
        elif event.verdict is Verdict.LIKED:
            self.artists.setdefault(event.artist, Tally()).liked.add(event.uri)


@dataclass
class Profiles:
    """The tastes of everybody, as they are kept."""

    sound: Sound = field(default_factory=Sound)
    opinions: dict[str, dict[str, Opinion]] = field(default_factory=dict)
    """Person -> song's name -> what they said of it."""
    moods: dict[tuple[str, str], Mood] = field(default_factory=dict)
    foreign: dict[str, float] = field(default_factory=dict)
    """Song's name -> the first opinion that other programs' stickers give of it, in log odds."""
    rests: dict[str, Margins] = field(default_factory=dict)
    """Person -> how their face rests, as the network of now reads it."""
    last_day: int = 0
    """The newest day that any event tells."""

    def learn(self, event: Event) -> None:
        """Take an event into account; one without a day counts as of the newest that is known."""
        if event.day is not None:
            self.last_day = max(self.last_day, event.day)
        self.mood(event.person, event.mood).learn(event, self.last_day if event.day is None else event.day)
        if event.verdict in (Verdict.LIKED, Verdict.DISLIKED):
            opinion = self.opinions.setdefault(event.person, {}).setdefault(event.uri, Opinion())
            opinion.is_liked = event.verdict is Verdict.LIKED
            opinion.dislikes = 0 if opinion.is_liked else opinion.dislikes + 1
            opinion.day = event.day

    def take_rest(self, rest: Rest) -> None:
        """Know, or know no more, how a face rests."""
        if rest.margins is None:
            self.rests.pop(rest.person, None)
        else:
            self.rests[rest.person] = rest.margins

    def mood(self, person: str, mood: str) -> Mood:
        """Return this person's taste in this mood: at first nothing but what others' stickers say."""
        known = self.moods.get((person, mood))
        if known is None:
            known = self.moods[person, mood] = Mood(self.sound, self.foreign)
        return known

    def is_liked(self, person: str, uri: str) -> bool:
        said = self.opinions.get(person, {}).get(uri)
        return said is not None and said.is_liked


class Taste:
    """Chooses among songs by what is known of who listens."""

    def __init__(self, today: Callable[[], int | None], draw: Draw | None = None) -> None:
        """today: days since 1970; None while that is not known. draw: chance; None makes one of its own."""
        self._today, self._draw = today, draw
        self._lock = Lock()
        self._profiles = Profiles()
        self._unwritten: list[Note] = []
        self.is_ready = False
        """Whether what was kept has been read: until then nobody's taste is known."""

    # --- for the loop --------------------------------------------------------------------------------------

    def choose(self, person: str, mood: str, songs: Sequence[Song]) -> tuple[Song, Preference]:
        """Choose one of the songs, of which there is at least one, and say what speaks for it."""
        assert self._draw, "chosen before `is_ready`"
        with self._lock:
            known = self._profiles.mood(person, mood)
            song = songs[known.model.choose(songs, self._day(), self._draw)]
            return song, self._preference(known, person, song)

    def never(self, person: str) -> frozenset[str]:
        """The songs that this person has disliked twice."""
        return self._turned_down(person, lambda said: said.dislikes > 1)

    def resting(self, person: str) -> frozenset[str]:
        """The songs that this person has disliked once, not long ago."""
        day = self._day()
        return self._turned_down(
            person, lambda said: said.dislikes == 1 and (said.day is None or day - said.day < REST_DAYS)
        )

    def note(self, noted: NoteTaste) -> None:
        """Take note of what somebody did with a song."""
        song = noted.song
        event = Event(
            noted.verdict, noted.person, noted.mood, song.uri, song.artist, noted.weight, self._today()
        )
        with self._lock:
            if self.is_ready:
                self._profiles.learn(event)
            self._wait_for_disk(event)

    def face_at_rest(self, person: str) -> Margins | None:
        """How this person's face rests; None where it is not known."""
        return self._profiles.rests.get(person)

    def keep_rest(self, person: str, margins: Margins | None) -> None:
        """Keep how this person's face rests; None forgets it."""
        rest = Rest(person, margins, self._today())
        with self._lock:
            self._profiles.take_rest(rest)
            self._wait_for_disk(rest)

    def take_back(self, person: str) -> None:
        """Have what a hand of this person said last be taken back, by whoever reads the store."""
        with self._lock:
            self._wait_for_disk(TakeBack(person))

    # --- for the store -------------------------------------------------------------------------------------

    def take(self) -> list[Note]:
        """Hand over what is to be written."""
        with self._lock:
            notes, self._unwritten = self._unwritten, []
            return notes

    def put_back(self, notes: list[Note]) -> None:
        """Keep what could not be written for another try."""
        with self._lock:
            self._unwritten = [*notes, *self._unwritten][-MOST_UNWRITTEN:]

    def lay_in(
        self,
        events: Iterable[Event],
        sound: Sound,
        foreign: dict[str, float],
        rests: Mapping[str, Margins] = MappingProxyType({}),
    ) -> None:
        """Begin anew with what was read, and what was noted while it was."""
        profiles = Profiles(sound=sound, foreign=foreign, rests=dict(rests))
        for event in events:
            profiles.learn(event)
        if self._draw is None:
            import numpy as np  # by the store's thread, for the loop not to wait for it

            self._draw = np.random.default_rng()
        with self._lock:
            for note in self._unwritten:
                if isinstance(note, Event):
                    profiles.learn(note)
                elif isinstance(note, Rest):
                    profiles.take_rest(note)
            self._profiles, self.is_ready = profiles, True

    @property
    def has_word(self) -> bool:
        """Whether a hand's word waits to be written."""
        with self._lock:
            return any(not isinstance(n, Event) or n.verdict is not Verdict.HEARD for n in self._unwritten)

    def _wait_for_disk(self, note: Note) -> None:
        self._unwritten = [*self._unwritten[1 - MOST_UNWRITTEN :], note]

    def _day(self) -> int:
        today = self._today()
        return self._profiles.last_day if today is None else today

    def _turned_down(self, person: str, is_so: Callable[[Opinion], bool]) -> frozenset[str]:
        with self._lock:
            said = self._profiles.opinions.get(person, {})
            return frozenset(uri for uri, opinion in said.items() if is_so(opinion))

    def _preference(self, known: Mood, person: str, song: Song) -> Preference:
        reason = known.model.reason(song.uri, song.artist)
        if reason.term == "song" and self._profiles.is_liked(person, song.uri):
            return Preference("liked")
        tally = {"artist": known.artists.get(song.artist), "song": known.songs.get(song.uri)}.get(reason.term)
        # A term can speak for a song that few have finished, after likes or beside worse ones.
        if tally and tally.is_mostly_finished:
            return Preference(reason.term, tally.finished, tally.begun)
        if tally and any(self._profiles.is_liked(person, uri) for uri in tally.liked):
            return Preference("liked_artist")
        if reason.term == "sound" and known.has_finished:
            return Preference("sound")
        return Preference("" if song.uri in known.songs else "new")
