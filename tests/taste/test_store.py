"""What people like is kept in music.db, whatever state that is in, and can be looked at and forgotten."""

from __future__ import annotations

import json
import random
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from waiting import until

from appliance.brain.music import Chooser
from appliance.errors import MoodboxError
from appliance.files.database import Database
from appliance.protocol.actions import NoteTaste
from appliance.protocol.messages import LibraryChanged, PartChanged, Song
from appliance.protocol.music_database import FORMS
from appliance.protocol.rest import FELT
from appliance.protocol.taste import EVERYBODY, Verdict
from appliance.taste import Store, Taste, ledger
from appliance.taste.store import AGAIN_S, HEARD_S, LOOK_S, put_back
from appliance.taste.taste import REST_DAYS

A, B, C = (Song(f"{artist}/1", artist=artist, duration_s=200.0) for artist in ("Ada", "Bo", "Cy"))


class Home:
    """A box's taste, and the time, which the test tells."""

    def __init__(self, path: Path) -> None:
        self.path, self.day, self.now = path, 20_000, 100.0
        self.knows_day = True
        self.told: list[str | None] = []
        self.marked: dict[str, Verdict | None] = {}
        self.begin()

    def begin(self) -> None:
        """The box begins anew."""
        self.taste = Taste(self.today, np.random.default_rng(1))
        self.store = Store(
            self.path, self.taste, lambda part: self.told.append(part.reason), self.today, self.marked.update
        )

    def today(self) -> int | None:
        return self.day if self.knows_day else None

    def note(self, verdict: Verdict, song: Song, person: str = EVERYBODY, mood: str = "sad") -> None:
        self.taste.note(NoteTaste(verdict, song, mood, person))

    def turn(self, after_s: float = LOOK_S, is_last: bool = False) -> None:
        self.now += after_s
        self.store.turn(self.now, is_last)

    def restart(self) -> None:
        self.turn(is_last=True)
        self.store.close()
        self.begin()
        self.turn()

    def wait_days(self, days: int) -> None:
        self.day += days
        self.turn()

    def events(self) -> list[dict[str, Any]]:
        with Database(self.path, FORMS) as database:
            return [*ledger.export(database)["events"]]

    def why(self, song: Song, person: str = EVERYBODY) -> str:
        return self.taste.choose(person, "sad", [song])[1].term


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "music.db")
    home.turn()
    yield home
    home.store._drop()


def test_what_was_learnt_is_known_after_a_restart(home: Home) -> None:
    for _ in range(8):
        home.note(Verdict.HEARD, A)
    home.note(Verdict.SKIPPED, A)
    home.restart()
    assert home.told in ([], [None])
    _, preference = home.taste.choose(EVERYBODY, "sad", [A])
    assert (preference.term, preference.finished, preference.of) == ("song", 8, 9)
    assert {home.taste.choose(EVERYBODY, "sad", [A, B, C])[0] for _ in range(20)} == {A}


def test_moods_and_persons_are_apart(home: Home) -> None:
    for _ in range(8):
        home.note(Verdict.HEARD, A, "Ann")
    assert home.why(A, "Ann") == "song"
    assert home.why(A) == "new"
    assert home.taste.choose("Ann", "happy", [A])[1].term == "new"


def test_a_hands_word_is_written_at_once_and_what_was_heard_every_ten_minutes(home: Home) -> None:
    home.note(Verdict.HEARD, A)
    home.turn()
    assert home.events() == []
    home.turn(HEARD_S)
    assert len(home.events()) == 1
    home.note(Verdict.SKIPPED, B)
    home.turn()
    assert [event["verdict"] for event in home.events()] == ["heard", "skipped"]


def test_what_waits_is_written_when_the_box_ends(home: Home) -> None:
    home.note(Verdict.HEARD, A)
    home.turn(is_last=True)
    assert len(home.events()) == 1


# --- disliked ----------------------------------------------------------------------------------------------


def test_a_dislike_rests_for_ninety_days_and_a_second_is_for_ever(home: Home) -> None:
    home.note(Verdict.DISLIKED, A)
    assert home.taste.resting(EVERYBODY) == {A.uri}
    home.wait_days(int(REST_DAYS) - 1)
    assert home.taste.resting(EVERYBODY) == {A.uri}
    home.wait_days(1)
    assert home.taste.resting(EVERYBODY) == set()
    home.note(Verdict.DISLIKED, A)
    home.restart()
    home.wait_days(5000)
    assert home.taste.never(EVERYBODY) == {A.uri}
    assert home.taste.never("Ann") == set()


