"""Decides which mood a song suits, of all that is known of it; what is not sure enough, a person is asked.

Whose word holds, the strongest first: a person's folders, playlists and filters (the player's business: such
songs are placed already); a person's correction; a name that means a mood, of a tag or a folder; the sound.
docs/library.md has the reasons.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from appliance.brain.circumplex import CIRCUMPLEX
from appliance.coach import words
from appliance.protocol.messages import Placed

SURE = 0.31
"""Deviations from the nearer border beyond which a song is sure: half of the rated clips are, by the folds of
docs/decisions/library-coach.md; of them 65 % are in the right quadrant, of the others 46 %."""
ALIKE = 0.2
"""Share of a correction's error that another song of the artist has as well (r, measured)."""

BY_HAND, BY_NAME, BY_SOUND = "placed by you", "placed by its tags or folders", "placed by its sound"

QUADRANTS: Mapping[tuple[bool, bool], str] = {
    (True, True): "happy",
    (False, True): "tense",
    (False, False): "sad",
    (True, False): "calm",
}
"""By whether valence and arousal are above the middle."""
MOODS: Mapping[str, str] = {"happy": "happy", "sad": "sad", "calm": "neutral"}
"""The mood of each quadrant. Tense has none: angry and fear lie on one point, only the genre parts them."""
LIKELY: Mapping[str, tuple[str, ...]] = {
    "happy": ("happy", "surprise"),
    "tense": ("angry", "fear"),
    "sad": ("sad", "neutral"),
    "calm": ("neutral", "happy"),
}
"""What a person is asked first of a song that sounds so."""
PLACED: Mapping[str, tuple[str, ...]] = {
    "happy": ("happy", "surprise"),
    "tense": ("angry", "fear", "disgust"),
    "sad": ("sad",),
    "calm": ("neutral",),
}
"""The moods that a person can mean who puts a song into this quarter of the map."""
MIDDLE, NEAR_MIDDLE = 0.3, ("neutral",)
"""How far from its middle a place on the map is still nothing but neutral."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Where a song lies by its sound, -1 to 1, and how far it may be off (one standard deviation)."""

    valence: float
    arousal: float
    valence_error: float
    arousal_error: float

    @property
    def quadrant(self) -> str:
        return QUADRANTS[self.valence > 0, self.arousal > 0]

    @property
    def surety(self) -> float:
        """By how many deviations it is away from the nearer border between quadrants."""
        return min(abs(self.valence) / self.valence_error, abs(self.arousal) / self.arousal_error)

    def moved(self, valence: float, arousal: float) -> Sound:
        """The same, so much higher on each axis."""
        return replace(self, valence=_within(self.valence + valence), arousal=_within(self.arousal + arousal))


@dataclass(frozen=True, slots=True)
class Known:
    """A song that was heard: its sound, and the tags that speak for a mood."""

    uri: str
    sound: Sound
    artist: str = ""
    genre: str = ""
    told: str = ""
    """The mood that its tags name; empty when they name none."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's word for a song's mood."""

    mood: str
    valence: float
    arousal: float


@dataclass(frozen=True)
class Verdict:
    """The outcome for a song: a mood, or a question to a person."""

    placed: Placed
    sound: Sound
    """As moved by what was said of its artist's other songs."""
    is_excluded: bool = False
    """Whether it is nothing to set a mood with, by its genre or folder."""


def place_of(said: float, border: float, deviation: float) -> tuple[float, float]:
    """One axis of a head's judgement on the circumplex: where (-1 to 1), and how far that may be off.

    Of what the head says, a part of `deviation`² of the raters' variance is missing: its words spread by
    sqrt(1 - deviation²). Twice that is the rim, so nineteen songs of twenty lie within.
    """
    rim = 2 * math.sqrt(max(0.05, 1 - deviation**2))
    return _within((said - border) / rim), deviation / rim


def judged(
    songs: Iterable[Known], corrections: Mapping[str, Correction], month: int
) -> Mapping[str, Verdict]:
    """Say of each song that was heard, and of each that a person corrected, where it belongs.

    month: 1 to 12; Christmas songs are none but in December.
    """
    songs = list(songs)
    moves = _moves(songs, corrections)
    found = {song.uri: _verdict(_moved(song, corrections, moves), corrections, month) for song in songs}
    unheard = {uri: said for uri, said in corrections.items() if uri not in found}
    return found | {uri: _corrected(said, _middle(said)) for uri, said in unheard.items()}


