"""The coach's report on a library: music for each mood, what is missing, unsure, and what failed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from appliance.coach.placing import LIKELY, Verdict, judged
from appliance.coach.shelf import Failure, Progress, Shelf
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.messages import LibraryChanged, Placed, Song
from appliance.protocol.taste import is_allowed

LISTED = 200
"""Songs that are listed one by one, of those to ask about and of those that failed."""


MAPPED = 1000
"""Songs on the map: more would lie on each other."""


@dataclass(frozen=True)
class MoodMusic:
    """The music of one mood. A song that has several moods counts for the first."""

    mood: str
    songs: int
    hours: float
    by_coach: int
    """Songs of these that are the coach's word; the others are the owner's folders, playlists and filters."""


@dataclass(frozen=True)
class Question:
    """A song of which the coach is not sure."""

    uri: str
    title: str
    artist: str
    valence: float
    arousal: float
    likely: tuple[str, ...]
    """Moods, the likeliest first."""


@dataclass(frozen=True)
class Report:
    """The state of the library, mood by mood."""

    songs: int
    moods: tuple[MoodMusic, ...]
    missing: tuple[str, ...]
    """Moods without music of their own."""
    unheard: int
    """Songs that no scan has come to yet."""
    unsure: int
    questions: tuple[Question, ...]
    """Some of these, the surest first."""
    excluded: int
    """Songs that set no mood by their genre or folder: books, plays for radio, children's, Christmas."""
    passed_over: int
    """Files that are too short or too long for a song."""
    failed: tuple[Failure, ...]
    scan: Progress | None
    is_scanning: bool

    def as_json(self) -> dict[str, object]:
        """The same of plain types."""
        raw = asdict(self)
        raw["failed"] = [{"uri": one.uri, "reason": one.reason} for one in self.failed]
        return raw


def report(shelf: Shelf, library: LibraryChanged, is_scanning: bool, month: int) -> Report:
    """Put together what is known. library: as MPD lists it, with the coach's places. Raises CoachUnable."""
    verdicts = judged(shelf.known(), shelf.corrections(), month)
    failures = {failure.uri: failure for failure in shelf.failures()}
    moods, sorted_out = _moods(library)
    here = [song for song in library.everything if "://" not in song.uri]
    failed = [failures[song.uri] for song in here if song.uri in failures]
    left = [song for song in here if song.uri in verdicts and song.uri not in sorted_out]
    excluded = [song for song in left if verdicts[song.uri].is_excluded]
    asked = [song for song in left if _is_open(verdicts[song.uri])]
    return Report(
        songs=len(here),
        moods=moods,
        missing=tuple(music.mood for music in moods if not music.songs),
        unheard=sum(song.uri not in verdicts and song.uri not in failures for song in here),
        unsure=len(asked),
        questions=_questions(asked, verdicts),
        excluded=len(excluded),
        passed_over=sum(not failure.is_song for failure in failed),
        failed=tuple(failure for failure in failed if failure.is_song)[:LISTED],
        scan=shelf.progress(),
        is_scanning=is_scanning,
    )


def _is_open(verdict: Verdict) -> bool:
    return not verdict.is_excluded and not verdict.placed.mood


def _moods(library: LibraryChanged) -> tuple[tuple[MoodMusic, ...], set[str]]:
    """The music of each mood, and the names of all songs that have one."""
    seen: set[str] = set()
    found = []
    for mood in EMOTIONS:
        songs = [song for song in library.by_mood.get(mood, ()) if song.uri not in seen]
        seen.update(song.uri for song in songs)
        hours = sum(song.duration_s for song in songs) / 3600
        by_coach = sum(song.uri in library.reasons for song in songs)
        found.append(MoodMusic(mood, len(songs), round(hours, 4), by_coach))
    return tuple(found), seen


def _questions(songs: list[Song], verdicts: Mapping[str, Verdict]) -> tuple[Question, ...]:
    surest = sorted(songs, key=lambda song: (-verdicts[song.uri].sound.surety, song.uri))[:LISTED]
    return tuple(_question(song, verdicts[song.uri]) for song in surest)


def _question(song: Song, verdict: Verdict) -> Question:
    sound = verdict.sound
    place = (round(sound.valence, 3), round(sound.arousal, 3))
    return Question(song.uri, song.title, song.artist, *place, LIKELY[sound.quadrant])


@dataclass(frozen=True)
class Point:
    """A song on the map of the library."""

    uri: str
    title: str
    artist: str
    valence: float
    arousal: float
    mood: str
    """The mood that has it; empty while none has."""


def points(
    library: LibraryChanged,
    placed: Mapping[str, Placed],
    folders: Sequence[str] | None = None,
    most: int = MAPPED,
) -> list[Point]:
    """The songs that have a place, evenly thinned out where there are more than a map can show.

    folders: where the songs lie that who listens may hear; None for all.
    """
    moods = {song.uri: mood for mood, songs in library.by_mood.items() for song in songs}
    songs = [song for song in library.everything if song.uri in placed and is_allowed(song.uri, folders)]
    step = max(1, -(-len(songs) // most))
    return [_point(song, placed[song.uri].at, moods.get(song.uri, "")) for song in songs[::step]]


def _point(song: Song, place: tuple[float, float], mood: str) -> Point:
    valence, arousal = (round(axis, 3) for axis in place)
    return Point(song.uri, song.title, song.artist, valence, arousal, mood)


def told(report: Report) -> list[str]:
    """The report in lines for people."""
    lines = [f"{report.songs} songs"]
    for music in report.moods:
        heard = f", {music.by_coach} of them placed by the coach" if music.by_coach else ""
        lines.append(f"  {music.mood:9}{length_told(music.hours):>10} {music.songs:6} songs{heard}")
    counts = {
        "missing": ", ".join(report.missing),
        "not heard yet": report.unheard,
        "unsure": report.unsure and f"{report.unsure} songs; say with `library correct SONG MOOD`",
        "no mood music": report.excluded and f"{report.excluded} (books, plays, children's, Christmas)",
        "passed over": report.passed_over and f"{report.passed_over} (too short or too long)",
    }
    lines += [f"{name}: {said}" for name, said in counts.items() if said]
    lines += [f"  ? {one.uri} ({' or '.join(one.likely)})" for one in report.questions]
    lines += [f"failed: {failure.uri}: {failure.reason}" for failure in report.failed]
    return lines


def length_told(hours: float) -> str:
    """How long the music of a mood is, for people: below an hour in minutes."""
    minutes = math.ceil(60 * hours)
    return f"{hours:.1f} h" if minutes >= 60 else f"{minutes} min"


def scan_told(report: Report) -> list[str]:
    """How far the scan is, or why it ended."""
    if report.scan is None:
        return ["no scan yet: `moodbox library scan`"]
    at = f"{report.scan.done} of {report.scan.total} songs"
    if report.is_scanning:
        return [f"scan: {at}{left_told(report.scan.left_s)}"]
    if report.scan.problem:
        return [f"the last scan ended at {at}: {report.scan.problem}"]
    return [f"the last scan heard {at}"]


def left_told(left_s: float | None) -> str:
    """How long the rest will take, for people."""
    if not left_s:
        return ""
    return f", {left_s / 3600:.1f} h left" if left_s >= 5400 else f", {max(1, round(left_s / 60))} min left"