def test_each_dislike_can_be_taken_back(home: Home) -> None:
    home.note(Verdict.DISLIKED, A)
    home.note(Verdict.DISLIKED, A)
    home.turn()
    home.taste.take_back(EVERYBODY)
    home.turn()
    assert home.taste.never(EVERYBODY) == set()
    assert home.taste.resting(EVERYBODY) == {A.uri}
    assert home.marked == {A.uri: Verdict.DISLIKED}
    home.taste.take_back(EVERYBODY)
    home.turn()
    assert home.taste.resting(EVERYBODY) == set()
    assert home.marked == {A.uri: None}
    home.taste.take_back(EVERYBODY)  # there is nothing more
    home.turn()
    assert home.events() == []


def test_a_word_that_is_taken_back_before_it_was_written_is_none(home: Home) -> None:
    home.note(Verdict.HEARD, A)
    home.note(Verdict.SKIPPED, B)
    home.taste.take_back(EVERYBODY)
    home.turn()
    assert [event["verdict"] for event in home.events()] == ["heard"]
    assert home.why(B) == "new"


def test_one_takes_back_ones_own_word_alone(home: Home) -> None:
    home.note(Verdict.DISLIKED, A, "Ann")
    home.note(Verdict.LIKED, A)
    home.taste.take_back("Ann")
    home.turn()
    assert [event["verdict"] for event in home.events()] == ["liked"]
    assert home.marked == {A.uri: Verdict.LIKED}


def test_a_like_forgives_dislikes(home: Home) -> None:
    for verdict in (Verdict.DISLIKED, Verdict.DISLIKED, Verdict.LIKED):
        home.note(verdict, A)
    assert home.taste.never(EVERYBODY) == home.taste.resting(EVERYBODY) == set()
    home.note(Verdict.LIKED, B)
    assert home.why(B) == "liked"
    home.note(Verdict.DISLIKED, A)
    assert home.taste.resting(EVERYBODY) == {A.uri}
    home.note(Verdict.DISLIKED, A)
    assert home.taste.never(EVERYBODY) == {A.uri}


# --- the clock ---------------------------------------------------------------------------------------------


def test_a_box_that_does_not_know_the_day_notes_none_and_adds_it_later(home: Home) -> None:
    home.knows_day = False
    home.note(Verdict.DISLIKED, A)
    home.turn()
    assert [event["day"] for event in home.events()] == [None]
    assert home.taste.resting(EVERYBODY) == {A.uri}
    home.knows_day = True
    home.turn()
    assert [event["day"] for event in home.events()] == [home.day]
    home.wait_days(int(REST_DAYS))
    assert home.taste.resting(EVERYBODY) == set()


def test_a_clock_that_was_years_ahead_rests_no_song_for_years(home: Home) -> None:
    home.day += 10_000
    home.note(Verdict.DISLIKED, A)
    home.turn()
    home.day -= 10_000
    home.turn()
    home.wait_days(int(REST_DAYS))
    assert home.taste.resting(EVERYBODY) == set()


def test_without_a_clock_a_rest_goes_on_where_it_was(home: Home) -> None:
    home.note(Verdict.DISLIKED, A)
    home.wait_days(30)
    home.knows_day = False
    home.restart()
    assert home.taste.resting(EVERYBODY) == {A.uri}


# --- a database that cannot be used ------------------------------------------------------------------------


def damaged(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + b"no database at all, though as long as one" * 500)


def newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def away(path: Path) -> None:
    shutil.rmtree(path.parent)


@pytest.mark.parametrize("harm", [newer, away])
def test_the_box_shuffles_and_says_why_where_the_database_cannot_be_used(tmp_path: Path, harm: Any) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    path = folder / "music.db"
    Database(path, FORMS).close()
    harm(path)
    home = Home(path)
    home.turn()
    assert not home.taste.is_ready
    assert home.told
    assert (home.told[-1] or "").count(str(path)) == 1
    chooser = Chooser(random.Random(1), taste=home.taste)
    chooser.stock(LibraryChanged({"sad": (A, B, C)}, (A, B, C)))
    heard = set()
    for _ in range(3):
        pick = chooser.pick("sad", "You look sad")
        assert pick
        assert pick.why == "You look sad"
        chooser.note_played(pick)
        heard.add(pick.song)
    assert heard == {A, B, C}


def test_a_damaged_database_is_laid_aside_and_told(tmp_path: Path) -> None:
    path = tmp_path / "music.db"
    damaged(path)
    home = Home(path)
    home.turn()
    assert home.taste.is_ready
    assert "damaged" in (home.told[-1] or "")
    assert (tmp_path / "music.db.damaged").exists()
    home.store._drop()