def _moves(
    songs: Iterable[Known], corrections: Mapping[str, Correction]
) -> Mapping[str, tuple[float, float]]:
    """How far each artist's other songs move: the best guess at an error that songs share by `ALIKE`."""
    errors: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for song in songs:
        if song.artist and (said := corrections.get(song.uri)):
            errors[words.plain(song.artist)].append(
                (said.valence - song.sound.valence, said.arousal - song.sound.arousal)
            )
    return {artist: _shared(some) for artist, some in errors.items()}


def _shared(errors: list[tuple[float, float]]) -> tuple[float, float]:
    count = len(errors)
    trust = ALIKE / (1 + (count - 1) * ALIKE)  # one correction 0.2 of its error, five 0.56 of their mean
    return trust * sum(valence for valence, _ in errors), trust * sum(arousal for _, arousal in errors)


def _moved(
    song: Known, corrections: Mapping[str, Correction], moves: Mapping[str, tuple[float, float]]
) -> Known:
    move = moves.get(words.plain(song.artist)) if song.artist and moves else None
    if move is None or song.uri in corrections:
        return song
    return replace(song, sound=song.sound.moved(*move))


def _verdict(song: Known, corrections: Mapping[str, Correction], month: int) -> Verdict:
    if said := corrections.get(song.uri):
        return _corrected(said, song.sound)
    at = (song.sound.valence, song.sound.arousal)
    if is_excluded(song.uri, song.genre, month):
        return Verdict(Placed("", at, ""), song.sound, is_excluded=True)
    if named := song.told or _folder_says(song.uri):
        mood = "" if _contradicts(song.sound, named) else named
        return Verdict(Placed(mood, at, BY_NAME), song.sound)
    return Verdict(Placed(_sounding(song), at, BY_SOUND), song.sound)


def _sounding(song: Known) -> str:
    """The mood by sound alone; empty when it is not sure enough. Never disgust, never surprise."""
    if song.sound.surety < SURE:
        return ""
    quadrant = song.sound.quadrant
    return words.tense_mood(song.genre) if quadrant == "tense" else MOODS[quadrant]


def _contradicts(sound: Sound, mood: str) -> bool:
    """Whether the sound is surely in the quadrant opposite to the named mood's: then a person is asked."""
    opposite = {"happy": "sad", "surprise": "sad", "sad": "happy", "neutral": "tense"}
    return sound.surety >= SURE and sound.quadrant == opposite.get(mood, "calm")


def is_excluded(uri: str, genre: str, month: int) -> bool:
    """Whether a song's genre or one of its folders says that it sets no mood."""
    return any(words.excluded(name, month) for name in (genre, *uri.split("/")[:-1]))


def _folder_says(uri: str) -> str:
    """The mood that a folder's name means; of several, the innermost that means one."""
    return next((mood for name in reversed(uri.split("/")[:-1]) if (mood := words.mood_of(name))), "")


def pinned(mood: str) -> Correction:
    """Return the correction of a person who gives a song this mood."""
    return Correction(mood, *CIRCUMPLEX[mood])


def moved_to(valence: float, arousal: float) -> Correction:
    """Return the correction of who drags a song there on the map, -1 to 1: that quarter's nearest mood."""
    at = (valence, arousal)
    near = NEAR_MIDDLE if math.hypot(*at) < MIDDLE else PLACED[QUADRANTS[valence > 0, arousal > 0]]
    return Correction(min(near, key=lambda mood: math.dist(at, CIRCUMPLEX[mood])), valence, arousal)


def _corrected(said: Correction, sound: Sound) -> Verdict:
    return Verdict(Placed(said.mood, (said.valence, said.arousal), BY_HAND), sound)


def _middle(said: Correction) -> Sound:
    return Sound(said.valence, said.arousal, 1.0, 1.0)


def _within(value: float) -> float:
    return max(-1.0, min(1.0, value))
