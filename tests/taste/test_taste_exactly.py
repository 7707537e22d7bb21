"""How much each event teaches, how long it is remembered, and where a limit lies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.files.database import Database
from appliance.protocol.actions import NoteTaste
from appliance.protocol.messages import Song
from appliance.protocol.music_database import FORMS
from appliance.protocol.taste import EVERYBODY, Verdict
from appliance.taste import Taste, ledger, sound
from appliance.taste.desk import LAST_DAY, is_sound
from appliance.taste.ledger import MOST_EVENTS
from appliance.taste.model import NOISE, SONG_VARIANCE, Model, Weights
from appliance.taste.sound import AXES, FEATURES, LEAST, Sound, on_axes
from appliance.taste.taste import MOST_UNWRITTEN, Event, Rest, TakeBack

ADA = Song("a", artist="Ada")


class Ones:
    """Chance that always draws one standard deviation too much."""

    def standard_normal(self, size: int) -> np.ndarray:
        return np.ones(size)


def learnt(*verdicts: bool, weight: float = 1.0, song: Song = ADA, places: Sound | None = None) -> Model:
    model = Model(places or Sound())
    for is_kept in verdicts:
        model.learn(song.uri, song.artist, is_kept, weight, 0)
    return model


def chosen(model: Model, *songs: Song) -> Song:
    """What is chosen by what is known, without luck."""
    return songs[model.choose(songs, 0, Ones(), 0.0)]


# --- one event ---------------------------------------------------------------------------------------------


def test_a_first_song_moves_what_is_least_known_most_and_leaves_the_sound_alone() -> None:
    """Half a surprise; mood, song and artist share it by their variances 1, 1.5, 1.44: 0.5 * 1.5 / 1.985."""
    assert learnt(True).terms("a", "Ada") == pytest.approx(
        {"song": 0.3778, "artist": 0.3627, "sound": 0}, abs=1e-4
    )


def test_each_event_teaches_less_than_the_one_before() -> None:
    songs = [learnt(*[True] * plays).terms("a", "Ada")["song"] for plays in range(5)]
    steps = np.diff(songs)
    assert (steps > 0).all()
    assert (np.diff(steps) < 0).all()
    # Less of a surprise (0.34, for 0.66 was expected), and of a song that is less doubted (1.22 for 1.5).
    assert songs[2] == pytest.approx(0.3778 + 0.2394, abs=1e-3)


def test_a_skip_teaches_as_much_as_a_song_heard_the_other_way() -> None:
    heard, skipped = learnt(True, True).terms("a", "Ada"), learnt(False, False).terms("a", "Ada")
    assert skipped == pytest.approx({term: -amount for term, amount in heard.items()})


def test_a_word_teaches_more_than_a_play_but_less_than_three_plays() -> None:
    """Three plays in one step: the third is no surprise any more."""
    once, word, thrice = learnt(True), learnt(True, weight=3.0), learnt(True, True, True)
    amounts = [model.terms("a", "Ada")["song"] for model in (once, word, thrice)]
    assert amounts == sorted(amounts)
    assert amounts[1] == pytest.approx(0.5 * 3 * 1.5 / (1 + 0.75 * 3.94), abs=1e-4)


def test_what_is_learnt_is_near_what_bayes_rule_says_exactly() -> None:
    """Of a song without an artist: the weights of the mood and of the song, on a grid."""
    model = Model(Sound())
    mood, song = np.meshgrid(*[np.linspace(-6, 6, 241)] * 2)
    likely = np.exp(-(mood**2) / 2 - song**2 / (2 * SONG_VARIANCE))
    for is_kept in [True, True, False, True, True, True]:
        model.learn("a", "", is_kept, 1.0, 0)
        likely *= 1 / (1 + np.exp(-(mood + song) * (1 if is_kept else -1)))
    exact = float((likely * song).sum() / likely.sum())
    assert model.terms("a", "")["song"] == pytest.approx(exact, rel=0.1)


def test_a_sound_on_both_sides_of_the_middle_is_learnt_by_its_side() -> None:
    places = np.zeros((2, AXES))
    places[:, 3] = [2.0, -1.0]
    model = learnt(True, places=Sound(["a", "b"], places))
    assert model.terms("b", "")["sound"] == pytest.approx(-model.terms("a", "")["sound"] / 2)
    assert model.terms("a", "")["sound"] > 0
    assert model.terms("unheard", "")["sound"] == 0


@pytest.mark.parametrize(
    ("verdict", "is_kept", "plays"),
    [
        (Verdict.HEARD, True, 1), (Verdict.SKIPPED, False, 1), (Verdict.AGAIN, True, 1),
        (Verdict.LIKED, True, 3), (Verdict.DISLIKED, False, 3),
    ],
)  # fmt: skip
def test_a_hands_word_counts_as_three_plays(verdict: Verdict, is_kept: bool, plays: float) -> None:
    taste = known()
    taste.note(NoteTaste(verdict, ADA, "sad", EVERYBODY))
    taste.note(NoteTaste(verdict, ADA, "happy", EVERYBODY, weight=0.5))
    for mood, weight in (("sad", plays), ("happy", plays / 2)):
        told = taste._profiles.mood(EVERYBODY, mood).model.terms("a", "Ada")
        assert told == learnt(is_kept, weight=weight).terms("a", "Ada")


def test_the_reason_is_the_artist_where_that_speaks_more_than_ones_own_word() -> None:
    taste = known()
    for number in range(30):
        taste.note(NoteTaste(Verdict.HEARD, Song(f"{number}", artist="Ada"), "sad", EVERYBODY))
    taste.note(NoteTaste(Verdict.LIKED, ADA, "sad", EVERYBODY))
    why = taste.choose(EVERYBODY, "sad", [ADA])[1]
    assert (why.term, why.finished, why.of) == ("artist", 30, 30)
    taste.note(NoteTaste(Verdict.LIKED, Song("b"), "sad", EVERYBODY))
    assert taste.choose(EVERYBODY, "sad", [Song("b")])[1].term == "liked"


# --- a choice ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_song_without_an_artist_stands_neither_above_nor_below_one_with(is_kept: bool) -> None:
    model = learnt(is_kept)
    new, nobody = Song("new", artist="Ada"), Song("nobody")
    assert chosen(model, new, nobody) == chosen(model, nobody, new) == (new if is_kept else nobody)


@pytest.mark.parametrize("is_kept", [True, False])
def test_where_others_have_opinions_a_song_without_one_is_in_the_middle(is_kept: bool) -> None:
    model = Model(Sound(), {"elsewhere": 1.0})
    model.learn("a", "", is_kept, 1.0, 0)
    assert chosen(model, Song("a"), Song("new")).uri == ("a" if is_kept else "new")
    assert chosen(model, Song("new"), Song("a")).uri == ("a" if is_kept else "new")


def test_an_opinion_that_was_learnt_upon_counts_once() -> None:
    model = Model(Sound(), {"a": 1.0})
    model.learn("a", "", False, 1.0, 0)
    model.learn("b", "", True, 1.0, 0)
    model.learn("b", "", True, 1.0, 0)
    below = model.terms("a", "")["song"] < model.terms("b", "")["song"]
    assert chosen(model, Song("a"), Song("b")).uri == ("b" if below else "a")


@pytest.mark.parametrize("day", [3, 100, 145, 400])
def test_a_choice_doubts_a_weight_as_much_as_what_is_learnt_of_it_then(day: float) -> None:
    table = Weights(SONG_VARIANCE)
    for number, variance in enumerate((0.5, 1.2, 1.5)):
        table.move(table.row(f"{number}"), number - 1.0, variance, 100)
    drawn = table.drawn(np.array([3, 1, 0]), day, Ones(), NOISE)
    spread = [table.variance(row, day) ** 0.5 for row in (3, 1, 0)]
    assert drawn == pytest.approx(np.array([1.0, -1.0, 0.0]) + NOISE * np.array(spread))
    assert spread[2] ** 2 == pytest.approx(SONG_VARIANCE)  # row 0 is what nobody knows


# --- the axes of sound -------------------------------------------------------------------------------------


def test_the_first_axis_is_what_tells_songs_apart_most_and_each_has_one_measure() -> None:
    draw = np.random.default_rng(3)
    hidden = draw.uniform(-1, 1, (300, AXES + 2))
    hidden = np.linalg.qr(hidden - hidden.mean(axis=0))[0]  # no two of them say the same
    features = np.zeros((300, FEATURES))
    taken = 0
    for axis, width in enumerate((20, 16, 13, 10, 8, 7, 5, 5)):  # as many features as speak of each
        features[:, taken : taken + width] = hidden[:, [axis]] * draw.uniform(0.1, 50, width)
        taken += width
    places = on_axes(features + draw.uniform(-100, 100, FEATURES))  # wherever the middle of each may lie
    assert np.std(places, axis=0) == pytest.approx(np.ones(AXES), abs=0.02)
    for axis in range(AXES):
        assert abs(np.corrcoef(places[:, axis], hidden[:, axis])[0, 1]) > 0.95, axis


def test_a_song_is_found_at_its_place_and_an_unheard_one_in_the_middle() -> None:
    rows = np.arange(2.0 * AXES).reshape(2, AXES)
    found = Sound(["a", "b"], rows)
    assert found.place("a") == rows[0].tolist()
    assert found.place("b") == rows[1].tolist()
    assert list(found.place("c")) == [0.0] * AXES
    assert found.places(["b", "c", "a"]).tolist() == [rows[1].tolist(), [0.0] * AXES, rows[0].tolist()]
    assert found
    assert not Sound()
    assert Sound().places(["c"]).tolist() == [[0.0] * AXES]


@pytest.mark.parametrize(("heard", "has_axes"), [(LEAST - 1, False), (LEAST, True)])
def test_of_few_songs_no_axes_are_laid(tmp_path: Path, heard: int, has_axes: bool) -> None:
    """A dozen; and what the coach of another release has heard less, or more, of counts as far as it goes."""
    assert LEAST == 12
    draw = np.random.default_rng(1)
    with Database(tmp_path / "music.db", FORMS) as database:
        with database.writing() as connection:
            for number in range(heard):
                features = draw.normal(size=FEATURES + number).astype(np.float16)
                connection.execute("INSERT INTO sound VALUES (?, ?)", (f"{number}", features.tobytes()))
            for name, length in (("short", FEATURES - 1), ("odd", FEATURES)):
                features = np.full(length, np.inf if name == "odd" else 1.0, np.float16)
                connection.execute("INSERT INTO sound VALUES (?, ?)", (name, features.tobytes()))
        assert bool(sound.read(database)) is has_axes


# --- limits ------------------------------------------------------------------------------------------------


def known(day: int | None = 20_000) -> Taste:
    """A taste that has read that there was nothing."""
    taste = Taste(lambda: day, np.random.default_rng(1))
    taste.lay_in([], Sound(), {})
    return taste


def event(uri: str = "a", verdict: Verdict = Verdict.HEARD, day: int | None = 20_000) -> Event:
    return Event(verdict, EVERYBODY, "sad", uri, "", 1.0, day)


def test_of_more_than_ten_thousand_events_that_wait_for_a_disk_the_oldest_go() -> None:
    taste = known()
    taste.is_ready = False  # else each would be learnt, which takes a while
    for number in range(MOST_UNWRITTEN + 2):
        taste.note(NoteTaste(Verdict.HEARD, Song(f"{number}"), "sad", EVERYBODY))
    waiting = taste.take()
    assert len(waiting) == MOST_UNWRITTEN == 10_000
    assert isinstance(waiting[0], Event)
    assert waiting[0].uri == "2"
    assert taste.take() == []
    taste.note(NoteTaste(Verdict.HEARD, Song("newest"), "sad", EVERYBODY))
    taste.put_back(waiting)
    assert [each.uri for each in taste.take() if isinstance(each, Event)][-2:] == ["10001", "newest"]


def test_what_is_noted_while_the_store_is_read_counts_from_then_on() -> None:
    taste, margins = Taste(lambda: 20_000, np.random.default_rng(1)), (0.5,) * 6
    taste.note(NoteTaste(Verdict.DISLIKED, ADA, "sad", EVERYBODY))
    taste.keep_rest("Ann", margins)
    taste.take_back("Bo")  # which is for the store
    taste.lay_in([], Sound(), {})
    assert taste.resting(EVERYBODY) == {"a"}
    assert taste.face_at_rest("Ann") == margins


def test_only_what_was_merely_heard_may_wait_for_its_ten_minutes() -> None:
    taste = known()
    assert not taste.has_word
    taste.note(NoteTaste(Verdict.HEARD, ADA, "sad", EVERYBODY))
    assert not taste.has_word
    taste.keep_rest("Ann", None)
    assert taste.has_word


def test_a_rest_ends_after_ninety_days_by_the_newest_day_where_none_is_known() -> None:
    for days, is_resting in ((89, True), (90, False)):
        taste = known(day=None)
        taste.lay_in(
            [event("a", Verdict.DISLIKED), event("b", day=20_000 + days), event("c", day=5)], Sound(), {}
        )
        assert (taste.resting(EVERYBODY) == {"a"}) is is_resting
        assert taste.never(EVERYBODY) == set()


def test_a_dislike_of_an_unknown_day_rests() -> None:
    taste = known()
    taste.lay_in([event("a", Verdict.DISLIKED, day=None)], Sound(), {})
    assert taste.resting(EVERYBODY) == {"a"}


def test_of_more_than_a_hundred_thousand_events_the_oldest_are_let_go(tmp_path: Path) -> None:
    with Database(tmp_path / "music.db", FORMS) as database:
        ledger.write(database, [event()])
        with database.writing() as connection:
            connection.execute(
                "WITH RECURSIVE counted(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM counted WHERE n < ?) "
                "INSERT INTO event (id, day, person, mood, song, verdict, weight) "
                "SELECT n, day, person, mood, song, verdict, weight FROM event, counted WHERE id = 1",
                (MOST_EVENTS + 2,),
            )
        for _ in range(2):
            ledger.prune(database)
            assert database.read("SELECT min(id), count(*) FROM event") == [(3, 100_000)]
        ledger.write(database, [event(), event()])
        ledger.prune(database)
        assert database.read("SELECT min(id), count(*) FROM event") == [(5, 100_000)]


def test_a_day_that_nobody_knew_or_that_is_to_come_is_healed_and_tomorrow_is_a_time_zone(
    tmp_path: Path,
) -> None:
    days = [None, 3, 20_000, 20_001, 20_002]
    with Database(tmp_path / "music.db", FORMS) as database:
        ledger.write(database, [event(f"{number}", day=day) for number, day in enumerate(days)])
        ledger.heal_days(database, 20_000)
        assert [each.day for each in ledger.read(database)] == [20_000, 3, 20_000, 20_001, 20_000]


def export(**changed: Any) -> bytes:
    one = {
        "verdict": "heard",
        "person": "Ann",
        "mood": "sad",
        "uri": "a",
        "artist": "",
        "weight": 1.0,
        "day": 3,
    }
    return json.dumps({"moodbox_taste": 1, "events": [one | changed]}).encode()


@pytest.mark.parametrize(
    "changed",
    [{"weight": 0}, {"weight": 0.5}, {"weight": 1}, {"day": None}, {"day": 0}, {"day": LAST_DAY - 1}],
)  # fmt: skip
def test_an_event_at_its_limits_is_put_back(changed: dict[str, Any]) -> None:
    assert is_sound(export(**changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"weight": -0.01}, {"weight": 1.01}, {"weight": float("nan")}, {"weight": "much"}, {"weight": None},
        {"day": -1}, {"day": LAST_DAY}, {"day": 0.5}, {"day": "1"},
        {"person": ""}, {"uri": ""}, {"person": 7}, {"mood": None}, {"verdict": "hated"}, {"more": 1},
    ],
)  # fmt: skip
def test_an_event_that_makes_no_sense_is_not_put_back(changed: dict[str, Any]) -> None:
    assert not is_sound(export(**changed))


def test_a_face_that_is_kept_anew_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    margins = (0.5,) * 6
    with Database(tmp_path / "music.db", FORMS) as database:
        ledger.write(database, [Rest("Ann", margins, 1), Rest("Bo", margins, 2)], "net")
        ledger.write(database, [Rest("Ann", None, 3)], "net")
        assert [(each.person, each.day, each.network) for each in ledger.rests(database)] == [
            ("Bo", 2, "net")
        ]


def test_of_whom_all_is_forgotten_every_event_and_the_face_are_counted(tmp_path: Path) -> None:
    with Database(tmp_path / "music.db", FORMS) as database:
        ledger.write(database, [event()._replace(person="Ann"), event(), Rest("Ann", (0.5,) * 6, 1)])
        assert ledger.forget(database, person="Ann") == 2
        assert ledger.forget(database, person="Ann") == 0
        assert ledger.forget(database) == 1


def test_only_a_word_that_is_taken_back_has_all_be_learnt_anew(tmp_path: Path) -> None:
    """Which takes a while, after years of music."""
    with Database(tmp_path / "music.db", FORMS) as database:
        assert not ledger.write(database, [event(verdict=Verdict.LIKED), Rest("Ann", (0.5,) * 6, 1)])
        assert not ledger.write(database, [TakeBack("Ann")])  # who had said nothing
        assert ledger.write(database, [TakeBack(EVERYBODY), event()])