def test_a_disk_that_is_full_costs_nothing_once_it_has_room(home: Home) -> None:
    home.note(Verdict.DISLIKED, A)
    with sqlite3.connect(home.path) as other:
        home.turn()
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.close()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    home.note(Verdict.DISLIKED, B)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
        home.turn()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert home.told[-1]
    assert home.taste.resting(EVERYBODY) == {A.uri, B.uri}  # known, if not kept
    home.turn(AGAIN_S)
    assert home.told[-1] is None
    assert [event["uri"] for event in home.events()] == [A.uri, B.uri]


def test_a_database_that_is_taken_away_meanwhile_is_begun_anew(home: Home) -> None:
    home.note(Verdict.DISLIKED, A)
    home.turn()
    for file in home.path.parent.glob("music.db*"):
        file.unlink()
    home.turn()
    assert home.taste.resting(EVERYBODY) == set()
    home.note(Verdict.DISLIKED, B)
    home.turn()
    assert [event["uri"] for event in home.events()] == [B.uri]


def test_a_database_that_is_put_in_its_place_counts_and_what_waits_goes_into_it(home: Home) -> None:
    home.note(Verdict.DISLIKED, A)
    home.turn()
    other = Home(home.path.with_name("other.db"))
    other.note(Verdict.DISLIKED, C)
    other.turn(is_last=True)
    other.store._drop()
    other.path.replace(home.path)
    home.note(Verdict.DISLIKED, B)
    home.turn()
    assert home.taste.resting(EVERYBODY) == {B.uri, C.uri}
    assert {event["uri"] for event in home.events()} == {B.uri, C.uri}


# --- looking, exporting, forgetting ------------------------------------------------------------------------


def taught(home: Home) -> None:
    for _ in range(3):
        home.note(Verdict.HEARD, A)
    home.note(Verdict.SKIPPED, A)
    home.note(Verdict.LIKED, A)
    home.note(Verdict.DISLIKED, B, "Ann")
    home.turn()


def test_it_can_be_looked_at(home: Home) -> None:
    taught(home)
    with Database(home.path, FORMS) as database:
        people = ledger.show(database)["people"]
    assert people["everybody"] == {
        "events": 5,
        "since_day": home.day,
        "artists": [{"artist": "Ada", "mood": "sad", "finished": 3, "of": 4}],
        "songs": [{"uri": A.uri, "said": "liked"}],
    }
    assert people["Ann"]["songs"] == [{"uri": B.uri, "said": "disliked"}]


def test_everything_can_be_exported(home: Home) -> None:
    taught(home)
    with Database(home.path, FORMS) as database:
        exported = json.loads(json.dumps(ledger.export(database)))
    assert len(exported["events"]) == 6
    assert exported["events"][0] == {
        "verdict": "heard", "person": "everybody", "mood": "sad", "uri": A.uri, "artist": "Ada",
        "weight": 1.0, "day": home.day,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("what", "count", "left"),
    [({"uri": A.uri}, 5, {B.uri}), ({"person": "Ann"}, 1, {A.uri}), ({}, 6, set())],
    ids=["a song", "a person", "all"],
)
def test_what_is_forgotten_by_another_process_leaves_no_trace(
    home: Home, what: dict[str, str], count: int, left: set[str]
) -> None:
    taught(home)
    with Database(home.path, FORMS) as database:  # as the command line does beside the service
        assert ledger.forget(database, **what) == count
    home.turn()
    assert {event["uri"] for event in home.events()} == left
    assert home.why(A) == ("liked" if A.uri in left else "new")
    assert (B.uri in home.taste.resting("Ann")) is (B.uri in left)
    gone = {A.uri, B.uri} - left
    assert {uri for uri, said in home.marked.items() if said is None} == gone
    files = b"".join(file.read_bytes() for file in home.path.parent.glob("music.db*"))
    assert all(trace.encode() not in files for trace in (what or {"": "disliked"}).values())


@pytest.mark.parametrize(
    ("what", "left"),
    [
        ({"uri": A.uri}, {("everybody", B.uri), ("Ann", B.uri)}),
        ({"person": "Ann"}, {("everybody", A.uri), ("everybody", B.uri)}),
        ({}, set()),
    ],
    ids=["a song", "a person", "all"],
)
def test_what_still_waits_is_forgotten_where_it_is_named_and_nothing_else(
    home: Home, what: dict[str, str], left: set[tuple[str, str]]
) -> None:
    for person in (EVERYBODY, "Ann"):
        for song in (A, B):
            home.note(Verdict.HEARD, song, person)
    home.turn()
    assert home.events() == []  # it waits for its ten minutes
    home.taste.keep_rest("Tim", (0.5,) * len(FELT))
    with Database(home.path, FORMS) as database:
        ledger.forget(database, **what)
    home.turn()
    home.turn(HEARD_S)
    assert {(event["person"], event["uri"]) for event in home.events()} == left
    for person, song in ((EVERYBODY, A), (EVERYBODY, B), ("Ann", A), ("Ann", B)):
        assert home.why(song, person) == ("song" if (person, song.uri) in left else "new")
    assert (home.taste.face_at_rest("Tim") is not None) is bool(what)


