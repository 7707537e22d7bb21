"""Readings over time become a mood."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.brain.mood import REACTIONS, MoodTracker
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import AWAY, UNSURE, Box, CameraGone, Look, Nobody, Reading


def face(emotion: str, at: float, share: float = 0.9) -> Reading:
    rest = (1 - share) / (len(EMOTIONS) - 1)
    return Reading(tuple(share if name == emotion else rest for name in EMOTIONS), Box(0, 0, 9, 9), at)


def looks(
    emotion: str, start: float, end: float, per_s: float = 10.0, share: float = 0.9
) -> Iterator[Reading]:
    count = round((end - start) * per_s)
    return (face(emotion, start + index / per_s, share) for index in range(count))


def tracker(reaction: str = "steady", away_after_s: float = 20.0) -> MoodTracker:
    return MoodTracker(REACTIONS[reaction], away_after_s, now=0.0)


def feed(mood: MoodTracker, *streams: Iterator[Reading] | list[Look]) -> str:
    for stream in streams:
        for look in stream:
            mood.see(look)
    return mood.mood.name


def test_it_begins_unsure() -> None:
    assert tracker().mood.name == UNSURE


def test_a_face_that_stays_happy_makes_a_happy_mood() -> None:
    assert feed(tracker(), looks("happy", 0, 3)) == "happy"


def test_instant_believes_the_first_look() -> None:
    assert feed(tracker("instant"), [face("sad", 0.1)]) == "sad"


def test_a_mood_needs_its_dwell() -> None:
    mood = tracker()
    assert feed(mood, looks("happy", 0, 0.9)) == UNSURE
    assert feed(mood, looks("happy", 0.9, 1.3)) == "happy"


def test_a_short_grimace_changes_nothing() -> None:
    assert feed(tracker(), looks("happy", 0, 5), looks("angry", 5, 5.6), looks("happy", 5.6, 8)) == "happy"


def test_a_glance_away_changes_nothing() -> None:
    mood = tracker()
    feed(mood, looks("happy", 0, 5), [Nobody(5 + tenth / 10) for tenth in range(30)])
    assert mood.mood.name == "happy"


def test_between_the_thresholds_a_mood_stays_but_does_not_begin() -> None:
    assert feed(tracker(), looks("happy", 0, 5, share=0.42)) == UNSURE
    assert feed(tracker(), looks("happy", 0, 5), looks("happy", 5, 15, share=0.42)) == "happy"


def test_below_both_thresholds_it_is_unsure() -> None:
    assert feed(tracker(), looks("happy", 0, 5), looks("happy", 5, 15, share=0.2)) == UNSURE


@pytest.mark.parametrize("reaction", REACTIONS)
def test_a_slow_and_a_fast_board_come_to_the_same_mood_at_the_same_time(reaction: str) -> None:
    changed_at = []
    for per_s in (3, 30):
        mood = tracker(reaction)
        feed(mood, looks("neutral", 0, 40, per_s), looks("happy", 40, 90, per_s))
        assert mood.mood.name == "happy"
        changed_at.append(mood.mood.since)
    assert changed_at[0] == pytest.approx(changed_at[1], abs=1.0)


def test_slow_takes_longer_than_steady() -> None:
    story = (looks("neutral", 0, 60), looks("happy", 60, 70))
    assert feed(tracker("slow"), *story) == "neutral"


def test_nobody_for_long_is_away_never_neutral() -> None:
    mood = tracker(away_after_s=20)
    feed(mood, looks("happy", 0, 5))
    mood.see(Nobody(6.0))
    assert mood.see(Nobody(25.9)).name == "happy"
    assert mood.see(Nobody(26.0)).name == AWAY
    assert mood.mood.probabilities == ()


def test_a_face_within_the_time_starts_the_absence_anew() -> None:
    mood = tracker(away_after_s=20)
    feed(mood, [Nobody(0.0)], looks("happy", 15, 16.5), [Nobody(17.0), Nobody(36.0)])
    assert mood.mood.name != AWAY


def test_one_false_look_neither_starts_the_absence_anew_nor_ends_it() -> None:
    mood = tracker("instant", away_after_s=20)
    assert feed(mood, [Nobody(0.0), face("happy", 15), Nobody(16.0), Nobody(20.0)]) == AWAY
    assert feed(mood, [face("happy", 30)]) == AWAY
    assert not mood.is_there
    assert feed(mood, looks("happy", 31, 32.5)) == "happy"
    assert mood.is_there


def test_somebody_found_in_two_of_three_looks_is_there() -> None:
    mood = tracker()
    feed(mood, [Nobody(n / 10) if n % 3 == 2 else face("happy", n / 10) for n in range(20)])
    assert mood.is_there


def test_somebody_in_a_dim_room_is_there_at_a_look_every_three_seconds() -> None:
    mood = tracker()
    feed(mood, looks("happy", 0, 12, per_s=1 / 3))
    assert mood.is_there


@pytest.mark.parametrize("period_s", [1.0, 1.05, 2.0, 5.0])
def test_a_dim_room_of_a_picture_a_second_or_less_still_leads_to_a_mood(period_s: float) -> None:
    mood = tracker()
    assert feed(mood, [face("happy", 0.0)]) == UNSURE
    assert feed(mood, looks("happy", period_s, 5 * period_s, per_s=1 / period_s)) == "happy"


def test_looks_with_nobody_between_them_are_no_slow_camera() -> None:
    mood = tracker()
    assert (
        feed(mood, [each for n in range(6) for each in (face("happy", 3 * n), Nobody(3 * n + 1.5))]) == UNSURE
    )


def test_two_glimpses_far_apart_are_no_dwell() -> None:
    assert feed(tracker(), [face("happy", 0.5), face("happy", 9)]) == UNSURE


def test_without_a_camera_it_is_unsure_and_not_away() -> None:
    mood = tracker(away_after_s=20)
    feed(mood, looks("happy", 0, 5), [CameraGone("unplugged", 6.0), CameraGone("unplugged", 60.0)])
    assert mood.mood.name == UNSURE
    assert mood.mood.since == 6.0


@given(
    st.lists(
        st.tuples(st.sampled_from([*EMOTIONS, "nobody", "gone"]), st.floats(0.01, 30), st.floats(0.15, 1)),
        max_size=60,
    ),
    st.sampled_from(sorted(REACTIONS)),
)
def test_whatever_it_sees_the_mood_is_one_of_nine_and_its_probabilities_sum_to_one(
    story: list[tuple[str, float, float]], reaction: str
) -> None:
    mood, now = tracker(reaction), 0.0
    for seen, gap_s, share in story:
        now += gap_s
        absent: dict[str, Look] = {"nobody": Nobody(now), "gone": CameraGone("", now)}
        told = mood.see(absent.get(seen) or face(seen, now, share))
        assert told.name in (*EMOTIONS, UNSURE, AWAY)
        assert told.since <= now
        assert not told.probabilities or sum(told.probabilities) == pytest.approx(1)
