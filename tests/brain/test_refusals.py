"""What failed lately is held back for a term, and how long the tries wait: to the letter."""

from __future__ import annotations

import pytest

from appliance.brain.refusals import Failures, Refusals
from appliance.protocol.messages import Song


def failing(count: int, *, is_new: bool = True) -> Failures:
    """So many songs have failed in a row, each for the first time, or all but the first once more."""
    failures = Failures()
    for number in range(count):
        failures.add(f"{number}" if is_new else "0", "sad", own_fault=True, now=0.0)
    return failures


def test_three_tries_follow_at_once_and_then_each_waits_twice_as_long_up_to_four_seconds() -> None:
    pauses = [failing(count).pause_s() for count in range(9)]
    assert pauses == [0.0, 0.0, 0.0, 1.0, 2.0, 4.0, 4.0, 4.0, 4.0]


def test_where_the_same_songs_fail_again_the_pause_grows_to_half_a_minute() -> None:
    pauses = [failing(count, is_new=False).pause_s() for count in (2, 3, 4, 5, 6, 7, 8, 9, 5000)]
    assert pauses == [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


def test_from_the_fifth_failure_in_a_row_on_a_mood_itself_is_held_back() -> None:
    for count, held in ((4, set()), (5, {"sad"}), (6, {"sad"})):
        failures = failing(count)
        assert failures.is_long is bool(held)
        assert failures.sources.held(0.0) == held


def test_a_new_row_counts_from_nothing_and_what_failed_stays_held() -> None:
    failures = failing(6)
    failures.begin_row()
    assert (failures.in_a_row, failures.is_long, failures.pause_s()) == (0, False, 0.0)
    assert not failures.tried
    assert failures.songs.held(0.0) == {*"012345"}
    failures.forgive()
    assert failures.songs.held(0.0) == failures.sources.held(0.0) == set()


@pytest.mark.parametrize(
    ("own", "terms"),
    [(True, [60.0, 120.0, 240.0, 480.0]), (False, [10.0, 20.0, 40.0, 80.0])],
    ids=["its own fault", "a passing one"],
)
def test_each_term_is_twice_the_one_before_also_after_pardon_and_a_song_that_was_heard_begins_anew(
    own: bool, terms: list[float]
) -> None:
    refusals = Refusals()
    for term in terms:
        refusals.add("a", own, now=1000.0)
        assert refusals.held(1000.0 + term - 0.1) == {"a"}
        assert refusals.held(1000.0 + term) == set()
        refusals.lift()
        assert not refusals.hold("a", 1000.0)
    refusals.forget("a")
    refusals.add("a", own, now=1000.0)
    assert (refusals.hold("a", 999.9 + terms[0]), refusals.hold("a", 1000.0 + terms[0])) == (True, False)
    assert refusals.times == {"a": 1}


@pytest.mark.parametrize(("own", "longest_s"), [(True, 86400.0), (False, 600.0)])
def test_no_term_is_longer_than_a_day_and_a_passing_one_than_ten_minutes(own: bool, longest_s: float) -> None:
    refusals = Refusals()
    for _ in range(40):
        refusals.add("a", own, now=0.0)
    assert (refusals.hold("a", longest_s - 0.1), refusals.hold("a", longest_s)) == (True, False)


def test_of_songs_those_come_first_that_never_failed_and_then_those_that_failed_least() -> None:
    one, two, three = songs = [Song("1"), Song("2"), Song("3")]
    failures = Failures()
    for uri in ("1", "2", "2"):
        failures.add(uri, "sad", own_fault=True, now=0.0)
    assert failures.least(songs) == [three]
    assert failures.least([one, two]) == [one]
    failures.add("1", "sad", own_fault=True, now=0.0)
    assert failures.least([one, two]) == [one, two]
    assert failures.least([]) == []


def test_whose_songs_failed_least_has_the_turn_then_who_had_fewest_and_then_who_is_nearest() -> None:
    failures = Failures()
    a, b = [Song("a")], [Song("b")]
    assert failures.turn({"sad": [], "fear": a, "happy": b}) == "fear"
    failures.add("c", "fear", own_fault=True, now=0.0)
    assert failures.turn({"fear": a, "happy": b}) == "happy"
    failures.add("b", None, own_fault=True, now=0.0)  # a hand had gone back to it: nobody's turn
    assert failures.turn({"fear": a, "happy": b}) == "fear"
    assert failures.turn({"sad": []}) is None


def test_the_song_that_was_heard_last_is_the_proof_of_its_mood_until_it_fails() -> None:
    failures = Failures()
    failures.forget(Song("a"), "sad")
    failures.forget(Song("b"), "happy")
    assert failures.proven == {"sad": Song("a"), "happy": Song("b")}
    failures.add("a", "sad", own_fault=True, now=0.0)
    assert failures.proven == {"happy": Song("b")}
    failures.add("c", "sad", own_fault=True, now=0.0)
    assert failures.proven == {"happy": Song("b")}