def test_what_waits_for_a_disk_that_was_full_does_not_bring_back_what_was_forgotten(home: Home) -> None:
    home.note(Verdict.DISLIKED, A, "Ann")
    home.note(Verdict.DISLIKED, A)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
        home.turn()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    with Database(home.path, FORMS) as database:
        ledger.forget(database, person="Ann")
    home.turn(AGAIN_S)
    assert [event["person"] for event in home.events()] == [EVERYBODY]
    assert home.taste.resting("Ann") == set()


# --- what other programs say -------------------------------------------------------------------------------


def test_what_other_programs_say_is_a_first_opinion_and_no_more(home: Home) -> None:
    home.store.hear_foreign({A.uri: -1.0, B.uri: 1.0})
    home.turn()
    assert {home.taste.choose(EVERYBODY, "sad", [A, B])[0] for _ in range(20)} == {B}
    home.note(Verdict.DISLIKED, B)
    home.store.hear_foreign({A.uri: -1.0, B.uri: 1.0, C.uri: 0.0})  # B's is our own mirror, or outdated
    home.turn()
    assert {home.taste.choose(EVERYBODY, "sad", [B, C])[0] for _ in range(20)} == {C}


def test_the_boxs_own_mirror_of_what_is_forgotten_is_no_opinion_of_anybodys(home: Home) -> None:
    home.note(Verdict.LIKED, A)
    home.note(Verdict.LIKED, B)
    home.store.hear_foreign({A.uri: 1.0, B.uri: 1.0})  # as MPD tells of the box's own stickers
    home.turn()
    home.taste.take_back(EVERYBODY)
    home.turn()
    assert home.marked == {B.uri: None}
    with Database(home.path, FORMS) as database:
        ledger.forget(database)
    home.turn()
    assert home.marked == {A.uri: None, B.uri: None}
    assert {home.taste.choose(EVERYBODY, "sad", [A, B, C])[0] for _ in range(60)} == {A, B, C}


def test_the_axes_of_sound_are_of_what_the_coach_has_heard(home: Home) -> None:
    draw = np.random.default_rng(1)
    with Database(home.path, FORMS) as database, database.writing() as connection:
        for number in range(30):
            heard = draw.normal(size=84).astype(np.float16)
            heard[:40] += 5.0 * (number % 2)
            connection.execute("INSERT INTO sound VALUES (?, ?)", (f"{number}", heard.tobytes()))
        connection.execute("INSERT INTO sound VALUES ('torn', x'00')")
    home.wait_days(1)
    for number in range(0, 20, 2):
        home.note(Verdict.HEARD, Song(f"{number}"))
        home.note(Verdict.SKIPPED, Song(f"{number + 1}"))
    chosen, preference = home.taste.choose(EVERYBODY, "sad", [Song(f"{number}") for number in range(20, 30)])
    assert int(chosen.uri) % 2 == 0
    assert preference.term == "sound"


def test_its_thread_reads_what_is_known_and_writes_the_rest_before_it_ends(tmp_path: Path) -> None:
    home = Home(tmp_path / "music.db")
    home.store.start()
    until(lambda: home.taste.is_ready)
    home.note(Verdict.HEARD, A)
    home.store.close()
    assert not home.store._thread.is_alive()
    assert [event["uri"] for event in home.events()] == [A.uri]


def test_what_a_backup_has_put_back_but_is_no_taste_is_told_and_stays(home: Home) -> None:
    home.store._drop()
    put_back(home.path).write_bytes(b"{")
    home.turn()
    assert str(home.path) in (home.told[-1] or "")
    assert put_back(home.path).exists()


def test_what_no_inbox_took_is_told_by_the_next_turn(tmp_path: Path) -> None:
    told: list[str | None] = []
    flood = [False]

    def tell(part: PartChanged) -> None:
        if flood[0]:
            raise MoodboxError("too many events")
        told.append(part.reason)

    folder = tmp_path / "state"
    store = Store(folder / "music.db", Taste(lambda: 1), tell, lambda: 1)
    for number in range(4):
        if number == 2:
            folder.mkdir()
        flood[0] = number in (0, 2)
        store.turn(100.0 + number * AGAIN_S)
        assert len(told) == (number + 1) // 2
    assert [bool(reason) for reason in told] == [True, False]
    store._drop()


def test_a_part_that_is_told_is_the_taste(tmp_path: Path) -> None:
    told: list[PartChanged] = []
    store = Store(tmp_path / "gone" / "music.db", Taste(lambda: 1), told.append, lambda: 1)
    store.turn(100.0)
    assert [part.part for part in told] == ["taste"]
